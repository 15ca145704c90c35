import type { FileOddity } from '../../model/structure.ts';

const NUMBERED = /^(.*)-(\d{3,6})-of-(\d{3,6})(\.\w+)$/;
/** Names told; a series of thousands is not better understood with the rest. */
const MAX_TOLD = 20;

/** Files of numbered series (`model-00001-of-00003.safetensors`) that no tensor lies in: the index was cut, or another one belongs to the model. */
export function missingShards(files: readonly string[]): readonly FileOddity[] {
  const series = new Map<string, { readonly count: number; readonly width: number; readonly seen: Set<number> }>();
  for (const file of files) {
    const [, stem = '', number = '', count = '', extension = ''] = NUMBERED.exec(file) ?? [];
    if (number === '') continue;
    const key = `${stem}*${count}${extension}`;
    const known = series.get(key) ?? { count: Number(count), width: number.length, seen: new Set<number>() };
    known.seen.add(Number(number));
    series.set(key, known);
  }
  return [...series].flatMap(([key, { count, width, seen }]): readonly FileOddity[] => {
    const missing: string[] = [];
    // A number may be large whatever the file's size is, so counting ends with what is told.
    for (let number = 1; number <= count && missing.length < MAX_TOLD; number += 1) if (!seen.has(number)) missing.push(String(number).padStart(width, '0'));
    if (missing.length === 0) return [];
    return [{ kind: 'missing-part', place: `the series ${key}`, detail: `No tensor lies in part ${missing.join(', ')}${missing.length === MAX_TOLD ? ' and more' : ''} of ${String(count)}.` }];
  });
}
