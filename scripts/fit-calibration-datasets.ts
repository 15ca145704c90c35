import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { classRatios } from '../src/detectors/poisoned-samples/fuse.ts';
import type { Calibration } from '../src/detectors/detector.ts';
import { detectors } from '../src/detectors/index.ts';
import { logisticSlope } from '../src/statistics/logistic-slope.ts';
import { nonNegativeLogistic, type LabeledRow } from '../src/statistics/non-negative-logistic.ts';
import { randomSource } from '../src/statistics/random.ts';

/**
 * Fits the weights of poisoned-samples and the calibrations of the detectors of poisoned samples on sets that bench/poison measured.
 *
 *     npx tsx bench/poison/index.ts DIR --dump sets.jsonl
 *     npx tsx scripts/fit-calibration-datasets.ts sets.jsonl --description TEXT --date YYYY-MM-DD [--weights]
 *
 * With --weights the weights are fitted and nothing else; run the bench again then, so that the joined metric is that of the new weights, and fit the calibrations.
 */
const { values: flags, positionals } = parseArgs({ allowPositionals: true, options: { description: { type: 'string' }, date: { type: 'string' }, weights: { type: 'boolean', default: false } } });
const [file] = positionals;
if (file === undefined || (!flags.weights && (flags.description === undefined || flags.date === undefined))) {
  console.error('Usage: fit-calibration-datasets.ts sets.jsonl --description TEXT --date YYYY-MM-DD [--weights]');
  process.exit(2);
}

interface MeasuredSet {
  readonly name: string;
  readonly target: number | null;
  readonly digest: string;
  readonly classCount: number;
  readonly labels: readonly number[];
  readonly poisoned: readonly number[];
  readonly metrics: Readonly<Record<string, { readonly value: number; readonly threshold: number }>>;
  readonly scores: Readonly<Record<string, readonly number[]>>;
}

/** Strong enough that a detector that few sets speak for does not get all the weight. */
const EVIDENCE_RIDGE = 0.01;
const RANKING_RIDGE = 0.001;

/** The class of a clean set that counts is the one the weights suspect most, which changes as they are fitted. */
const ROUNDS = 4;

/** By how much all clean sets stay below even odds at least, in log odds. */
const MARGIN = 0.3;

/** Samples of one set: large sets shall not count more. */
const SAMPLES_A_SET = 200;

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const sets = (await readFile(file, 'utf8')).split('\n').filter(Boolean).map((line) => JSON.parse(line) as MeasuredSet);
const joined = detectors.find(({ meta }) => meta.id === 'poisoned-samples')?.meta.after ?? [];
const withoutModel = joined.filter((id) => detectors.find(({ meta }) => meta.id === id)?.meta.needs.includes('classifier') !== true);
if (flags.weights) await fitWeights();
else await fitCalibrations(flags.description ?? '', flags.date ?? '');

async function fitWeights(): Promise<void> {
  // Every set counts twice, as it is seen with the model and without it.
  const views = sets.flatMap((set) => [joined, withoutModel].map((ids) => ({ set, ids, ratios: new Map(ids.map((id) => [id, ratiosOf(set, id)])) })));
  let model = { intercept: -4, weights: joined.map(() => 1) as readonly number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    const rows = views.map(({ set, ratios }): LabeledRow => {
      const at = (label: number): readonly number[] => joined.map((id) => (ratios.get(id)?.[label] ?? 0) ** 2);
      const sum = (label: number): number => at(label).reduce((total, value, k) => total + value * (model.weights[k] ?? 0), 0);
      const worst = Array.from({ length: set.classCount }, (_, label) => label).reduce((best, label) => (sum(label) > sum(best) ? label : best), 0);
      return { values: at(set.target ?? worst), isPositive: set.target !== null };
    });
    model = nonNegativeLogistic(rows, EVIDENCE_RIDGE);
  }
  // Poisoned sets are far more common here than in life, so the intercept is not the logistic one: all clean sets stay below even odds.
  const suspicions = views.filter(({ set }) => set.target === null).map(({ set, ratios }) =>
    Math.max(...Array.from({ length: set.classCount }, (_, label) => joined.reduce((total, id, k) => total + (ratios.get(id)?.[label] ?? 0) ** 2 * (model.weights[k] ?? 0), 0))));
  model = { ...model, intercept: -Math.max(...suspicions) - MARGIN };
  const random = randomSource(0, 'samples of a set');
  const samples = views.filter(({ set }) => set.target !== null).flatMap(({ set, ids }) =>
    [1, 0].flatMap((kind) => random.shuffle(set.poisoned.flatMap((isPoisoned, row) => (isPoisoned === kind ? [row] : []))).slice(0, SAMPLES_A_SET)).map((row): LabeledRow => ({
      values: joined.map((id) => (ids.includes(id) ? Math.min(1, set.scores[id]?.[row] ?? 0) : 0)), isPositive: set.poisoned[row] === 1,
    })),
  );
  const ranking = nonNegativeLogistic(samples, RANKING_RIDGE);
  const named = (values: readonly number[]): Record<string, number> => Object.fromEntries(joined.map((id, k) => [id, Number((values[k] ?? 0).toFixed(3))]));
  const fitted = { intercept: Number(model.intercept.toFixed(3)), evidence: named(model.weights), ranking: named(ranking.weights) };
  await writeFile(path.join(root, 'src/detectors/poisoned-samples.weights.json'), `${JSON.stringify(fitted, undefined, 1)}\n`);
  console.log(fitted);
}

function ratiosOf(set: MeasuredSet, id: string): Float64Array {
  const [metric, scores] = [set.metrics[id], set.scores[id]];
  const largest = new Float64Array(set.classCount);
  if (metric === undefined) return largest;
  for (const [row, label] of set.labels.entries()) if (label >= 0) largest[label] = Math.max(largest[label] as number, Math.min(1, scores?.[row] ?? 0));
  return classRatios(id, largest, metric.value / metric.threshold);
}

async function fitCalibrations(description: string, date: string): Promise<void> {
  for (const { meta, calibration } of detectors) {
    if (calibration === undefined || meta.family !== 'dataset') continue;
    const models = sets.flatMap(({ name, digest, target, metrics }) => {
      const value = metrics[meta.id]?.value;
      return value === undefined ? [] : [{ name, digest: digest as `sha256:${string}`, backdoored: target !== null, metric: Number(value.toPrecision(6)) }];
    });
    const at = (value: number): number => (calibration.transform === 'log' ? Math.log(Math.max(value, Number.MIN_VALUE)) : value);
    const slope = logisticSlope(models.map(({ metric, backdoored }) => ({ distance: at(metric) - at(meta.metric.threshold), isPositive: backdoored })));
    const fitted: Calibration = {
      method: 'logistic', transform: calibration.transform, slope: Number(slope.toPrecision(6)), threshold: meta.metric.threshold,
      fittedOn: { description, command: 'npx tsx scripts/fit-calibration-datasets.ts sets.jsonl', date, models },
    };
    await writeFile(path.join(root, 'src/detectors', `${meta.id}.calibration.json`), `${JSON.stringify(fitted, undefined, 1)}\n`);
    console.log(`${meta.id}: slope ${String(fitted.slope)} on ${String(models.length)} sets`);
  }
}
