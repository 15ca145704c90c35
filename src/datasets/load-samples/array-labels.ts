import type { NpyArray } from '../arrays/npy.ts';
import { invalidSamples } from './sample-error.ts';

const NEXT_STEP = 'Give one class index an image, from 0 up, or one-hot rows.';

export interface ArrayLabels {
  readonly labels: Int32Array;
  readonly notes: readonly string[];
}

/** Class indexes out of an array of shape [n], [n, 1] or [n, classes] (one-hot). Throws `samples/invalid`. */
export function arrayLabels(array: NpyArray, count: number, classCount: number, place: string): ArrayLabels {
  const [rows = 0, columns = 1] = array.shape;
  if (rows !== count) throw invalidSamples(`There are ${count} images but ${rows} labels.`, place, NEXT_STEP);
  const oneHot = array.shape.length === 2 && columns > 1;
  if (array.shape.length > 2 || (oneHot && columns !== classCount)) {
    throw invalidSamples(`Labels of shape [${array.shape.join(', ')}] do not fit a model with ${classCount} classes.`, place, NEXT_STEP);
  }
  const indexes = Array.from({ length: count }, (_, row) => (oneHot ? indexOfOne(array.row(row), row, place) : (array.row(row)[0] ?? Number.NaN)));
  const wrong = indexes.findIndex((index) => !Number.isInteger(index) || index < 0 || index > classCount);
  if (wrong !== -1) throw invalidSamples(`Label ${String(indexes[wrong])} of image ${wrong} is not a class of the model (0 to ${classCount - 1}).`, place, NEXT_STEP);
  let [low, high] = [classCount, 0];
  for (const index of indexes) [low, high] = [Math.min(low, index), Math.max(high, index)];
  if (high < classCount) return { labels: Int32Array.from(indexes), notes: [] };
  if (low < 1) throw invalidSamples(`The labels run from ${low} to ${high}, but the model has ${classCount} classes.`, place, NEXT_STEP);
  return {
    labels: Int32Array.from(indexes, (index) => index - 1),
    notes: [`The samples number their classes from 1 to ${classCount}; class 1 was taken for the model's class 0.`],
  };
}

function indexOfOne(row: Float64Array, index: number, place: string): number {
  const ones = row.reduce((sum, value) => sum + (value === 1 ? 1 : 0), 0);
  if (ones !== 1 || row.some((value) => value !== 0 && value !== 1)) {
    throw invalidSamples(`The label of image ${index} is not one-hot.`, place, NEXT_STEP);
  }
  return row.indexOf(1);
}
