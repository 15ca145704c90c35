import { memorySource } from '../../artifacts/memory-source.ts';
import { GateError } from '../../errors.ts';
import type { TensorInfo, Tensors } from '../../model/facets.ts';
import type { OnnxModel, OnnxTensor } from '../../onnx/onnx-model.ts';
import { rawBytes, type TypedValues } from './raw-bytes.ts';
import { tensorValues } from '../../onnx/tensor-values.ts';
import { tensorsOf } from '../../onnx/walk.ts';

/** Every numeric constant of the model under a name of its own: a second tensor of one name becomes `name#2`. */
export function tensorsFacet(model: OnnxModel): Tensors {
  const byName = new Map<string, OnnxTensor>();
  const uses = new Map<string, number>();
  for (const { name, tensor } of tensorsOf(model)) {
    if (tensor.dataType === 'string') continue;
    let free = name;
    while (byName.has(free)) {
      const use = (uses.get(name) ?? 1) + 1;
      uses.set(name, use);
      free = `${name}#${use}`;
    }
    byName.set(free, tensor);
  }
  return {
    list: [...byName].map(([name, tensor]) => infoOf(name, tensor)),
    async values(name) {
      const tensor = byName.get(name);
      if (tensor === undefined) throw new GateError({ code: 'internal/unexpected', message: `The model has no tensor ${JSON.stringify(name)}.` });
      return tensorValues(tensor);
    },
  };
}

function infoOf(name: string, { dataType, dims, raw, values }: OnnxTensor): TensorInfo {
  if (raw !== undefined) return { name, dataType, shape: dims, source: raw.source, range: raw.range };
  // Typed values are decoded numbers; their bytes in memory stand in for the raw data the file does not have.
  const bytes = values === undefined || Array.isArray(values) ? new Uint8Array(0) : rawBytes(dataType, dims, values as TypedValues);
  return { name, dataType, shape: dims, source: memorySource(bytes), range: { offset: 0, length: bytes.byteLength } };
}
