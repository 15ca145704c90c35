import type { NpyArray } from '../../arrays/npy.ts';

/** The label in one row: its number, or the place of the largest of several (one-hot or soft labels); undefined for what is no number. */
export function rowLabel(labels: NpyArray, row: number): number | undefined {
  const values = labels.row(row);
  const label = values.length === 1 ? values[0] : values.indexOf(values.reduce((most, one) => Math.max(most, one), -Infinity));
  return label === undefined || !Number.isFinite(label) || label < 0 ? undefined : label;
}
