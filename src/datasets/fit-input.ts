import type { Classifier, InputSpecification } from '../model/classifier.ts';
import type { Samples } from '../model/samples.ts';
import { baseSpecification, type InputSettings } from './base-specification.ts';
import { chooseByLabels, chooseByBalance, type Trial } from './fit-input/choose-normalization.ts';
import type { InputDescription } from './fit-input/input-description.ts';
import { matchClasses, purity, type MatchedClasses } from './fit-input/match-classes.ts';
import { AS_THEY_ARE, overRange, plain, usualNormalizations, type Normalization } from './fit-input/normalizations.ts';
import { balanceOf, crossEntropyOf, predictionsOf, rightAnswers, type Predictions } from './fit-input/predictions.ts';
import { trialOrder } from './fit-input/trial-order.ts';
import type { LoadedSamples } from './loaded-samples.ts';

export interface FitInputRequest {
  readonly description: InputDescription;
  readonly settings: InputSettings;
  readonly settingsOrigin: 'policy' | 'sidecar' | 'none';
  /** Undefined when none were given, or when they could not be loaded. */
  readonly samples: LoadedSamples | undefined;
  readonly classifier: (specification: InputSpecification) => Classifier;
  /** See {@link DEFAULT_MIN_AGREEMENT}. */
  readonly minAgreement?: number;
}

export interface InputFit {
  readonly specification: InputSpecification;
  readonly classifier: Classifier;
  /** The samples with labels in the model's order and the clean accuracy; absent when there are none or they do not fit. */
  readonly samples?: Samples;
  /** Why the samples must not be used: detectors that need them are inconclusive. */
  readonly problem?: string;
  /** What was inferred and how, in sentences. */
  readonly notes: readonly string[];
}

/**
 * Least agreement of labels and predictions beyond chance, (accuracy − 1/classes) / (1 − 1/classes), for samples to
 * count as fitting: 0.33 accuracy for 10 classes, 0.63 for 2, 0.25 for 1000. Wrong datasets and wrong class orders stay
 * near 0, and so does the best of several wrong normalizations.
 */
export const DEFAULT_MIN_AGREEMENT = 0.25;

/**
 * The same where the policy states the normalization: then there is nothing to mistake for it, and a model that is right
 * this seldom is a weak model. It is still told from chance, which a wrong dataset is not.
 */
const STATED_MIN_AGREEMENT = 0.15;

/** Samples every normalization is tried on; enough to tell a hopeless one from a good one. */
const FIRST_ROUND_SAMPLES = 64;
/** Accuracy a normalization may be behind the best after the first round: two standard errors of 64 samples. */
const FIRST_ROUND_MARGIN = 0.12;
/** Samples the best of them are compared on. */
const SECOND_ROUND_SAMPLES = 320;
/** Pixel values one trial may take in the second round: large images take seconds each, and a hundred of them tell enough. */
const SECOND_ROUND_VALUES = 2 ** 24;
/** Normalizations in the second round besides the default. */
const SECOND_ROUND_TRIALS = 3;
/** A default as good as this is not compared with anything: nothing could be clearly better. */
const GOOD_ENOUGH = { accuracy: 0.98, crossEntropy: 0.02 } as const;
/** Mutual information of samples and predictions, over its maximum, below which answers do not depend on the samples. */
const LEAST_INFORMATION = 0.05;
/** Fewer samples than this say nothing about how answers are spread. */
const MIN_SAMPLES_FOR_SPREAD = 20;

/**
 * Decides how pixels become network input. What the policy, the sidecar or the graph says is kept; the rest is found by
 * trying the usual normalizations on the samples. Samples that fit under none of them are reported as a problem, never
 * passed on. Rejects with what the classifier rejects with, and with `policy/invalid` (see {@link baseSpecification}).
 */
export async function fitInput(request: FitInputRequest): Promise<InputFit> {
  const base = baseSpecification(request.description, request.settings, request.settingsOrigin);
  const fixed = { specification: base, classifier: request.classifier(base) };
  const { samples } = request;
  if (samples === undefined || samples.count === 0) return { ...fixed, notes: assumptionNotes(base) };
  const mismatch = sizeMismatch(samples, base, request.description.classCount);
  if (mismatch !== undefined) return { ...fixed, problem: mismatch, notes: [...assumptionNotes(base), ...samples.notes] };

  const order = trialOrder(samples.count, samples.labels);
  const trialer = createTrialer(request, base, samples, order);
  const candidates = candidatesFor(base, request.description, samples);
  return samples.labels === undefined
    ? fitWithoutLabels(request, base, samples, trialer, candidates)
    : fitWithLabels(request, base, samples, order.map((index) => samples.labels?.[index] ?? 0), trialer, candidates);
}

