import type { DatasetFacet } from '../../model/dataset.ts';
import { rowsByClass } from '../../poisoning/rows-by-class.ts';
import { sampleScores } from '../../poisoning/sample-scores.ts';
import { className } from '../class-name.ts';
import type { Detection } from '../detector.ts';
import type { AskedOfCopies } from './ask-of-copies.ts';

const MINIMUM_CLASS = 20;

/** A sample that keeps its label in fewer copies has lost it. */
const LOST = 0.35;

export interface TwofoldRequest<Message extends string> {
  readonly asked: AskedOfCopies;
  readonly dataset: DatasetFacet;
  readonly classCount: number;
  readonly threshold: number;
  readonly message: Message;
  /** Why a sample is suspected, in a sentence. */
  readonly reason: string;
}

/**
 * Classes that fall into samples which keep their label in every changed copy and samples which lose it: the metric of a class is twice the share that keeps it (at most
 * a half counts) times the share that loses it, because a class that does only one of the two is an ordinary one.
 */
export function twofoldClasses<Message extends string>({ asked, dataset, classCount, threshold, message, reason }: TwofoldRequest<Message>): Detection<Message> {
  const { ids, labels, kept, leftOut } = asked;
  const classes = rowsByClass(labels, classCount)
    .flatMap((rows, label) => {
      if (rows.length < MINIMUM_CLASS) return [];
      const whole = rows.filter((row) => kept[row] === 1);
      const lost = rows.filter((row) => (kept[row] as number) < LOST).length / rows.length;
      return [{ label, rows, whole, lost, strength: 2 * Math.min(0.5, whole.length / rows.length) * lost }];
    })
    .sort((a, b) => b.strength - a.strength || a.label - b.label);
  const [first, ...rest] = classes;
  if (first === undefined || rest.length === 0) return { outcome: 'inconclusive', examined: ids.length, reason: `Fewer than two classes have ${String(MINIMUM_CLASS)} samples of the model's size.` };
  const flagged = classes.filter(({ strength }) => strength > threshold);
  const scores = new Float64Array(ids.length);
  for (const { rows, strength } of classes) for (const row of rows) scores[row] = Math.min(1, strength / threshold) ** 2 * (kept[row] as number);
  const observe = ({ label, rows, whole, lost }: typeof first) => ({
    message,
    data: { class: className(dataset.classNames, label), count: whole.length, share: percent(whole.length / rows.length), lost: percent(lost) },
    location: { targetClass: label },
  });
  return {
    outcome: 'measured',
    examined: ids.length,
    metric: first.strength,
    measurements: [{ name: 'samples left out', value: leftOut }, { name: 'strength of the next class', value: rest[0]?.strength ?? 0 }],
    observations: [observe(first), ...flagged.filter((one) => one !== first).map(observe)],
    sampleScores: sampleScores(ids, scores, flagged.flatMap(({ whole }) => whole), () => reason),
  };
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
