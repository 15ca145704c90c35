/** Rounds of power iteration for each direction: a direction with twice the energy of the next is found to one part in a thousand. */
const ROUNDS = 12;

/**
 * Share of a matrix's squared Frobenius norm that lies in its strongest `count` singular directions, cumulated: the first
 * entry is σ₁² / ‖M‖², the inverse of the stable rank. By power iteration with deflation (Golub and Van Loan, Matrix
 * Computations, section 8.2) from a fixed start, so from below where directions are equally strong. Time `count` times the
 * size of the matrix, and no copy of it. All zero for a matrix of zeros; entries must be finite.
 */
export function leadingEnergy(values: ArrayLike<number>, rows: number, columns: number, count: number): readonly number[] {
  let total = 0;
  for (let at = 0; at < rows * columns; at += 1) total += (values[at] as number) ** 2;
  if (total === 0) return Array.from({ length: count }, () => 0);
  const found: Float64Array[] = [];
  const shares: number[] = [];
  let explained = 0;
  for (let direction = 0; direction < count; direction += 1) {
    const { right, energy } = strongest(values, rows, columns, found);
    found.push(right);
    explained += energy;
    shares.push(Math.min(1, explained / total));
  }
  return shares;
}

/** The strongest right singular vector orthogonal to those already found, and the energy along it. */
function strongest(values: ArrayLike<number>, rows: number, columns: number, found: readonly Float64Array[]): { right: Float64Array; energy: number } {
  // Irrational steps: no structure of a weight matrix is orthogonal to this start.
  let right = Float64Array.from({ length: columns }, (_, at) => Math.cos(1 + at * Math.SQRT2 * (1 + found.length)));
  let energy = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    orthogonalize(right, found);
    if (!normalize(right)) return { right, energy: 0 };
    const next = new Float64Array(columns);
    energy = 0;
    for (let row = 0; row < rows; row += 1) {
      let along = 0;
      for (let column = 0; column < columns; column += 1) along += (values[row * columns + column] as number) * (right[column] as number);
      energy += along * along;
      if (along === 0) continue;
      for (let column = 0; column < columns; column += 1) next[column] = (next[column] as number) + along * (values[row * columns + column] as number);
    }
    if (round + 1 < ROUNDS) right = next;
  }
  return { right, energy };
}

function orthogonalize(vector: Float64Array, found: readonly Float64Array[]): void {
  for (const other of found) {
    let along = 0;
    for (let at = 0; at < vector.length; at += 1) along += (vector[at] as number) * (other[at] as number);
    for (let at = 0; at < vector.length; at += 1) vector[at] = (vector[at] as number) - along * (other[at] as number);
  }
}

function normalize(vector: Float64Array): boolean {
  let squares = 0;
  for (const value of vector) squares += value * value;
  if (!(squares > 0)) return false;
  const length = Math.sqrt(squares);
  for (let at = 0; at < vector.length; at += 1) vector[at] = (vector[at] as number) / length;
  return true;
}
