import { createHash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** The only source of chance. Two sources made from the same seed and label give the same numbers. */
export interface RandomSource {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Uniform integer in [0, bound); bound ≥ 1. */
  integer(bound: number): number;
  /** Standard normal (Box–Muller). */
  normal(): number;
  /** A new array with the same members in random order (Fisher–Yates). */
  shuffle<T>(items: readonly T[]): T[];
}

/**
 * A stream that depends on `seed` and `label` only, so adding or removing one user of chance never shifts another's
 * numbers.
 */
export function randomSource(seed: number, label: string): RandomSource {
  const digest = createHash('sha256').update(`${seed}\u0000${label}`).digest();
  const generator = xoroshiro128plus(digest.readInt32LE(0));

  const uniform = (): number => uniformFloat64(generator);
  const integer = (bound: number): number => uniformInt(generator, 0, bound - 1);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const shuffle = <T>(items: readonly T[]): T[] => {
    const result = [...items];
    for (let last = result.length - 1; last > 0; last -= 1) {
      const other = integer(last + 1);
      const moved = result[last] as T;
      result[last] = result[other] as T;
      result[other] = moved;
    }
    return result;
  };
  return { uniform, integer, normal, shuffle };
}
