import type { DatasetFacet } from '../model/dataset.ts';
import type { ImpliedLabels, Implication } from '../poisoning/implied-labels.ts';
import { sampleScores } from '../poisoning/sample-scores.ts';
import { className } from './class-name.ts';
import type { DetectContext, Detection } from './detector.ts';

/** Implications reported; those of one trigger overlap. */
const MAX_REPORTED = 10;

export interface ImpliedLabelRequest<Message extends string> {
  readonly dataset: DatasetFacet;
  readonly context: DetectContext;
  readonly threshold: number;
  readonly message: Message;
  /** Times that the search reads the samples. */
  readonly passes: number;
  /** Undefined when `goOn`, told how many samples were read, said no. */
  search(goOn: (done: number) => boolean): Promise<ImpliedLabels | undefined>;
  nameOf(token: string): string;
}

/** What detectors of tokens that imply a label share: the report of what their search found, and a score a sample. */
export async function impliedLabelDetection<Message extends string>(request: ImpliedLabelRequest<Message>): Promise<Detection<Message>> {
  const { dataset, context, threshold, message, nameOf } = request;
  context.signal.throwIfAborted();
  context.progress(0, 'samples');
  if (context.outOfTime()) return { outcome: 'inconclusive', examined: 0, reason: 'The time ran out before the samples were read.' };
  const found = await request.search((done) => {
    context.signal.throwIfAborted();
    context.progress(Math.min(1, done / Math.max(1, request.passes * dataset.count)), 'samples');
    return !context.outOfTime();
  });
  if (found === undefined) return { outcome: 'inconclusive', examined: 0, reason: 'The time ran out before all samples were read.' };
  if (found.ids.length === 0) return { outcome: 'inconclusive', examined: 0, reason: 'No sample has a label.' };
  const observe = (one: Implication) => ({
    message,
    data: {
      what: nameOf(one.token), carriers: one.carriers, agreeing: one.agreeing, class: className(dataset.classNames, one.label), logChance: Math.round(one.logChance),
      contradicted: percent(one.contradicted), usual: percent(one.usual),
    },
    location: { targetClass: one.label },
  });
  const [first] = found.implications;
  const suspects = found.behind.flatMap((one, row) => (one !== undefined && one.strength > threshold ? [row] : []));
  const distinct = found.implications.filter((one, at) => at > 0 && one.strength > threshold && !isRepeated(one, found.implications.slice(0, at))).slice(0, MAX_REPORTED - 1);
  return {
    outcome: 'measured',
    examined: found.ids.length,
    metric: Math.max(0, first?.strength ?? 0),
    measurements: [{ name: 'tokens tested', value: found.tested }, { name: 'tokens that go with a label', value: found.implications.length }],
    observations: [
      first === undefined
        ? { message, data: { what: 'nothing', carriers: 0, agreeing: 0, class: 'any class', logChance: 0, contradicted: percent(0), usual: percent(0) }, location: {} }
        : observe(first),
      ...distinct.map(observe),
    ],
    sampleScores: sampleScores(found.ids, found.scores, suspects, (row) => `It holds ${nameOf(found.behind[row]?.token ?? '')}, which goes with its label against the rest of it.`),
  };
}

/** A part of a phrase that was named, in as many samples. */
function isRepeated(one: Implication, before: readonly Implication[]): boolean {
  return before.some((other) => other.label === one.label && (other.token.includes(one.token) || one.token.includes(other.token) || other.carriers === one.carriers));
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
