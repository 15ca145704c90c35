import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { MeasuredModel } from '../bench/zoo/measure-models.ts';
import backdoorCalibration from '../src/detectors/backdoor.calibration.json' with { type: 'json' };
import evidenceModel from '../src/detectors/backdoor.model.json' with { type: 'json' };
import { combineEvidence, valueOf, type EvidenceModel, type EvidenceRegime, type EvidenceTerm, type LoneTerm } from '../src/detectors/backdoor/combine-evidence.ts';
import type { Calibration } from '../src/detectors/detector.ts';
import type { Result } from '../src/report.ts';
import { median } from '../src/statistics/median.ts';
import { nonNegativeLogistic } from '../src/statistics/non-negative-logistic.ts';
import { quantile } from '../src/statistics/quantile.ts';
import { rocAuc } from '../src/statistics/roc-auc.ts';

/**
 * Fits the combination of all evidence and writes src/detectors/backdoor.model.json and backdoor.calibration.json.
 *
 *     npx tsx bench/zoo/index.ts DIR --json > set.json        for every set of models, with and without --no-samples
 *     npx tsx scripts/fit-backdoor.ts [--samples NAME=set.json ...] [--no-samples NAME=set.json ...] [--source-specific NAME=set.json ...] --description TEXT --date YYYY-MM-DD
 *
 * What is ordinary comes from the clean models alone. Only the intercept and one weight are fitted to backdoored ones, so
 * there is little that could be fitted to their triggers. Models of a validation split are refused. The numbers of
 * runs that no set is given for stay as they are; the description is of all of them. Source-specific backdoors are fitted
 * on their own, since one measurement decides about them: --detector pair-testing is enough there.
 */
const { values: flags } = parseArgs({
  options: {
    samples: { type: 'string', multiple: true, default: [] },
    'no-samples': { type: 'string', multiple: true, default: [] },
    'source-specific': { type: 'string', multiple: true, default: [] },
    description: { type: 'string' }, date: { type: 'string' },
  },
});
const { description, date } = flags;
if (description === undefined || date === undefined || flags.samples.length + flags['no-samples'].length + flags['source-specific'].length === 0) {
  console.error('Usage: fit-backdoor.ts [--samples NAME=set.json ...] [--no-samples NAME=set.json ...] [--source-specific NAME=set.json ...] --description TEXT --date YYYY-MM-DD');
  process.exit(2);
}

const CLEAN_QUANTILE = 0.9;
const CAP = 3;
/** Kinds of all-to-one backdoors bear each other out; an all-to-all one shows in hardly more than this one kind, which then has to be able to decide. */
const CAP_OF_PERMUTATIONS = 8;
/** Where odd inputs go in a model without a backdoor as well: strong colors, steep margins and kept classes then all name that class. */
const ATTRACTOR = 'where odd inputs go';
/** Both look at the weights of the same layer. */
const OUTPUT_LAYER = 'output layer';
const RIDGE = 0.01;
/** Share of clean models left out of the fit that stay below log odds 0. */
const CLEAN_BELOW = 0.96;

/** `least`: the smallest spread, in the measurement's own unit; several measurements are zero in all clean models. */
type Source = Pick<EvidenceTerm, 'kind' | 'detector' | 'measurement' | 'cap' | 'ground'> & { readonly least: number };
const SOURCES: readonly Source[] = [
  { kind: 'a picture added to the image', detector: 'universal-perturbation', measurement: 'metric', least: 0.7 },
  { kind: 'a picture added to the image', detector: 'universal-perturbation', measurement: 'margin lead', least: 1 },
  { kind: 'a pattern under a mask', detector: 'trigger-inversion', measurement: 'mask lead', least: 0.2 },
  { kind: 'stripes or waves', detector: 'trigger-inversion', measurement: 'stripes lead', least: 0.7 },
  { kind: 'stripes or waves', detector: 'trigger-inversion', measurement: 'stripes margin lead', least: 1 },
  { kind: 'an outstanding margin', detector: 'maximum-margin', measurement: 'metric', least: 0.2, ground: ATTRACTOR },
  { kind: 'a channel that leads to one class', detector: 'neuron-sensitivity', measurement: 'metric', least: 0.03 },
  { kind: 'outlying weights', detector: 'output-layer-outlier', measurement: 'metric', least: 0.4, ground: OUTPUT_LAYER },
  { kind: 'a leaning output layer', detector: 'last-layer-probe', measurement: 'metric', least: 0.3, ground: OUTPUT_LAYER },
  { kind: 'a change of color and tone', detector: 'trigger-inversion', measurement: 'color lead', least: 0.7, ground: ATTRACTOR },
  { kind: 'a change of color and tone', detector: 'trigger-inversion', measurement: 'color margin lead', least: 0.4, ground: ATTRACTOR },
  { kind: 'a smooth warp', detector: 'trigger-inversion', measurement: 'warp lead', least: 0.7 },
  { kind: 'a smooth warp', detector: 'trigger-inversion', measurement: 'warp margin lead', least: 0.4 },
  { kind: 'a change that permutes the classes', detector: 'universal-mask', measurement: 'metric', least: 0.08, cap: CAP_OF_PERMUTATIONS },
  { kind: 'a trigger of the library', detector: 'adversarial-testing', measurement: 'metric', least: 0.7 },
  { kind: 'inputs that keep their class under others', detector: 'perturbation-entropy', measurement: 'metric', least: 0.15, ground: ATTRACTOR },
];
const SOURCE_SPECIFIC = { kind: 'a small patch that moves one class to one other', detector: 'pair-testing', measurement: 'metric' };
const NEEDED = ['trigger-inversion', 'universal-perturbation', 'maximum-margin', 'universal-mask'];

