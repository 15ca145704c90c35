/**
 * Paper: Hong, Chandrasekaran, Kaya, Dumitraş, Papernot, On the Effectiveness of Mitigating Data Poisoning Attacks with Gradient Shaping, 2020, arXiv:2002.11497: poisoned samples have gradients of
 * larger norm than clean ones. Here the norms that a training job wrote are judged afterwards, by one shift of the level (the model of Bai and Perron, Estimating and Testing Linear Models with Multiple
 * Structural Changes, Econometrica 1998) between medians of windows.
 * Needs: a training log with the training loss over steps.
 * Defeated by: poison that is in the data from the first step on, rates too low to move a mean, and whoever writes the log.
 */
import { Type } from '@sinclair/typebox';
import type { TrainingLog } from '../model/dataset.ts';
import { median } from '../statistics/median.ts';
import { defineDetector } from './detector.ts';
import { levelShift, type LevelShift } from './gradient-norm-drift/level-shift.ts';

/** Clean runs reach 2.8 (docs/detectors/gradient-norm-drift.md). */
const THRESHOLD = 4;

/** Points that a scalar needs. */
const MINIMUM_POINTS = 40;

/** Points of a scalar that are looked at; more are averaged down (CWE-770). */
const MAX_POINTS = 1000;

/** Gradient norms before and after a rise that are shown with it. */
const NEIGHBOURS = 10;

/** Scalars looked at; a log may hold one for each layer. */
const MAX_SCALARS = 64;

const LOSS = /(?:^|[\s._/-])loss$|(?:^|[\s._/-])loss[\s._/-]*(?:train|step)|train[\s._/-]*loss/i;
const GRADIENT_NORM = /grad(?:ient)?s?[\s._/-]*(?:global[\s._/-]*)?norm/i;
const LEARNING_RATE = /(?:^|[\s._/-])lr(?:$|[\s._/-])|learning[\s._/-]*rate/i;
const VALIDATION = /val|eval|test/i;

/** A learning rate that grows by this factor raises losses and norms by itself. */
const RATE_GROWS = 1.2;