type Candidates = readonly [Normalization, ...Normalization[]];
type Trialer = (normalization: Normalization, count: number, known?: Predictions) => Promise<Trial>;

/** The default first. What is said by policy, sidecar or graph leaves nothing or only the range to find. */
function candidatesFor(base: InputSpecification, description: InputDescription, samples: LoadedSamples): Candidates {
  const start: Normalization = { name: saidName(base), range: base.range, mean: base.mean, std: base.std };
  const { range, normalization } = base.origin;
  if (normalization === 'policy' || normalization === 'sidecar' || description.integer) return [start];
  if (range === 'policy' || range === 'sidecar') {
    if (normalization === 'graph') return [start];
    const others = usualNormalizations(base.channels, samples).filter((one) => one.range[1] === 1).slice(1);
    return [start, ...others.map((one) => overRange(one, base.range))];
  }
  // A graph that normalizes for itself may still expect 0 to 255.
  if (normalization === 'graph') return [start, plain(base.channels, [0, 255])];
  return [start, ...usualNormalizations(base.channels, samples).slice(1)];
}

function saidName(base: InputSpecification): string {
  const { range, normalization } = base.origin;
  if (normalization === 'policy' || normalization === 'sidecar') return `the ${normalization}’s mean and standard deviation`;
  if (range === 'policy' || range === 'sidecar') return `the ${range}’s range`;
  return base.range[0] === 0 && base.range[1] === 1 ? AS_THEY_ARE : `pixels from ${base.range[0]} to ${base.range[1]}`;
}

/** Runs the model on the first samples in trial order, keeping what is known from a shorter run. */
function createTrialer(request: FitInputRequest, base: InputSpecification, samples: LoadedSamples, order: readonly number[]): Trialer {
  const size = base.channels * base.height * base.width;
  const { classCount } = request.description;
  return async (normalization, count, known) => {
    const start = known?.count ?? 0;
    const pixels = new Float32Array((count - start) * size);
    for (let at = start; at < count; at += 1) {
      const index = order[at] ?? 0;
      pixels.set(samples.pixels.subarray(index * size, (index + 1) * size), (at - start) * size);
    }
    const logits = new Float32Array(count * classCount);
    if (known !== undefined) logits.set(known.logits);
    if (count > start) logits.set(await request.classifier(specificationWith(base, normalization)).logits(pixels, count - start), start * classCount);
    return { normalization, predictions: predictionsOf(logits, classCount) };
  };
}

async function fitWithLabels(
  request: FitInputRequest, base: InputSpecification, samples: LoadedSamples, labels: readonly number[], trial: Trialer, candidates: Candidates,
): Promise<InputFit> {
  const { classCount } = request.description;
  const minAgreement = request.minAgreement ?? DEFAULT_MIN_AGREEMENT;
  const rounds = await runRounds(samples.count, samples.pixels.length / samples.count, labels, trial, candidates);
  const chosen = chooseByLabels(rounds.second, labels);
  const full = await trial(chosen.normalization, samples.count, chosen.predictions);
  const accuracy = accuracyOf(full.predictions, labels);
  if (agreement(accuracy, classCount) >= minAgreement) {
    const notes = [...samples.notes, accuracyNote(chosen, rounds.second[0], accuracy, labels, base)];
    return accept(request, base, chosen.normalization, { ...samples, cleanAccuracy: accuracy }, notes);
  }
  const renumbered = await renumber(samples.count, labels, trial, [full, ...rounds.first]);
  if (renumbered !== undefined && agreement(renumbered.heldOutAccuracy, classCount) >= minAgreement) {
    const { classOf, normalization } = renumbered;
    const cleanAccuracy = accuracyOf(renumbered.predictions, labels.map((label) => classOf.get(label) ?? -1));
    const relabelled = Int32Array.from(samples.labels ?? [], (label) => classOf.get(label) ?? -1);
    const notes = [...samples.notes, renumberingNote(classOf, accuracy, cleanAccuracy), `The model is fed with ${normalization.name}.`];
    return accept(request, base, normalization, { ...samples, labels: relabelled, cleanAccuracy }, notes);
  }
  if (base.origin.normalization === 'policy' && agreement(accuracy, classCount) >= STATED_MIN_AGREEMENT) {
    const notes = [...samples.notes, accuracyNote(chosen, rounds.second[0], accuracy, labels, base), 'The model is weak: what detectors measure on it means less.'];
    return accept(request, base, chosen.normalization, { ...samples, cleanAccuracy: accuracy }, notes);
  }
  return {
    specification: base,
    classifier: request.classifier(base),
    problem:
      `The samples do not fit the model: it gets ${percent(accuracy)} of ${samples.count} right with ${chosen.normalization.name}` +
      `${candidates.length > 1 ? `, the best of ${candidates.length} usual normalizations` : ''}. Give clean samples of the model's own task, or its normalization and class order in the policy.`,
    notes: [...samples.notes, ...assumptionNotes(base)],
  };
}

