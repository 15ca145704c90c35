import type { Tensors } from '../model/facets.ts';
import { rawValues, type RawTensor } from './raw-values.ts';

/** The facet of such tensors; the last of those with the same name counts. Undefined where there are none. */
export function rawTensors(list: readonly RawTensor[]): Tensors | undefined {
  const byName = new Map(list.map((one) => [one.name, one]));
  if (byName.size === 0) return undefined;
  return { list: [...byName.values()], values: rawValues(byName.values()) };
}
