export interface TextRun {
  /** Index of its first byte. */
  readonly start: number;
  readonly length: number;
  readonly text: string;
}

/** Characters quoted in a finding. */
const QUOTED_CHARACTERS = 40;

/** Fewer different characters are a pattern of the numbers, not a text. */
const MINIMUM_DISTINCT = 10;

/** A text turns up and down between neighbours; a table of rising numbers does not. Random bytes turn at two of three. */
const MINIMUM_TURNS = 0.3;

const PRINTABLE = Uint8Array.from({ length: 256 }, (_, byte) => ((byte >= 0x20 && byte <= 0x7e) || byte === 0x09 || byte === 0x0a || byte === 0x0d ? 1 : 0));

/**
 * The longest run of printable ASCII of at least `minimum` bytes that is no mere pattern. 98 of 256 random bytes are
 * printable, so 64 of them in a row come once in 10^26 places.
 */
export function longestText(bytes: Uint8Array, minimum: number): TextRun | undefined {
  let best: { start: number; length: number } | undefined;
  let start = 0;
  for (let at = 0; at <= bytes.length; at += 1) {
    if (at < bytes.length && PRINTABLE[bytes[at] as number] === 1) continue;
    const length = at - start;
    if (length >= minimum && length > (best?.length ?? 0) && isVaried(bytes.subarray(start, at))) best = { start, length };
    start = at + 1;
  }
  if (best === undefined) return undefined;
  return { ...best, text: String.fromCharCode(...bytes.subarray(best.start, best.start + Math.min(best.length, QUOTED_CHARACTERS))).replace(/\s+/g, ' ') };
}

function isVaried(run: Uint8Array): boolean {
  if (new Set(run).size < MINIMUM_DISTINCT) return false;
  let turns = 0;
  for (let at = 1; at + 1 < run.length; at += 1) {
    const [before, after] = [(run[at] as number) - (run[at - 1] as number), (run[at + 1] as number) - (run[at] as number)];
    if (before * after < 0) turns += 1;
  }
  return turns >= MINIMUM_TURNS * (run.length - 2);
}
