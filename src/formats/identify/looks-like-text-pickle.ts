/** Opcodes of protocol 0 that are followed by one line, and by two. */
const ONE_LINE = new Set('SVILFpgP');
const TWO_LINES = new Set('ci');
const NO_ARGUMENT = new Set('(012NRbdltoaesu})]|Q');

/**
 * Whether a text reads as a pickle of protocol 0 that imports something: opcodes and lines from the first byte on to the
 * STOP, with an import on the way. Lists of words begin like one too, but do not come to a STOP where an opcode belongs.
 */
export function looksLikeTextPickle(head: Uint8Array): boolean {
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1');
  let imports = false;
  for (let at = 0; at < text.length;) {
    const opcode = text[at] ?? '';
    at += 1;
    if (opcode === '.') return imports;
    if (NO_ARGUMENT.has(opcode)) continue;
    const lines = ONE_LINE.has(opcode) ? 1 : TWO_LINES.has(opcode) ? 2 : 0;
    if (lines === 0) return false;
    imports ||= lines === 2;
    for (let line = 0; line < lines; line += 1) {
      const end = text.indexOf('\n', at);
      // Cut off in the middle of an argument: what came before decides.
      if (end < 0) return imports && head.byteLength >= 1024;
      at = end + 1;
    }
  }
  return false;
}
