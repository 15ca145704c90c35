/** Tilts tried: the bound holds at each, so that coarse steps only make it a little weaker. */
const LARGEST_TILT = 8;
const STEP = 1.15;
const SMALLEST_TILT = 0.05;

/**
 * Natural logarithm of a bound on the chance that as many draws from `population` as there are `values` have so large a sum (Chernoff, Annals of Mathematical Statistics 23, 1952).
 * `worst` joins the population as one more member: what it has not shown yet may be that large.
 */
export function logChernoffBound(values: ArrayLike<number>, population: ArrayLike<number>, worst: number): number {
  const sum = Array.from(values).reduce((total, one) => total + one, 0);
  let best = 0;
  for (let tilt = SMALLEST_TILT; tilt <= LARGEST_TILT; tilt *= STEP) {
    // `worst` itself.
    let mean = 1;
    for (let at = 0; at < population.length; at += 1) mean += Math.exp(tilt * ((population[at] as number) - worst));
    best = Math.min(best, values.length * (Math.log(mean / (population.length + 1)) + tilt * worst) - tilt * sum);
  }
  return best;
}