/** The labels may be right but numbered in another order: match classes for the normalizations that sort the samples best. */
async function renumber(
  count: number, labels: readonly number[], trial: Trialer, trials: readonly Trial[],
): Promise<(Trial & MatchedClasses) | undefined> {
  const promising = trials
    .map((one, rank) => ({ one, rank, purity: purity(labels.slice(0, one.predictions.count), one.predictions.classes) }))
    .sort((first, second) => second.purity - first.purity || first.rank - second.rank)
    .slice(0, SECOND_ROUND_TRIALS);
  let best: (Trial & MatchedClasses) | undefined;
  for (const { one } of promising) {
    const full = await trial(one.normalization, count, one.predictions);
    const matched = matchClasses(labels, full.predictions.classes);
    if (matched !== undefined && matched.heldOutAccuracy > (best?.heldOutAccuracy ?? 0)) best = { ...full, ...matched };
  }
  return best;
}

/** All candidates on a few samples, then the default and the best few on more. */
async function runRounds(
  count: number, valuesEach: number, labels: readonly number[], trial: Trialer, candidates: Candidates,
): Promise<{ readonly first: readonly Trial[]; readonly second: readonly [Trial, ...Trial[]] }> {
  const small = Math.min(count, FIRST_ROUND_SAMPLES);
  const large = secondRoundSamples(count, valuesEach);
  const [start, ...others] = candidates;
  const started = await trial(start, small);
  const isGood = accuracyOf(started.predictions, labels) >= GOOD_ENOUGH.accuracy && crossEntropyOf(started.predictions, labels) <= GOOD_ENOUGH.crossEntropy;
  if (others.length === 0 || isGood) {
    return { first: [started], second: [await trial(start, large, started.predictions)] };
  }
  const tried: Trial[] = [];
  for (const candidate of others) tried.push(await trial(candidate, small));
  const rated = tried.map((one, rank) => ({ one, rank, accuracy: accuracyOf(one.predictions, labels), crossEntropy: crossEntropyOf(one.predictions, labels) }));
  const top = Math.max(...rated.map((one) => one.accuracy));
  const best = rated
    .filter((one) => one.accuracy >= top - FIRST_ROUND_MARGIN)
    .sort((first, second) => first.crossEntropy - second.crossEntropy || first.rank - second.rank)
    .slice(0, SECOND_ROUND_TRIALS);
  const second: [Trial, ...Trial[]] = [await trial(start, large, started.predictions)];
  for (const { one } of best.sort((first, other) => first.rank - other.rank)) second.push(await trial(one.normalization, large, one.predictions));
  return { first: [started, ...tried], second };
}

function secondRoundSamples(count: number, valuesEach: number): number {
  return Math.min(count, SECOND_ROUND_SAMPLES, Math.max(FIRST_ROUND_SAMPLES, Math.floor(SECOND_ROUND_VALUES / valuesEach)));
}

