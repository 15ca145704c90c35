import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { seriesShapes } from '../../src/detectors/series-shapes.ts';
import { memoryDataset } from '../../tests/support/memory-dataset.ts';
import { detectionTally } from './detection-tally.ts';
import { measureSet } from './measure-set.ts';

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
const tally = detectionTally();
for (const file of readdirSync(folder).filter((name) => name.endsWith('.json') && new RegExp(pattern).test(name)).sort()) {
  const told = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Told;
  const { channels, length, labels, target } = told;
  const bytes = readFileSync(path.join(folder, file.replace('.json', '.f32')));
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const dataset = memoryDataset(labels.map((label, at) => ({ id: String(at), label, content: { kind: 'series' as const, channels, length, values: values.subarray(at * channels * length, (at + 1) * channels * length) } })), told.classes);
  const name = file.replace('.json', '');
  const { metric, data, isFound, auc, told: said } = await measureSet(seriesShapes, { name, dataset, target, poisoned: new Set(told.poisoned.map(String)) });
  console.log(name, `n=${String(labels.length)}`, metric.toFixed(2), ...said, JSON.stringify(data));
  const source = file.replace(/-.*/, '');
  tally.add(told.attack === null ? ['clean', `clean ${source}`] : ['poisoned', `poisoned ${told.attack}`, `poisoned ${String(told.rate)}`, `poisoned ${source}`], isFound, auc);
}
for (const line of tally.lines()) console.log(line);
