import type { Classifier } from '../../model/classifier.ts';
import type { Probes } from '../../model/probes.ts';
import { argmax } from '../../statistics/softmax.ts';

/** How two versions answer the same inputs. */
export interface AnswersChange {
  /** Share of the inputs that both give the same class. */
  readonly agreement: number;
  /** The class with the least agreement of those the earlier version gives, and its share. */
  readonly leastAgreeing: { readonly targetClass: number; readonly share: number } | undefined;
  /** The class that gained most of the inputs that changed their class, and its share of all inputs. */
  readonly gaining: { readonly targetClass: number; readonly share: number } | undefined;
  /** The class whose logit, beside the other classes', rose most on average, and by how much of the probes' own clearance. */
  readonly rising: { readonly targetClass: number; readonly shift: number };
  /** The most that any logit of any input changed beside the others of its row, in units of the clearance. */
  readonly largestChange: number;
}

/** Undefined where a version answers with values that are not numbers. */
export async function compareAnswers(earlier: Classifier, later: Classifier, probes: Probes): Promise<AnswersChange | undefined> {
  const { classCount } = later;
  const { count } = probes;
  const [before, after] = [await earlier.logits(probes.pixels, count), await later.logits(probes.pixels, count)];
  const shifts = new Float64Array(classCount);
  const gained = new Float64Array(classCount);
  const [given, kept] = [new Float64Array(classCount), new Float64Array(classCount)];
  let [agreeing, largest] = [0, 0];
  for (let row = 0; row < count; row += 1) {
    const [was, is] = [before.subarray(row * classCount, (row + 1) * classCount), after.subarray(row * classCount, (row + 1) * classCount)];
    const [from, to] = [argmax(was), argmax(is)];
    if (from === undefined || to === undefined) return undefined;
    given[from] = (given[from] as number) + 1;
    if (from === to) {
      agreeing += 1;
      kept[from] = (kept[from] as number) + 1;
    } else gained[to] = (gained[to] as number) + 1;
    let mean = 0;
    for (let label = 0; label < classCount; label += 1) mean += ((is[label] as number) - (was[label] as number)) / classCount;
    for (let label = 0; label < classCount; label += 1) {
      const change = (is[label] as number) - (was[label] as number) - mean;
      shifts[label] = (shifts[label] as number) + change / count;
      largest = Math.max(largest, Math.abs(change));
    }
  }
  const seen = Array.from(given, (all, targetClass) => ({ targetClass, share: (kept[targetClass] as number) / all })).filter(({ share }) => Number.isFinite(share));
  const least = seen.sort((a, b) => a.share - b.share || a.targetClass - b.targetClass)[0];
  const [gaining, rising] = [argmax(gained) ?? 0, argmax(shifts) ?? 0];
  if (!shifts.every(Number.isFinite)) return undefined;
  const scale = Math.max(probes.clearance, Number.MIN_VALUE);
  return {
    agreement: count === 0 ? 1 : agreeing / count,
    leastAgreeing: least,
    gaining: (gained[gaining] as number) > 0 ? { targetClass: gaining, share: (gained[gaining] as number) / count } : undefined,
    rising: { targetClass: rising, shift: (shifts[rising] as number) / scale },
    largestChange: largest / scale,
  };
}
