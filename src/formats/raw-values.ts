import { GateError } from '../errors.ts';
import type { TensorInfo, Tensors } from '../model/facets.ts';
import type { OnnxDataType } from '../onnx/onnx-model.ts';
import { tensorValues } from '../onnx/tensor-values.ts';

/** A tensor whose elements lie in a file as they are: row-major, least significant byte first. */
export type RawTensor = TensorInfo & { readonly dataType: Exclude<OnnxDataType, 'undefined' | 'string'> };

/** The numbers of such tensors by name; the last of those with the same name counts. */
export function rawValues(list: Iterable<RawTensor>): Tensors['values'] {
  const byName = new Map(Array.from(list, (one) => [one.name, one] as const));
  return async (name) => {
    const info = byName.get(name);
    if (info === undefined) throw new GateError({ code: 'internal/unexpected', message: `The model has no tensor ${JSON.stringify(name)}.` });
    return tensorValues({ name, dataType: info.dataType, dims: info.shape, raw: { source: info.source, range: info.range, location: 'inline' } });
  };
}