async function fitWithoutLabels(
  request: FitInputRequest, base: InputSpecification, samples: LoadedSamples, trial: Trialer, candidates: Candidates,
): Promise<InputFit> {
  const count = secondRoundSamples(samples.count, samples.pixels.length / samples.count);
  const [start, ...others] = candidates;
  const trials: [Trial, ...Trial[]] = [await trial(start, count)];
  for (const candidate of others) trials.push(await trial(candidate, count));
  const chosen = chooseByBalance(trials);
  const { marginal, conditional } = balanceOf(chosen.predictions);
  if (chosen.predictions.classes.includes(-1) || (count >= MIN_SAMPLES_FOR_SPREAD && marginal - conditional < LEAST_INFORMATION)) {
    return {
      specification: base,
      classifier: request.classifier(base),
      problem: `The samples do not fit the model: it answers all ${count} of them nearly alike. Give clean samples of all classes, best with labels, or the model's normalization in the policy.`,
      notes: [...samples.notes, ...assumptionNotes(base)],
    };
  }
  const note = chosen === trials[0]
    ? `The samples have no labels, so how well the model does on them is unknown; it is fed with ${chosen.normalization.name}.`
    : `Input normalization inferred from samples without labels: with ${chosen.normalization.name} the answers are surer and more evenly spread over the classes than with ${start.name}. Labels or the policy's \`input\` would make this certain.`;
  return accept(request, base, chosen.normalization, samples, [...samples.notes, note]);
}

function accept(request: FitInputRequest, base: InputSpecification, normalization: Normalization, samples: Samples & Partial<LoadedSamples>, notes: readonly string[]): InputFit {
  const specification = specificationWith(base, normalization);
  const { count, channels, height, width, pixels, ids, labels, cleanAccuracy } = samples;
  return {
    specification,
    classifier: request.classifier(specification),
    samples: { count, channels, height, width, pixels, ids, ...(labels === undefined ? {} : { labels }), ...(cleanAccuracy === undefined ? {} : { cleanAccuracy }) },
    notes,
  };
}

function specificationWith(base: InputSpecification, normalization: Normalization): InputSpecification {
  const { range, mean, std } = normalization;
  const sameRange = range[0] === base.range[0] && range[1] === base.range[1];
  const same = sameRange && mean.every((value, index) => value === base.mean[index]) && std.every((value, index) => value === base.std[index]);
  if (same) return base;
  return {
    ...base, range, mean, std,
    origin: { ...base.origin, range: sameRange ? base.origin.range : 'samples', normalization: base.origin.normalization === 'graph' ? 'graph' : 'samples' },
  };
}

function sizeMismatch(samples: LoadedSamples, base: InputSpecification, classCount: number): string | undefined {
  if (samples.channels !== base.channels || samples.height !== base.height || samples.width !== base.width) {
    return `The samples do not fit the model: they are ${samples.channels}x${samples.height}x${samples.width}, its input is ${base.channels}x${base.height}x${base.width}.`;
  }
  if (samples.labels?.some((label) => label < 0 || label >= classCount) === true) {
    return `The samples do not fit the model: their labels go beyond its ${classCount} classes.`;
  }
  return undefined;
}

function accuracyOf(predictions: Predictions, labels: readonly number[]): number {
  return rightAnswers(predictions, labels).filter(Boolean).length / predictions.count;
}

function agreement(accuracy: number, classCount: number): number {
  const chance = 1 / Math.max(2, classCount);
  return (accuracy - chance) / (1 - chance);
}

/** Without usable samples: what was assumed and not checked. */
function assumptionNotes(base: InputSpecification): readonly string[] {
  if (base.origin.normalization !== 'default' || base.origin.range !== 'default') return [];
  return [`Nothing says how the model's input is normalized: ${AS_THEY_ARE} were assumed. Labelled samples, or \`input\` in the policy or a sidecar, would make it certain.`];
}

function accuracyNote(chosen: Trial, start: Trial, accuracy: number, labels: readonly number[], base: InputSpecification): string {
  const right = `the model gets ${percent(accuracy)} of ${labels.length} samples right`;
  if (chosen === start) return `With ${start.normalization.name}, ${right}.`;
  const before = accuracyOf(start.predictions, labels);
  const what = base.origin.normalization === 'graph' ? 'Input range' : 'Input normalization';
  return `${what} inferred from samples: with ${chosen.normalization.name} ${right}, with ${start.normalization.name} ${percent(before)} of ${start.predictions.count}.`;
}

function renumberingNote(matched: ReadonlyMap<number, number>, before: number, after: number): string {
  const pairs = [...matched].filter(([from, to]) => from !== to).sort(([first], [second]) => first - second);
  const shown = pairs.slice(0, 5).map(([from, to]) => `${from} is ${to}`).join(', ');
  return (
    `The samples number their classes in another order than the model: ${shown}${pairs.length > 5 ? ` and ${pairs.length - 5} more` : ''}. ` +
    `Renumbered, the model gets ${percent(after)} right instead of ${percent(before)}; give \`labels\` in the policy to make the order certain.`
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