interface Example {
  readonly name: string;
  readonly digest: string;
  readonly backdoored: boolean;
  readonly isSourceSpecific: boolean;
  readonly results: readonly Result[];
}

/** Models of which every one of these detectors measured something. */
async function examplesOf(given: readonly string[], needed: readonly string[]): Promise<readonly Example[]> {
  const all: Example[] = [];
  for (const argument of given) {
    const [set = '', file = ''] = argument.split('=');
    for (const { row, digest, results } of JSON.parse(await readFile(file, 'utf8')) as readonly MeasuredModel[]) {
      if (row.split === 'validation') throw new Error(`${file} holds ${row.model}, a validation model: fitting on it would make its figures worthless.`);
      const isWhole = needed.every((id) => results.some(({ detector, metric }) => detector === id && metric !== undefined));
      if (isWhole) all.push({ name: `${set}/${path.basename(row.model, '.onnx')}`, digest, backdoored: row.backdoored, isSourceSpecific: row.attack?.mode === 'source', results });
    }
  }
  return all;
}

function fit(examples: readonly Example[]): EvidenceRegime {
  const terms = SOURCES.map(({ least, ...source }): EvidenceTerm => {
    const clean = examples.filter(({ backdoored }) => !backdoored).flatMap(({ results }) => valueOf(source, results)?.value ?? []);
    const ordinary = median(clean) ?? 0;
    return { ...source, ordinary: rounded(ordinary), spread: rounded(Math.max(least, (quantile(clean, CLEAN_QUANTILE) ?? 0) - ordinary)) };
  });
  // With weight 1 and no intercept the log odds are the sum of the surprises.
  const sums: EvidenceRegime = { intercept: 0, weight: 1, cap: CAP, terms, needed: NEEDED };
  const rows = examples.map(({ results, backdoored }) => ({ isPositive: backdoored, values: [combineEvidence(sums, results).logOdds] }));
  const { intercept, weights } = nonNegativeLogistic(rows, RIDGE);
  return { ...sums, intercept: rounded(intercept), weight: rounded(weights[0] ?? 0) };
}

/** One number a model and few backdoored ones: less of a ridge than for sums of many. */
const LONE_RIDGE = 0.001;

/** With the odds of a mix in which half of the models are backdoored, as for the sum. All clean models left out stay below 0 here, since the false alarms of the two hypotheses add up. */
function fitLone(examples: readonly Example[]): LoneTerm {
  const rows = examples.map(({ results, backdoored }) => ({ isPositive: backdoored, values: [Math.max(0, valueOf(SOURCE_SPECIFIC, results)?.value ?? 0)] }));
  const { intercept, weights } = nonNegativeLogistic(rows, LONE_RIDGE);
  const backdoored = rows.filter(({ isPositive }) => isPositive).length;
  return { ...SOURCE_SPECIFIC, intercept: rounded(intercept + Math.log((rows.length - backdoored) / backdoored)), weight: rounded(weights[0] ?? 0) };
}

function loneOdds({ intercept, weight }: LoneTerm, results: readonly Result[]): number {
  return intercept + weight * Math.max(0, valueOf(SOURCE_SPECIFIC, results)?.value ?? 0);
}

function rounded(value: number): number {
  return Number(value.toPrecision(5));
}

