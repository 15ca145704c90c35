/** The `k` nearest of the reference rows, by squared distance; a row is not its own neighbour. */
export function nearestRows(table: Float32Array, columns: number, row: number, reference: ArrayLike<number>, k: number): Int32Array {
  const rows = new Int32Array(k).fill(-1);
  const distances = new Float64Array(k).fill(Infinity);
  const from = row * columns;
  for (let at = 0; at < reference.length; at += 1) {
    const other = reference[at] as number;
    if (other === row) continue;
    const limit = distances[k - 1] as number;
    const to = other * columns;
    let sum = 0;
    for (let c = 0; c < columns && sum < limit; c += 1) {
      const difference = (table[from + c] as number) - (table[to + c] as number);
      sum += difference * difference;
    }
    if (sum >= limit) continue;
    let place = k - 1;
    while (place > 0 && (distances[place - 1] as number) > sum) {
      distances[place] = distances[place - 1] as number;
      rows[place] = rows[place - 1] as number;
      place -= 1;
    }
    distances[place] = sum;
    rows[place] = other;
  }
  return rows;
}
