/**
 * Standard normal distribution function Φ(x). Numerical Recipes' erfc (Chebyshev fit); relative error below 1.2e-7
 * everywhere, tails included.
 */
export function normalCdf(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.5 * z);
  const series =
    -1.26551223 +
    t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (-0.18628806 +
    t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))));
  const tail = 0.5 * t * Math.exp(-z * z + series);
  return x >= 0 ? 1 - tail : tail;
}

/** Φ⁻¹(0.975): two-sided 95 % intervals. */
export const Z_95 = 1.959963984540054;
