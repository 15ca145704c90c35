import { randomSource } from './random.ts';

/**
 * A linear map to fewer numbers that keeps distances: every input number goes, with a random sign, to one of `width` sums (count sketch,
 * Charikar et al. 2002; a sparse Johnson–Lindenstrauss transform, Kane and Nelson, arXiv:1012.1577: the squared length is kept on average, with a
 * relative error of about √(2 / width)). The map is a constant of the two sizes and not drawn from the run's seed, so tables made in
 * different runs and on different shards can be put together. Undefined where nothing has to shrink.
 */
export function randomProjection(length: number, width: number): ((values: ArrayLike<number>, offset: number, into: Float32Array, at: number) => void) | undefined {
  if (length <= width) return undefined;
  const random = randomSource(0, `count sketch ${length} to ${width}`);
  const place = Int32Array.from({ length }, () => random.integer(width));
  const sign = Int8Array.from({ length }, () => (random.uniform() < 0.5 ? -1 : 1));
  return (values, offset, into, at) => {
    into.fill(0, at, at + width);
    for (let index = 0; index < length; index += 1) {
      const to = at + (place[index] as number);
      into[to] = (into[to] as number) + (sign[index] as number) * (values[offset + index] as number);
    }
  };
}
