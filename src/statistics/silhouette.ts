/**
 * Mean silhouette of a clustering (Rousseeuw 1987): (b − a) / max(a, b) with a a member's mean distance to its own cluster and b that to the nearest other.
 * Exact and quadratic in the rows: give it a sample of some hundreds. Rows alone in their cluster count 0, as in scikit-learn. Undefined for
 * fewer than two clusters.
 */
export function silhouette(table: Float32Array, columns: number, rows: readonly number[], clusters: ArrayLike<number>): number | undefined {
  const n = rows.length;
  const names = [...new Set(Array.from(clusters))];
  if (names.length < 2) return undefined;
  const place = new Map(names.map((name, at) => [name, at]));
  const own = Int32Array.from(Array.from(clusters), (name) => place.get(name) ?? 0);
  const sizes = new Float64Array(names.length);
  for (const cluster of own) sizes[cluster] = (sizes[cluster] as number) + 1;
  const sums = new Float64Array(n * names.length);
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < i; j += 1) {
      const distance = distanceOf(table, columns, rows[i] as number, rows[j] as number);
      const [a, b] = [i * names.length + (own[j] as number), j * names.length + (own[i] as number)];
      sums[a] = (sums[a] as number) + distance;
      sums[b] = (sums[b] as number) + distance;
    }
  }
  let total = 0;
  for (let i = 0; i < n; i += 1) {
    const cluster = own[i] as number;
    if ((sizes[cluster] as number) < 2) continue;
    const inside = (sums[i * names.length + cluster] as number) / ((sizes[cluster] as number) - 1);
    let outside = Infinity;
    for (let other = 0; other < names.length; other += 1) if (other !== cluster) outside = Math.min(outside, (sums[i * names.length + other] as number) / (sizes[other] as number));
    const larger = Math.max(inside, outside);
    total += larger === 0 ? 0 : (outside - inside) / larger;
  }
  return total / n;
}

function distanceOf(table: Float32Array, columns: number, a: number, b: number): number {
  let sum = 0;
  for (let c = 0; c < columns; c += 1) sum += ((table[a * columns + c] as number) - (table[b * columns + c] as number)) ** 2;
  return Math.sqrt(sum);
}
