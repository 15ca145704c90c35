import { appendFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Value } from '@sinclair/typebox/value';
import type { DetectContext, Detector } from '../../src/detectors/detector.ts';
import { detectors } from '../../src/detectors/index.ts';
import { runDetector } from '../../src/inspection/run-detector.ts';
import type { Model } from '../../src/model/model.ts';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { openSet } from './open-set.ts';
import { rankingAuc } from './ranking-auc.ts';

/**
 * How well poisoned samples are ranked and poisoned sets told from clean ones, over a directory of sets (bench/poison/make-sets.py).
 *
 *     npx tsx bench/poison/index.ts DIR [--without-model] [--only TEXT] [--detectors ID,ID] [--dump FILE]
 *
 * One row a set: the class suspected, and of each detector its metric, the ROC-AUC of its ranking and its time; at last the joined metric, AUC and class of what needs no model. --dump appends a JSON line a set, for scripts/fit-calibration-datasets.ts.
 */
const { values: flags, positionals } = parseArgs({ allowPositionals: true, options: { 'without-model': { type: 'boolean', default: false }, only: { type: 'string', default: '' }, detectors: { type: 'string' }, dump: { type: 'string' } } });
const [folder] = positionals;
if (folder === undefined) throw new Error('Usage: index.ts DIR [--without-model] [--only TEXT] [--detectors ID,ID] [--dump FILE]');
const asked = flags.detectors?.split(',');
const order = detectors.filter(({ meta }) => asked?.includes(meta.id) ?? true).filter(({ meta }) => meta.family === 'dataset' && !meta.needs.includes('trainingLog') && !meta.needs.includes('trustedDataset')).sort((a, b) => (a.meta.after?.length ?? 0) - (b.meta.after?.length ?? 0));

const needsModel = new Set(detectors.filter(({ meta }) => meta.joins === true || meta.needs.includes('classifier')).map(({ meta }) => meta.id));

for (const name of readdirSync(folder).filter((file) => file.endsWith('.npz') && new RegExp(flags.only).test(file)).map((file) => path.basename(file, '.npz')).sort()) {
  const set = await openSet(folder, name, !flags['without-model']);
  const model: Model = {
    artifact: { path: name, digest: `sha256:${'0'.repeat(64)}`, bytes: memorySource(new Uint8Array(0)) }, format: 'bench',
    facets: { dataset: set.dataset, ...(set.classifier === undefined ? {} : { classifier: set.classifier }) },
    problems: {}, absences: {}, unclaimed: [], companions: [], notes: [],
  };
  const results: DetectContext['results'][number][] = [];
  const scores: DetectContext['sampleScores'][number][] = [];
  const run = (detector: Detector, ran: Pick<DetectContext, 'results' | 'sampleScores'>) =>
    runDetector(
      detector, { id: detector.meta.id, required: true, options: Value.Create(detector.options) as Record<string, unknown>, threshold: undefined, timeoutSeconds: 3600 }, model,
      { random: (label) => randomSource(0, `${detector.meta.id}/${label}`), signal: new AbortController().signal, progress: () => undefined, suspiciousInputs: [], pictures: [], ...ran },
      () => performance.now(),
    );
  for (const detector of order) {
    const { result, sampleScores } = await run(detector, { results, sampleScores: scores });
    results.push(result);
    if (sampleScores !== undefined) scores.push({ from: detector.meta.id, scores: sampleScores });
    if (result.outcome === 'error') console.error(name, detector.meta.id, result.reason);
  }
  const aucs = scores.map(({ from, scores: given }) => ({ from, auc: rankingAuc(given, set.poisoned) }));
  const cells = results.filter(({ metric }) => metric !== undefined).map(({ detector, metric, outcome, seconds }) => `${detector}=${(metric?.value ?? 0).toFixed(2)}${outcome === 'flagged' ? '!' : ''}/${aucs.find(({ from }) => from === detector)?.auc?.toFixed(3) ?? '-'}/${seconds.toFixed(0)}s`);
  const named = results.find(({ detector }) => detector === 'poisoned-samples')?.observations[0]?.location.targetClass;
  console.log(`${name} target=${String(set.target)} named=${String(named)} ${cells.join(' ')}${await withoutModel()}`);
  /** What the same results come to where those of the model are not known. */
  async function withoutModel(): Promise<string> {
    const joining = order.find(({ meta }) => meta.joins === true);
    if (joining === undefined || set.classifier === undefined) return '';
    const { result, sampleScores } = await run(joining, { results: results.filter(({ detector }) => !needsModel.has(detector)), sampleScores: scores.filter(({ from }) => !needsModel.has(from)) });
    return ` without-model=${(result.metric?.value ?? 0).toFixed(2)}/${(sampleScores === undefined ? undefined : rankingAuc(sampleScores, set.poisoned))?.toFixed(3) ?? '-'}/${String(result.observations[0]?.location.targetClass)}`;
  }
  if (flags.dump !== undefined) {
    const labels: number[] = [];
    const ids: string[] = [];
    for await (const { id, label } of set.dataset.samples(new AbortController().signal)) {
      ids.push(id);
      labels.push(label ?? -1);
    }
    const row = {
      name, target: set.target, attack: set.attack, rate: set.rate, digest: set.digest, hasModel: set.classifier !== undefined, classCount: set.dataset.classNames.length, labels,
      poisoned: ids.map((id) => (set.poisoned.has(id) ? 1 : 0)),
      metrics: Object.fromEntries(results.flatMap(({ detector, metric }) => (metric === undefined ? [] : [[detector, { value: metric.value, threshold: metric.threshold }]]))),
      scores: Object.fromEntries(scores.map(({ from, scores: given }) => [from, align(ids, given.ids, given.scores)])),
    };
    appendFileSync(flags.dump, `${JSON.stringify(row)}\n`);
  }
  await set.close();
}

function align(ids: readonly string[], given: readonly string[], scores: Float64Array): readonly number[] {
  const known = new Map(given.map((id, at) => [id, scores[at] as number]));
  return ids.map((id) => Number((known.get(id) ?? 0).toPrecision(5)));
}
