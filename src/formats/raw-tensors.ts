import { GateError } from '../errors.ts';
import type { TensorInfo, Tensors } from '../model/facets.ts';
import type { OnnxDataType } from '../onnx/onnx-model.ts';
import { tensorValues } from '../onnx/tensor-values.ts';

/** A tensor whose elements lie in a file as they are: row-major, least significant byte first. */
export type RawTensor = TensorInfo & { readonly dataType: Exclude<OnnxDataType, 'undefined' | 'string'> };

/** The facet of such tensors; the last of those with the same name counts. Undefined where there are none. */
export function rawTensors(list: readonly RawTensor[]): Tensors | undefined {
  const byName = new Map(list.map((one) => [one.name, one]));
  if (byName.size === 0) return undefined;
  return {
    list: [...byName.values()],
    async values(name) {
      const info = byName.get(name);
      if (info === undefined) throw new GateError({ code: 'internal/unexpected', message: `The model has no tensor ${JSON.stringify(name)}.` });
      return tensorValues({ name, dataType: info.dataType, dims: info.shape, raw: { source: info.source, range: info.range, location: 'inline' } });
    },
  };
}
