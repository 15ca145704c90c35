/** Columns added between two looks at whether the row is too far already: a look costs as much as a column. */
const BLOCK = 8;

/**
 * The `k` rows of a table nearest to `point` (its first `columns` values), by squared distance, nearest first and the earlier of equals first; −1 for those that are
 * missing. The row `own` is left out.
 */
export function nearestRows(table: Float32Array, columns: number, point: Float32Array, own: number, k: number): Int32Array {
  const rows = new Int32Array(k).fill(-1);
  const distances = new Float64Array(k).fill(Infinity);
  const count = Math.floor(table.length / columns);
  for (let row = 0; row < count; row += 1) {
    if (row === own) continue;
    const limit = distances[k - 1] as number;
    const from = row * columns;
    let sum = 0;
    for (let column = 0; column < columns && sum < limit; ) {
      for (const end = Math.min(columns, column + BLOCK); column < end; column += 1) {
        const difference = (point[column] as number) - (table[from + column] as number);
        sum += difference * difference;
      }
    }
    if (sum >= limit) continue;
    let place = k - 1;
    while (place > 0 && (distances[place - 1] as number) > sum) {
      distances[place] = distances[place - 1] as number;
      rows[place] = rows[place - 1] as number;
      place -= 1;
    }
    distances[place] = sum;
    rows[place] = row;
  }
  return rows;
}
