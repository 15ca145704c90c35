/**
 * Isotonic regression of zeros and ones by pooling adjacent violators (Barlow et al., Statistical Inference under Order Restrictions, 1972; for calibration: Zadrozny and Elkan,
 * KDD 2002): for each value the share of ones among values like it, never falling as the values grow. Equal values get equal shares, and a pool of N with k ones
 * says (k + ½) / (N + 1), so that none is ever certain.
 */
export function isotonicShares(values: ArrayLike<number>, isOne: (at: number) => boolean): Float64Array {
  const order = Array.from({ length: values.length }, (_, at) => at).sort((a, b) => (values[a] as number) - (values[b] as number) || a - b);
  const pools: { from: number; count: number; ones: number }[] = [];
  for (let from = 0; from < order.length; ) {
    let [to, ones] = [from, 0];
    while (to < order.length && values[order[to] as number] === values[order[from] as number]) {
      if (isOne(order[to] as number)) ones += 1;
      to += 1;
    }
    let pool = { from, count: to - from, ones };
    for (let last = pools.at(-1); last !== undefined && last.ones * pool.count >= pool.ones * last.count; last = pools.at(-1)) {
      pool = { from: last.from, count: last.count + pool.count, ones: last.ones + pool.ones };
      pools.pop();
    }
    pools.push(pool);
    from = to;
  }
  const shares = new Float64Array(values.length);
  for (const { from, count, ones } of pools) for (let at = from; at < from + count; at += 1) shares[order[at] as number] = (ones + 0.5) / (count + 1);
  return shares;
}
