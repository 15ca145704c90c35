/** Longer names are compared by their beginning only: the comparison takes time in the product of both lengths. */
const MAX_COMPARED_LENGTH = 64;

/**
 * The candidate somebody most likely meant, or undefined when none is close. Close means at most one edit in three
 * letters and never more than three; an edit inserts, removes, replaces or swaps; case does not count. Among equally
 * close candidates the first wins.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = simplified(name);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.min(3, Math.floor(wanted.length / 3)));
  for (const candidate of candidates) {
    const distance = editDistance(wanted, simplified(candidate));
    const isCloser = best === undefined ? distance <= bestDistance : distance < bestDistance;
    if (!isCloser || distance >= wanted.length) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

function simplified(name: string): string {
  return name.slice(0, MAX_COMPARED_LENGTH).toLowerCase();
}

/** Optimal string alignment: Levenshtein's distance with swaps of neighbors as one edit. */
function editDistance(left: string, right: string): number {
  const width = right.length + 1;
  const table = new Uint8Array((left.length + 1) * width);
  const at = (row: number, column: number): number => table[row * width + column] ?? 0;
  for (let row = 0; row <= left.length; row += 1) table[row * width] = row;
  for (let column = 0; column < width; column += 1) table[column] = column;
  for (let row = 1; row <= left.length; row += 1) {
    for (let column = 1; column < width; column += 1) {
      const same = left[row - 1] === right[column - 1];
      let distance = Math.min(at(row - 1, column) + 1, at(row, column - 1) + 1, at(row - 1, column - 1) + (same ? 0 : 1));
      const isSwap = row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (isSwap) distance = Math.min(distance, at(row - 2, column - 2) + 1);
      table[row * width + column] = distance;
    }
  }
  return at(left.length, right.length);
}
