import { readFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { Value } from '@sinclair/typebox/value';
import { openFileSource } from '../../src/artifacts/file-source.ts';
import type { Detector } from '../../src/detectors/detector.ts';
import { referenceNeighbours } from '../../src/detectors/reference-neighbours.ts';
import { weightTensorFeatures } from '../../src/detectors/weight-tensor-features.ts';
import { readModel } from '../../src/inspection/read-model.ts';
import { runDetector } from '../../src/inspection/run-detector.ts';
import type { Model } from '../../src/model/model.ts';
import type { Decomposition, ReferenceClassifier } from '../../src/model/reference-set.ts';
import { buildReference, DECOMPOSITIONS, REFERENCE_CLASSIFIERS } from '../../src/reference/build-reference.ts';
import { readLabels } from '../../src/reference/read-labels.ts';
import { parseReference } from '../../src/reference/read-reference.ts';
import type { Result } from '../../src/report.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { rocAuc } from '../../src/statistics/roc-auc.ts';
import { stratifiedFolds } from '../../src/statistics/stratified-folds.ts';
import { wilsonInterval } from '../../src/statistics/wilson-interval.ts';

/**
 * Measures the two detectors that compare with known models, on models that are not among the known ones: a fifth at a time is held
 * out, a reference is built of the rest, and the held-out models are run through the detectors.
 *
 *     npx tsx bench/reference/index.ts DIR [--decomposition NAME] [--classifier NAME] [--all] [--json]
 *
 * DIR is what bench/reference/train.py wrote. --all measures weight-tensor-features with every decomposition and classifier. --json prints the
 * measurements in the form that scripts/fit-calibration.ts takes.
 */
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { decomposition: { type: 'string', default: 'parafac2' }, classifier: { type: 'string', default: 'random-forest' }, all: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
});
const [folder = ''] = positionals;
const signal = new AbortController().signal;
const FOLDS = 5;
const SEED = 0;

const labels = readLabels(await readFile(path.join(folder, 'labels.json'), 'utf8'), 'labels.json');
const models = new Map<string, Model>();
for (const { path: name } of labels) {
  const file = path.resolve(folder, name);
  const source = await openFileSource(file, name);
  models.set(name, await readModel(source, { path: name, file, signal }));
  await source.close();
}
const folds = stratifiedFolds(labels.map(({ label }) => (label === 'backdoored' ? 1 : 0)), FOLDS, randomSource(SEED, 'bench'));

const measured = labels.map(({ path: name, label }) => ({ row: { model: name, backdoored: label === 'backdoored' }, digest: models.get(name)?.artifact.digest, results: [] as Result[] }));
const columns: { readonly title: string; readonly detector: Detector; readonly options: Record<string, unknown> }[] = [
  ...(flags.all ? DECOMPOSITIONS.flatMap((decomposition) => REFERENCE_CLASSIFIERS.map((classifier) => ({ decomposition, classifier }))) : [{ decomposition: flags.decomposition as Decomposition, classifier: flags.classifier as ReferenceClassifier }]).map((options) => ({
    title: `weight-tensor-features, ${options.decomposition}, ${options.classifier}`, detector: weightTensorFeatures as unknown as Detector, options,
  })),
  { title: 'reference-neighbours', detector: referenceNeighbours as unknown as Detector, options: {} },
];
const byColumn = columns.map(() => [] as { readonly backdoored: boolean; readonly result: Result }[]);

for (let fold = 0; fold < FOLDS; fold += 1) {
  const { file } = await buildReference({
    models: labels.filter((_, at) => folds[at] !== fold),
    open: async (name) => ({ model: models.get(name) as Model, close: async () => undefined }),
    settings: { seed: SEED, projectionLength: 2000, varianceKept: 0.9, decomposition: 'parafac2', classifier: 'random-forest' },
    compare: { decompositions: [], classifiers: [] },
    signal,
    onProgress: () => undefined,
  });
  const reference = parseReference(new TextEncoder().encode(JSON.stringify(file)), 'bench');
  for (const [at, one] of measured.entries()) {
    if (folds[at] !== fold) continue;
    const model = models.get(one.row.model) as Model;
    for (const [column, { detector, options }] of columns.entries()) {
      const { result } = await runDetector(
        detector,
        { id: detector.meta.id, required: false, options: { ...(Value.Create(detector.options) as object), ...options }, threshold: undefined, timeoutSeconds: 600 },
        { ...model, facets: { ...model.facets, reference } },
        { random: (label) => randomSource(SEED, label), signal, progress: () => undefined, suspiciousInputs: [], pictures: [], sampleScores: [], results: [] },
        () => performance.now(),
      );
      byColumn[column]?.push({ backdoored: one.row.backdoored, result });
      if (!flags.all) one.results.push(result);
    }
    process.stderr.write('.');
  }
}
process.stderr.write('\n');

if (flags.json) {
  console.log(JSON.stringify(measured));
} else {
  const backdoored = labels.filter(({ label }) => label === 'backdoored').length;
  console.log(`${labels.length} models (${backdoored} backdoored), ${FOLDS} times a fifth of them held out; a model that could not be told counts as not flagged`);
  console.log(['detector', 'detected', 'false positives', 'could not tell', 'AUC of the answer', 'AUC of the metric', 'seconds a model'].join(' | '));
  for (const [column, { title }] of columns.entries()) console.log(lineOf(title, byColumn[column] ?? []));
}

function lineOf(title: string, rows: readonly { readonly backdoored: boolean; readonly result: Result }[]): string {
  const share = (of: boolean): string => {
    const all = rows.filter((one) => one.backdoored === of);
    const flagged = all.filter(({ result }) => result.outcome === 'flagged').length;
    const { low, high } = wilsonInterval(flagged, all.length);
    return `${flagged} of ${all.length} (${low.toFixed(2)} to ${high.toFixed(2)})`;
  };
  const area = (valueOf: (result: Result) => number | undefined): string => {
    const of = (backdoored: boolean): number[] => rows.filter((one) => one.backdoored === backdoored).flatMap(({ result }) => valueOf(result) ?? []);
    const auc = rocAuc(of(true), of(false));
    return auc === undefined ? '–' : `${auc.auc.toFixed(3)} (${auc.interval.low.toFixed(2)} to ${auc.interval.high.toFixed(2)})`;
  };
  const seconds = rows.map(({ result }) => result.seconds).sort((left, right) => left - right)[Math.floor(rows.length / 2)] ?? NaN;
  const answer = (result: Result): number | undefined => result.measurements.find(({ name }) => name === 'classifier’s answer for backdoored' || name === 'distance to the nearest clean models')?.value;
  return [
    title, share(true), share(false), String(rows.filter(({ result }) => result.outcome === 'inconclusive').length),
    area(answer), area((result) => (result.metric === undefined ? undefined : -result.metric.value)), seconds.toFixed(2),
  ].join(' | ');
}
