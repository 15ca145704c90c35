import type { DatasetFacet, SampleContent } from '../../model/dataset.ts';

/** Columns of a table that are compared (CWE-770: each has sums a class). */
const MAX_COLUMNS = 256;

/** What a sample is like from far away, and what each number is called. */
export interface SimpleStatistics {
  readonly names: readonly string[];
  /** NaN where the sample does not have one. */
  of(content: SampleContent): readonly number[];
}

/** The numbers by which samples of this kind are compared. */
export function simpleStatistics({ kind, columns }: Pick<DatasetFacet, 'kind' | 'columns'>): SimpleStatistics {
  switch (kind) {
    case 'image':
      return { names: ['brightness', 'contrast', 'fine detail', 'share of black or white'], of: (content) => (content.kind === 'image' ? ofImage(content) : []) };
    case 'text':
      return { names: ['number of words', 'length of words', 'share of other characters than letters and spaces'], of: (content) => (content.kind === 'text' ? ofText(content.text) : []) };
    case 'series':
      return { names: ['mean', 'spread', 'roughness'], of: (content) => (content.kind === 'series' ? ofSeries(content.values) : []) };
    case 'row': {
      const compared = columns.slice(0, MAX_COLUMNS);
      return {
        names: [...compared, 'missing values'],
        of: (content) =>
          content.kind === 'row' ? [...compared.map((_, column) => numberOf(content.values[column])), content.values.filter((value) => value === null).length] : [],
      };
    }
  }
}

function ofImage({ pixels, channels, height, width }: Extract<SampleContent, { kind: 'image' }>): readonly number[] {
  let [sum, squares, differences, extremes] = [0, 0, 0, 0];
  for (let at = 0; at < pixels.length; at += 1) {
    const value = (pixels[at] as number) / 255;
    sum += value;
    squares += value * value;
    if (value === 0 || value === 1) extremes += 1;
    if (at % width > 0) differences += Math.abs(value - (pixels[at - 1] as number) / 255);
  }
  const count = Math.max(1, channels * height * width);
  const mean = sum / count;
  return [mean, Math.sqrt(Math.max(0, squares / count - mean * mean)), differences / count, extremes / count];
}

function ofText(text: string): readonly number[] {
  const words = text.match(/[\p{L}\p{N}]+/gu) ?? [];
  const others = text.match(/[^\p{L}\s]/gu)?.length ?? 0;
  return [Math.log1p(words.length), words.reduce((sum, word) => sum + word.length, 0) / Math.max(1, words.length), others / Math.max(1, text.length)];
}

function ofSeries(values: Float32Array): readonly number[] {
  const count = Math.max(1, values.length);
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
  return [mean, spread, values.reduce((sum, value, at) => sum + (at === 0 ? 0 : Math.abs(value - (values[at - 1] as number))), 0) / count];
}

function numberOf(value: number | string | null | undefined): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : NaN;
}
