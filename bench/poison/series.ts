import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { seriesShapes } from '../../src/detectors/series-shapes.ts';
import { wilsonInterval } from '../../src/statistics/wilson-interval.ts';
import { detectContext } from '../../tests/support/detect-context.ts';
import { fakeModel } from '../../tests/support/fake-model.ts';
import { memoryDataset } from '../../tests/support/memory-dataset.ts';
import { rankingAuc } from './ranking-auc.ts';

/**
 * What series-shapes says of the sets of bench/poison/make-series.py: a line a set, then a line for each attack, rate and source.
 *
 *     npx tsx bench/poison/series.ts DIR [PATTERN]
 */
interface Told {
  readonly classes: readonly string[];
  readonly attack: string | null;
  readonly rate: number;
  readonly target: number | null;
  readonly channels: number;
  readonly length: number;
  readonly labels: readonly number[];
  readonly poisoned: readonly number[];
}

const [folder = '.', pattern = ''] = process.argv.slice(2);
const tallies = new Map<string, { found: number; all: number; aucs: number[] }>();
for (const file of readdirSync(folder).filter((name) => name.endsWith('.json') && new RegExp(pattern).test(name)).sort()) {
  const told = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Told;
  const { channels, length, labels, target } = told;
  const bytes = readFileSync(path.join(folder, file.replace('.json', '.f32')));
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const dataset = memoryDataset(labels.map((label, at) => ({ id: String(at), label, content: { kind: 'series' as const, channels, length, values: values.subarray(at * channels * length, (at + 1) * channels * length) } })), told.classes);
  const from = performance.now();
  const detection = await seriesShapes.detect({ ...fakeModel({ dataset }), facets: { dataset } }, {}, detectContext());
  const seconds = (performance.now() - from) / 1000;
  if (detection.outcome !== 'measured') throw new Error(`${file}: ${detection.reason}`);
  const isFlagged = detection.metric > seriesShapes.meta.metric.threshold;
  const [first] = detection.observations;
  const isRight = target === null || first.location.targetClass === target;
  const auc = detection.sampleScores === undefined ? undefined : rankingAuc(detection.sampleScores, new Set(told.poisoned.map(String)));
  console.log(file.replace('.json', ''), `n=${String(labels.length)}`, detection.metric.toFixed(2), isFlagged ? (isRight ? 'flagged' : 'flagged for another class') : 'clear', `auc=${auc?.toFixed(3) ?? '-'}`, `${seconds.toFixed(1)}s`, JSON.stringify(first.data));
  const source = file.replace(/-.*/, '');
  for (const key of told.attack === null ? ['clean', `clean ${source}`] : ['poisoned', `poisoned ${told.attack}`, `poisoned ${String(told.rate)}`, `poisoned ${source}`]) {
    const tally = tallies.get(key) ?? { found: 0, all: 0, aucs: [] };
    tally.found += isFlagged && isRight ? 1 : 0;
    tally.all += 1;
    if (auc !== undefined) tally.aucs.push(auc);
    tallies.set(key, tally);
  }
}
for (const [key, { found, all, aucs }] of [...tallies].sort(([a], [b]) => (a < b ? -1 : 1))) {
  const { low, high } = wilsonInterval(found, all);
  console.log(`${key}: flagged ${String(found)} of ${String(all)} (${low.toFixed(2)} to ${high.toFixed(2)})${aucs.length === 0 ? '' : `, mean AUC ${(aucs.reduce((sum, one) => sum + one, 0) / aucs.length).toFixed(3)}`}`);
}
