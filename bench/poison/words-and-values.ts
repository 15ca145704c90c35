import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { triggerPhrases } from '../../src/detectors/trigger-phrases.ts';
import { valueRules } from '../../src/detectors/value-rules.ts';
import type { SampleContent } from '../../src/model/dataset.ts';
import { wilsonInterval } from '../../src/statistics/wilson-interval.ts';
import { detectContext } from '../../tests/support/detect-context.ts';
import { fakeModel } from '../../tests/support/fake-model.ts';
import { memoryDataset } from '../../tests/support/memory-dataset.ts';
import { rankingAuc } from './ranking-auc.ts';

/**
 * What trigger-phrases and value-rules say of the sets of bench/poison/make-words-and-values.py: a line a set, then a line for each kind of sample and attack.
 *
 *     npx tsx bench/poison/words-and-values.ts DIR [PATTERN]
 */
interface Told {
  readonly kind: 'text' | 'row';
  readonly columns: readonly string[];
  readonly classes: readonly string[];
  readonly attack: string | null;
  readonly rate: number;
  readonly target: number | null;
}

const [folder = '.', pattern = ''] = process.argv.slice(2);
const tallies = new Map<string, { found: number; all: number; aucs: number[] }>();
for (const file of readdirSync(folder).filter((name) => name.endsWith('.jsonl') && new RegExp(pattern).test(name)).sort()) {
  const [head = '', ...lines] = readFileSync(path.join(folder, file), 'utf8').trimEnd().split('\n');
  const told = JSON.parse(head) as Told;
  const rows = lines.map((line) => JSON.parse(line) as { content: string & number[]; label: number; poisoned: boolean });
  const dataset = memoryDataset(rows.map(({ content, label }, at) => ({ id: String(at), label, content: contentOf(told.kind, content) })), told.classes, { columns: told.columns });
  const { meta, detect } = told.kind === 'text' ? triggerPhrases : valueRules;
  const from = performance.now();
  const detection = await detect({ ...fakeModel({ dataset }), facets: { dataset } }, {}, detectContext());
  const seconds = (performance.now() - from) / 1000;
  if (detection.outcome !== 'measured') throw new Error(`${file}: ${detection.reason}`);
  const isFlagged = detection.metric > meta.metric.threshold;
  const [first] = detection.observations;
  const isRight = told.target === null || first.location.targetClass === told.target;
  const auc = detection.sampleScores === undefined ? undefined : rankingAuc(detection.sampleScores, new Set(rows.flatMap(({ poisoned }, at) => (poisoned ? [String(at)] : []))));
  console.log(
    file.replace('.jsonl', ''), `n=${String(rows.length)}`, detection.metric.toFixed(3), isFlagged ? (isRight ? 'flagged' : 'flagged for another class') : 'clear', `auc=${auc?.toFixed(3) ?? '-'}`, `${seconds.toFixed(1)}s`,
    JSON.stringify(first.data['what']), `${String(first.data['carriers'])}/${String(first.data['agreeing'])}`, `${String(first.data['contradicted'])} against ${String(first.data['usual'])}`, `chance 1e${String(first.data['logChance'])}`,
  );
  for (const key of [`${told.kind} ${told.attack ?? 'clean'}`, ...(told.attack === null ? [] : [`${told.kind} ${told.attack} ${String(told.rate)}`, `${told.kind} all poisoned`])]) {
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

function contentOf(kind: Told['kind'], content: string & number[]): SampleContent {
  return kind === 'text' ? { kind, text: content } : { kind, values: content };
}
