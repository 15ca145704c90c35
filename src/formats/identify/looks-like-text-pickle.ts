/** Opcodes of protocol 0 that are followed by one line, and by two. */
const ONE_LINE = new Set('SVILFpgP');
const TWO_LINES = new Set('ci');
const NO_ARGUMENT = new Set('(012NRbdltoaesu})]|Q');
/** Opcodes that take everything down to the last mark: without one, a loader stops there. */
const DOWN_TO_MARK = new Set('1dltoeui');

/**
 * Whether a text reads as a pickle of protocol 0 that imports something: opcodes and lines from the first byte on to the
 * STOP, with an import on the way. Lists of words begin like one too, but do not come to a STOP where an opcode belongs. Where a
 * loader would stop with an error, at what is no opcode, for want of a mark, or because nothing of that name can be imported, it
 * is one all the same if something was called before: by then that has run.
 */
export function looksLikeTextPickle(head: Uint8Array): boolean {
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1');
  let imports = false;
  let calls = false;
  let marks = 0;
  let before = '';
  for (let at = 0; at < text.length;) {
    const opcode = text[at] ?? '';
    at += 1;
    if (opcode === '.') return imports;
    const lines = ONE_LINE.has(opcode) ? 1 : TWO_LINES.has(opcode) ? 2 : 0;
    if (lines === 0 && !NO_ARGUMENT.has(opcode)) return calls;
    if (DOWN_TO_MARK.has(opcode) && marks === 0) return calls;
    if (opcode === '(') marks += 1;
    if (DOWN_TO_MARK.has(opcode)) marks -= 1;
    const called = opcode === 'i' || opcode === 'o' || (opcode === 'R' && (before === 't' || before === ')'));
    const start = at;
    for (let line = 0; line < lines; line += 1) {
      const end = text.indexOf('\n', at);
      // Cut off in the middle of an argument: what came before decides.
      if (end < 0) return (imports || lines === 2) && head.byteLength >= 1024;
      at = end + 1;
    }
    if (lines === 2 && text.slice(start, at).split('\n').some((name) => /\s/.test(name.trimEnd()))) return calls;
    imports ||= lines === 2;
    calls ||= called && imports;
    before = opcode;
  }
  return false;
}
