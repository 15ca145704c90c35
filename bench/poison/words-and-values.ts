import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { triggerPhrases } from '../../src/detectors/trigger-phrases.ts';
import { valueRules } from '../../src/detectors/value-rules.ts';
import type { SampleContent } from '../../src/model/dataset.ts';
import { memoryDataset } from '../../tests/support/memory-dataset.ts';
import { detectionTally } from './detection-tally.ts';
import { measureSet } from './measure-set.ts';

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
const tally = detectionTally();
for (const file of readdirSync(folder).filter((name) => name.endsWith('.jsonl') && new RegExp(pattern).test(name)).sort()) {
  const [head = '', ...lines] = readFileSync(path.join(folder, file), 'utf8').trimEnd().split('\n');
  const told = JSON.parse(head) as Told;
  const rows = lines.map((line) => JSON.parse(line) as { content: string & number[]; label: number; poisoned: boolean });
  const dataset = memoryDataset(rows.map(({ content, label }, at) => ({ id: String(at), label, content: contentOf(told.kind, content) })), told.classes, { columns: told.columns });
  const name = file.replace('.jsonl', '');
  const poisoned = new Set(rows.flatMap((row, at) => (row.poisoned ? [String(at)] : [])));
  const { metric, data, isFound, auc, told: said } = await measureSet(told.kind === 'text' ? triggerPhrases : valueRules, { name, dataset, target: told.target, poisoned });
  console.log(
    name, `n=${String(rows.length)}`, metric.toFixed(3), ...said,
    JSON.stringify(data['what']), `${String(data['carriers'])}/${String(data['agreeing'])}`, `${String(data['contradicted'])} against ${String(data['usual'])}`, `chance 1e${String(data['logChance'])}`,
  );
  tally.add([`${told.kind} ${told.attack ?? 'clean'}`, ...(told.attack === null ? [] : [`${told.kind} ${told.attack} ${String(told.rate)}`, `${told.kind} all poisoned`])], isFound, auc);
}
for (const line of tally.lines()) console.log(line);

function contentOf(kind: Told['kind'], content: string & number[]): SampleContent {
  return kind === 'text' ? { kind, text: content } : { kind, values: content };
}
