import { MAX_CLASSES } from '../dataset-limits.ts';
import { byCodePoint } from '../load-samples/class-indexes.ts';

export interface LabelNames {
  readonly classNames: readonly string[];
  /** Place in `classNames` of a label as written; undefined for one that is none of them. */
  indexOf(label: string | number): number | undefined;
  readonly notes: readonly string[];
}

/**
 * Numbers the labels of a dataset. Where the files name their classes, a number is a place in these names. Whole numbers
 * stand for themselves, so that class 3 of the files is class 3 of a model; other names are numbered in the order of code
 * points. Numbers with fractions are values, not classes.
 */
export function labelNames(seen: ReadonlySet<string | number>, given: readonly string[] | undefined): LabelNames {
  if (given !== undefined) return ofGiven(given);
  const labels = [...seen];
  if (labels.length === 0) return { classNames: [], indexOf: () => undefined, notes: [] };
  const numbers = labels.map((one) => (typeof one === 'number' ? one : /^-?\d{1,9}$/.test(one) ? Number(one) : NaN));
  const highest = numbers.reduce((most, one) => Math.max(most, one), 0);
  if (numbers.every((one) => Number.isInteger(one) && one >= 0) && highest < MAX_CLASSES) {
    return {
      classNames: Array.from({ length: highest + 1 }, (_, index) => String(index)),
      indexOf: (label) => (seen.has(label) ? Number(label) : undefined),
      notes: [],
    };
  }
  const names = [...new Set(labels.map(String))].sort(byCodePoint);
  if (names.length > MAX_CLASSES || labels.some((one) => typeof one === 'number' && !Number.isInteger(one))) {
    return { classNames: [], indexOf: () => undefined, notes: ['The labels are values and not classes, so the samples count as unlabelled.'] };
  }
  const indexes = new Map(names.map((name, index) => [name, index]));
  return { classNames: names, indexOf: (label) => indexes.get(String(label)), notes: [] };
}

function ofGiven(given: readonly string[]): LabelNames {
  const indexes = new Map(given.map((name, index) => [name, index]));
  const ofNumber = (label: number): number | undefined => (Number.isInteger(label) && label >= 0 && label < given.length ? label : undefined);
  return {
    classNames: given,
    indexOf: (label) => (typeof label === 'number' ? ofNumber(label) : (indexes.get(label) ?? (/^\d{1,9}$/.test(label) ? ofNumber(Number(label)) : undefined))),
    notes: [],
  };
}
