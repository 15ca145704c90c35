import type { SampleScores } from '../../src/detectors/detector.ts';

/** ROC-AUC of a ranking by ranks, ties counted half; undefined where all samples are of one kind. */
export function rankingAuc({ ids, scores }: Pick<SampleScores, 'ids' | 'scores'>, poisoned: ReadonlySet<string>): number | undefined {
  const order = Array.from(scores.keys()).sort((a, b) => (scores[a] as number) - (scores[b] as number));
  let [rankSum, positives] = [0, 0];
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && scores[order[to] as number] === scores[order[from] as number]) to += 1;
    for (let at = from; at < to; at += 1) {
      if (!poisoned.has(ids[order[at] as number] ?? '')) continue;
      rankSum += (from + to + 1) / 2;
      positives += 1;
    }
    from = to;
  }
  const negatives = order.length - positives;
  return positives === 0 || negatives === 0 ? undefined : (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
