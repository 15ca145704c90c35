import type { ByteRange, ByteSource } from '../../artifacts/byte-source.ts';
import type { Tensors } from '../../model/facets.ts';
import { elementCountOf, rawByteLength } from '../../onnx/data-type.ts';
import type { CollectedTensors } from './tensor-collector.ts';
import { rawValues, type RawTensor } from '../raw-values.ts';

/** What an optimizer remembers of a training run is no weight of the model. */
const OPTIMIZER = /^(?:optim|optimizer|lr_scheduler|scheduler)\w*\./i;

export interface PlacedTensors {
  readonly facet: Tensors;
  readonly note: string;
}

/** The tensors of a checkpoint where their storages lie; undefined where it has none. Those that do not lie within their storage are left out and counted. */
export function placeTensors({ tensors, others }: CollectedTensors, source: ByteSource, placeOf: (storage: string) => ByteRange | undefined): PlacedTensors | undefined {
  const list: RawTensor[] = [];
  const names = new Set<string>();
  let left = others;
  for (const { name, dataType, shape, storage, offset } of tensors) {
    if (OPTIMIZER.test(name)) continue;
    const place = placeOf(storage);
    const elements = elementCountOf(shape);
    const length = elements === undefined ? NaN : rawByteLength(dataType, elements);
    const before = rawByteLength(dataType, offset);
    if (place === undefined || !(before + length <= place.length)) {
      left += 1;
      continue;
    }
    list.push({ name: uniqueName(name, names), dataType, shape, source, range: { offset: place.offset + before, length } });
  }
  if (list.every(({ range }) => range.length === 0)) return undefined;
  return {
    note: `${String(list.length)} tensors of a PyTorch checkpoint${left === 0 ? '' : `; ${String(left)} more are of other types, not stored row by row, or not where they should be, and were not looked into`}.`,
    facet: { list, values: rawValues(list) },
  };
}

function uniqueName(name: string, names: Set<string>): string {
  let unique = name;
  for (let count = 2; names.has(unique); count += 1) unique = `${name} (${String(count)})`;
  names.add(unique);
  return unique;
}
