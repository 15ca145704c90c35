/**
 * Share of values, the new one counted among them, that are at least as large as the new one: a p-value of exchangeable
 * values whatever their distribution (Vovk, Gammerman, Shafer, Algorithmic Learning in a Random World, 2005).
 * In (0, 1]; never below 1 / (others + 1).
 */
export function conformalPValue(value: number, others: ArrayLike<number>): number {
  if (Number.isNaN(value)) return NaN;
  let atLeast = 1;
  for (let at = 0; at < others.length; at += 1) if ((others[at] as number) >= value) atLeast += 1;
  return atLeast / (others.length + 1);
}
