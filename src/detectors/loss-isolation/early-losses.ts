import type { TrainingLog } from '../../model/dataset.ts';

/** Losses below this are rounding of a certainty. */
const LEAST_LOSS = 1e-6;

/** Logarithm of each sample's mean loss over the first epochs in which it was seen; samples never seen in them are left out. */
export function earlyLosses({ epochs, ids, losses }: NonNullable<TrainingLog['sampleLosses']>, share: number): readonly { readonly id: string; readonly logLoss: number }[] {
  const early = Math.max(1, Math.round(share * epochs.length));
  return ids.flatMap((id, sample) => {
    let [sum, count] = [0, 0];
    for (let epoch = 0; epoch < Math.min(early, epochs.length); epoch += 1) {
      const loss = losses[epoch * ids.length + sample];
      if (loss === undefined || !Number.isFinite(loss)) continue;
      sum += Math.max(0, loss);
      count += 1;
    }
    return count === 0 ? [] : [{ id, logLoss: Math.log(Math.max(LEAST_LOSS, sum / count)) }];
  });
}