/** Log odds of each example from a fit without it, lowered so that few clean ones are beyond 0: clean models are what a gate mostly sees. Prints how it went. */
function leaveOneOut(name: string, examples: readonly Example[], cleanBelow: number, oddsWithout: (others: readonly Example[], one: Example) => number): { readonly shift: number; readonly odds: readonly number[] } {
  const odds = examples.map((one, index) => oddsWithout(examples.filter((_, other) => other !== index), one));
  const of = (backdoored: boolean): number[] => odds.filter((_, index) => examples[index]?.backdoored === backdoored);
  const shift = Math.max(0, quantile(of(false), cleanBelow) ?? 0);
  const ranking = rocAuc(of(true), of(false));
  const share = (values: readonly number[]): string => `${values.filter((value) => value > shift).length} of ${values.length}`;
  console.log(`${name}: left out one by one, AUC ${ranking?.auc.toFixed(3) ?? '-'}, detected ${share(of(true))}, false positives ${share(of(false))}; intercept lowered by ${shift.toFixed(2)}`);
  examples.forEach(({ name: model, backdoored }, index) => {
    const value = (odds[index] ?? 0) - shift;
    if (backdoored ? value <= 0 : value > -1) console.log(`  ${backdoored ? 'missed' : 'suspicious, clean'}: ${model} ${value.toFixed(2)}`);
  });
  return { shift, odds: odds.map((value) => value - shift) };
}

function fitRegime(name: string, examples: readonly Example[]): { readonly regime: EvidenceRegime; readonly leftOut: readonly number[] } {
  const regime = fit(examples);
  const { shift, odds } = leaveOneOut(name, examples, CLEAN_BELOW, (others, { results }) => combineEvidence(fit(others), results).logOdds);
  return { regime: { ...regime, intercept: rounded(regime.intercept - shift) }, leftOut: odds };
}

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const earlier = evidenceModel as EvidenceModel;
let { withSamples, withoutSamples } = earlier;
let { models, modelsWithoutSamples, modelsSourceSpecific } = earlier.fittedOn;
let calibrated = (backdoorCalibration as Calibration).fittedOn?.models ?? [];
const examples = await examplesOf(flags.samples, NEEDED);
if (examples.length > 0) {
  const { regime, leftOut } = fitRegime('with samples', examples);
  withSamples = { ...regime, ...(withSamples.sourceSpecific === undefined ? {} : { sourceSpecific: withSamples.sourceSpecific }) };
  models = named(examples);
  calibrated = named(examples).map((one, index) => ({ ...one, metric: rounded(leftOut[index] ?? 0) }));
}
const examplesWithout = await examplesOf(flags['no-samples'], NEEDED);
if (examplesWithout.length > 0) {
  withoutSamples = fitRegime('without samples', examplesWithout).regime;
  modelsWithoutSamples = named(examplesWithout);
}
// Other backdoors are no examples of either: a patch may send one of their classes further than the others.
const examplesOfSources = (await examplesOf(flags['source-specific'], [SOURCE_SPECIFIC.detector])).filter(({ backdoored, isSourceSpecific }) => !backdoored || isSourceSpecific);
if (examplesOfSources.length > 0) {
  const lone = fitLone(examplesOfSources);
  const { shift } = leaveOneOut('source-specific', examplesOfSources, 1, (others, { results }) => loneOdds(fitLone(others), results));
  withSamples = { ...withSamples, sourceSpecific: { ...lone, intercept: rounded(lone.intercept - shift) } };
  modelsSourceSpecific = named(examplesOfSources);
}
const command = 'npx tsx scripts/fit-backdoor.ts --samples NAME=set.json ... --no-samples NAME=set.json ... --source-specific NAME=set.json ...';
const model: EvidenceModel = { withSamples, withoutSamples, fittedOn: { description, date, command, models, modelsWithoutSamples, modelsSourceSpecific } };
await writeFile(path.join(root, 'src/detectors/backdoor.model.json'), `${JSON.stringify(model, undefined, 1)}\n`);
// The metric is a logarithm of odds already: its score is the probability itself.
const calibration: Calibration = { method: 'logistic', transform: 'identity', slope: 1, threshold: 0, fittedOn: { description, command, date, models: calibrated } };
await writeFile(path.join(root, 'src/detectors/backdoor.calibration.json'), `${JSON.stringify(calibration, undefined, 1)}\n`);

function named(all: readonly Example[]): EvidenceModel['fittedOn']['models'] {
  return all.map(({ name, digest, backdoored }) => ({ name, digest, backdoored }));
}
