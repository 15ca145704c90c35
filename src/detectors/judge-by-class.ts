import { datasetFeatures, type DatasetFeatures } from '../poisoning/dataset-features.ts';
import { rowsByClass } from '../poisoning/rows-by-class.ts';
import { sampleScores } from '../poisoning/sample-scores.ts';
import type { Classifier } from '../model/classifier.ts';
import type { DatasetFacet } from '../model/dataset.ts';
import { className } from './class-name.ts';
import type { DetectContext, Detection } from './detector.ts';

/** What a detector makes of one class of a dataset. */
export interface JudgedClass {
  readonly label: number;
  /** In the unit of the detector's metric. */
  readonly strength: number;
  /** By member of the class, in [0, 1]: how much it belongs to the part that is suspicious; ½ is the cut. */
  readonly membership: ArrayLike<number>;
  /** More about the class for its message. */
  readonly data?: Readonly<Record<string, string | number>>;
}

export interface ByClassRequest<Message extends string> {
  readonly dataset: DatasetFacet;
  readonly classifier: Classifier;
  readonly context: DetectContext;
  readonly threshold: number;
  readonly message: Message;
  /** Why a sample is suspected, in a sentence. */
  readonly reason: string;
  /** Classes with fewer samples are left out. */
  readonly minimumClass: number;
  /** What is looked at, where it is not the features that enter the last layer; a sentence where there is nothing. */
  features?(): Promise<DatasetFeatures | string>;
  /** Judges all classes that are large enough; called between looks at the clock. */
  judge(features: DatasetFeatures, classes: readonly ClassRows[], goOn: (share: number) => boolean): Promise<readonly JudgedClass[] | string> | readonly JudgedClass[] | string;
}

export interface ClassRows {
  readonly label: number;
  readonly rows: readonly number[];
}

/**
 * The part that detectors of poisoned samples share: features of all samples, a judgement of each class, and one score a sample: its membership
 * in the suspicious part of its class times the squared strength of the class in thresholds, capped at 1.
 */
export async function judgeByClass<Message extends string>(request: ByClassRequest<Message>): Promise<Detection<Message>> {
  const { dataset, classifier, context, threshold, message } = request;
  const features = await (request.features?.() ?? datasetFeatures(dataset, classifier, context));
  if (typeof features === 'string') return { outcome: 'inconclusive', examined: 0, reason: features };
  const classes = rowsByClass(features.labels, classifier.classCount).map((rows, label) => ({ label, rows })).filter(({ rows }) => rows.length >= request.minimumClass);
  const few = (): Detection<Message> => ({ outcome: 'inconclusive', examined: features.count, reason: `Fewer than two classes have the ${String(request.minimumClass)} samples that are needed.` });
  if (classes.length < 2) return few();
  let late = false;
  const judged = await request.judge(features, classes, (share) => {
    context.signal.throwIfAborted();
    context.progress(Math.min(1, Math.max(0, share)), 'classes');
    late ||= context.outOfTime();
    return !late;
  });
  if (late) return { outcome: 'inconclusive', examined: features.count, reason: 'The time ran out before all classes were looked at.' };
  if (typeof judged === 'string') return { outcome: 'inconclusive', examined: features.count, reason: judged };
  const strongest = [...judged].sort((a, b) => b.strength - a.strength || a.label - b.label);
  const [first] = strongest;
  if (first === undefined) return few();

  const scores = new Float64Array(features.count);
  const suspects: number[] = [];
  const rowsOf = new Map(classes.map(({ label, rows }) => [label, rows]));
  for (const { label, strength, membership } of judged) {
    const weight = Math.min(1, Math.max(0, strength / threshold) ** 2);
    for (const [at, row] of (rowsOf.get(label) ?? []).entries()) {
      scores[row] = weight * (membership[at] as number);
      if (strength > threshold && (membership[at] as number) > 0.5) suspects.push(row);
    }
  }
  const observe = ({ label, membership, data, strength }: JudgedClass) => {
    const members = rowsOf.get(label)?.length ?? 0;
    const count = Array.from(membership).filter((value) => value > 0.5).length;
    return { message, data: { class: className(dataset.classNames, label), count, share: `${((100 * count) / Math.max(1, members)).toFixed(1)} %`, strength, ...data }, location: { targetClass: label } };
  };
  return {
    outcome: 'measured',
    examined: features.count,
    metric: first.strength,
    measurements: [
      { name: 'samples left out', value: features.leftOut },
      { name: 'suspected samples', value: suspects.length },
      { name: 'strength of the next class', value: strongest[1]?.strength ?? 0 },
    ],
    observations: [observe(first), ...strongest.slice(1).filter(({ strength }) => strength > threshold).map(observe)],
    sampleScores: sampleScores(features.ids, scores, suspects, () => request.reason),
  };
}

/** Membership from a position along a line: ½ at `cut`, 0.98 one `scale` beyond it. */
export function membershipOf(value: number, cut: number, scale: number): number {
  return 1 / (1 + Math.exp((-4 * (value - cut)) / Math.max(scale, 1e-12)));
}
