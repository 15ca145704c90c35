import { randomSource } from '../statistics/random.ts';

/**
 * Projects a layer's weights to `length` numbers whose squared length is that of the weights in expectation, and in which two
 * layers of one shape are as far apart as their weights, up to a factor of 1 ± O(1/√length) (Johnson and Lindenstrauss 1984).
 * The matrix has length/√n entries of random sign a column for n weights and zeros elsewhere (Li, Hastie, Church, Very Sparse Random
 * Projections, KDD 2006); a dense Gaussian matrix does the same at √n times the cost. The same seed, place and number of
 * weights give the same matrix, so projections of different models can be compared. Undefined when a weight is not finite.
 */
export function projectLayer(weights: ArrayLike<number>, length: number, seed: number, place: number): Float64Array | undefined {
  const random = randomSource(seed, `projection/${place}/${weights.length}/${length}`);
  const entries = Math.max(1, Math.round(length / Math.sqrt(Math.max(1, weights.length))));
  const scale = 1 / Math.sqrt(entries);
  const projected = new Float64Array(length);
  for (let at = 0; at < weights.length; at += 1) {
    const weight = (weights[at] as number) * scale;
    if (!Number.isFinite(weight)) return undefined;
    for (let entry = 0; entry < entries; entry += 1) {
      // One draw for place and sign.
      const draw = random.integer(2 * length);
      const place = draw >> 1;
      projected[place] = (projected[place] as number) + ((draw & 1) === 1 ? weight : -weight);
    }
  }
  return projected;
}
