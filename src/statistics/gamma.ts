/** Lanczos, g = 7: relative error below 1e-13 for x > 0 (Press et al., Numerical Recipes, 3rd edition, section 6.1). */
const LANCZOS = [
  0.999_999_999_999_809_9, 676.520_368_121_885_1, -1259.139_216_722_402_8, 771.323_428_777_653_1, -176.615_029_162_140_6, 12.507_343_278_686_905,
  -0.138_571_095_265_720_12, 9.984_369_578_019_572e-6, 1.505_632_735_149_311_6e-7,
] as const;

/** Series and continued fraction both reach double precision long before. */
const MAX_TERMS = 500;
const PRECISION = 1e-15;
const TINY = 1e-300;

/** Logarithm of Γ(x) for x > 0. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const shifted = x - 1;
  let sum = LANCZOS[0] as number;
  for (let index = 1; index < LANCZOS.length; index += 1) sum += (LANCZOS[index] as number) / (shifted + index);
  const base = shifted + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(base) - base + Math.log(sum);
}

/**
 * P(a, x) = γ(a, x) / Γ(a), the distribution function at x of a gamma variable of shape a > 0 and scale 1. Series below
 * a + 1, continued fraction (Lentz) above, as in Press et al., section 6.2.
 */
export function regularizedGamma(a: number, x: number): number {
  if (!(a > 0)) return Number.NaN;
  if (x <= 0) return 0;
  const factor = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let index = 1; index < MAX_TERMS && Math.abs(term) > PRECISION * Math.abs(sum); index += 1) {
      term *= x / (a + index);
      sum += term;
    }
    return Math.min(1, factor * sum);
  }
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let h = d;
  for (let index = 1; index < MAX_TERMS; index += 1) {
    const an = -index * (index - a);
    b += 2;
    d = 1 / nonZero(an * d + b);
    c = nonZero(b + an / c);
    h *= d * c;
    if (Math.abs(d * c - 1) < PRECISION) break;
  }
  return Math.max(0, 1 - factor * h);
}

function nonZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}
