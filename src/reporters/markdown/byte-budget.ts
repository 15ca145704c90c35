export const byteLength = (text: string): number => Buffer.byteLength(text, 'utf8');

export interface Filled {
  readonly text: string;
  /** How many blocks did not fit. */
  readonly left: number;
}

/** As many blocks as fit, from the front; whole ones only, because half a table row or half a tag breaks the rest. */
export function fill(blocks: readonly string[], maxBytes: number): Filled {
  const taken: string[] = [];
  let used = 0;
  for (const block of blocks) {
    used += byteLength(block);
    if (used > maxBytes) break;
    taken.push(block);
  }
  return { text: taken.join(''), left: blocks.length - taken.length };
}