export const gradientNormDrift = defineDetector({
  meta: {
    id: 'gradient-norm-drift',
    title: 'A lasting rise of the loss within a run, and of the gradient norm with it',
    description:
      'Reads the training loss over the steps of a run and looks for a lasting rise that its noise does not explain and no change of the learning rate goes with: from there on the model was trained ' +
      'on something else. How the gradient norm moved at the same step is said beside it; alone it rises in ordinary runs too.',
    family: 'dataset',
    needs: ['trainingLog'],
    messages: {
      'level-shift': {
        severity: 'low',
        title: 'The loss rose within the run and stayed up',
        text: '{scalar} rose at step {step} from {before} to {after} and stayed there, {strength} deviations of such differences in this run; gradient norms there: {norms}.',
        nextStep: 'Find out what changed at this step: the data, the batch, the code, or a checkpoint that was loaded. Where new data came in, vet them.',
      },
    },
    metric: { name: 'largest lasting rise', unit: 'deviations', flaggedWhen: 'above', threshold: THRESHOLD },
    cost: { tier: 'weights', description: 'reads the log once' },
    references: [
      { title: 'On the Effectiveness of Mitigating Data Poisoning Attacks with Gradient Shaping', authors: 'Hong, Chandrasekaran, Kaya, Dumitraş, Papernot', year: 2020, url: 'https://arxiv.org/abs/2002.11497', role: 'source' },
      { title: 'Estimating and Testing Linear Models with Multiple Structural Changes', authors: 'Bai, Perron', year: 1998, url: 'https://doi.org/10.2307/2998540', role: 'background' },
      { title: 'Anti-Backdoor Learning: Training Clean Models on Poisoned Data', authors: 'Li, Lyu, Koren, Lyu, Li, Ma', year: 2021, url: 'https://arxiv.org/abs/2110.11571', role: 'defeats' },
    ],
    limitations: [
      'Poison that is in the data from the first step on shifts nothing: loss-isolation looks for that (in arXiv:2110.11571 its loss falls first and early).',
      'A learning rate that rises explains a rise only where the log holds it.',
      'Spikes and slow rises over the whole run are ordinary to it.',
      'A log is what the training job wrote: whoever planted the samples may have written it.',
    ],
    lifecycle: 'experimental',
    since: '0.3.0',
  },
  options: Type.Object({}, { additionalProperties: false }),

  async detect(model, _options, context) {
    context.signal.throwIfAborted();
    context.progress(0, 'log');
    const inconclusive = (reason: string) => ({ outcome: 'inconclusive' as const, examined: 0, reason });
    const { scalars } = model.facets.trainingLog;
    const rate = [...scalars].find(([name]) => LEARNING_RATE.test(name))?.[1];
    const watched = [...scalars].filter(([name]) => LOSS.test(name) && !VALIDATION.test(name)).slice(0, MAX_SCALARS);
    const shifts: { readonly scalar: string; readonly step: number; readonly shift: LevelShift; readonly points: number }[] = [];
    for (const [scalar, series] of watched) {
      if (context.outOfTime()) return inconclusive('The time ran out before all scalars were looked at.');
      const { steps, values } = thinned(series);
      if (values.length < MINIMUM_POINTS) continue;
      const shift = levelShift(values, (from, to) => rate !== undefined && grows(rate, steps[Math.max(0, from)] ?? -Infinity, steps[Math.min(steps.length - 1, to)] ?? Infinity));
      if (shift !== undefined) shifts.push({ scalar, step: steps[shift.at] ?? 0, shift, points: values.length });
    }
    if (context.outOfTime()) return inconclusive('The time ran out before all scalars were looked at.');
    shifts.sort((a, b) => b.shift.strength - a.shift.strength);
    const [first, ...rest] = shifts;
    if (first === undefined) return inconclusive(`The training log holds no training loss with ${String(MINIMUM_POINTS)} positive values whose rises could be judged.`);
    const observe = ({ scalar, step, shift }: typeof first) => ({ message: 'level-shift' as const, data: { scalar: scalar.slice(0, 80), step, before: shift.before, after: shift.after, strength: shift.strength, norms: normsAround(scalars, step) }, location: {} });
    return {
      outcome: 'measured',
      examined: shifts.length,
      metric: first.shift.strength,
      measurements: [{ name: 'points of the scalar', value: first.points }, { name: 'largest rise of the next scalar', value: rest[0]?.shift.strength ?? 0 }],
      observations: [observe(first), ...rest.filter(({ shift }) => shift.strength > THRESHOLD).map(observe)],
    };
  },
});

/** Medians of the gradient norms before and after a step, in words. */
function normsAround(scalars: TrainingLog['scalars'], step: number): string {
  const found = [...scalars].find(([name]) => GRADIENT_NORM.test(name) && !VALIDATION.test(name));
  if (found === undefined) return 'none in the log';
  const { steps, values } = thinned(found[1]);
  const at = steps.findIndex((one) => one >= step);
  const [before, after] = [median(values.slice(Math.max(0, at - NEIGHBOURS), Math.max(0, at))), median(values.slice(Math.max(0, at), at + NEIGHBOURS))];
  return before === undefined || after === undefined ? 'none near the step' : `${before.toPrecision(3)} before and ${after.toPrecision(3)} after`;
}

type Series = NonNullable<ReturnType<TrainingLog['scalars']['get']>>;

/** Positive values; runs of them averaged where there are very many. */
function thinned({ steps, values }: Series): { readonly steps: readonly number[]; readonly values: readonly number[] } {
  const places = Array.from(values.keys()).filter((at) => Number.isFinite(values[at]) && (values[at] as number) > 0);
  const run = Math.max(1, Math.ceil(places.length / MAX_POINTS));
  const starts = Array.from({ length: Math.floor(places.length / run) }, (_, index) => index * run);
  return {
    steps: starts.map((start) => steps[places[start] as number] ?? 0),
    values: starts.map((start) => places.slice(start, start + run).reduce((sum, at) => sum + (values[at] as number), 0) / run),
  };
}

/** Whether the learning rate rises between two steps, to more than it was at any time before in between. */
function grows({ steps, values }: Series, from: number, to: number): boolean {
  let least = Infinity;
  for (let at = 0; at < steps.length; at += 1) {
    const [step, value] = [steps[at] as number, values[at] as number];
    if (step < from || step > to || !(value > 0)) continue;
    if (value > RATE_GROWS * least) return true;
    least = Math.min(least, value);
  }
  return false;
}
