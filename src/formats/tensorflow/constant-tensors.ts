import type { ByteSource } from '../../artifacts/byte-source.ts';
import type { Tensors } from '../../model/facets.ts';
import { elementCountOf, rawByteLength } from '../../onnx/data-type.ts';
import { WIRE_LENGTH, WIRE_VARINT } from '../../onnx/wire.ts';
import { rawTensors } from '../raw-tensors.ts';
import type { RawTensor } from '../raw-values.ts';
import { eachField, spansOf, type Span } from './message.ts';
import { attributeOf, type GraphScope } from './read-graph.ts';
import { TENSORFLOW_DATA_TYPES } from './tensorflow-data-types.ts';

/** Constants with fewer elements than this are shapes, axes and factors, not weights. */
const MIN_ELEMENTS = 2;

/** Numbers that Const nodes keep as bytes (TensorProto.tensor_content): the weights of a frozen graph. */
export function constantTensors(scopes: readonly GraphScope[], source: ByteSource): Tensors | undefined {
  const found: RawTensor[] = [];
  for (const scope of scopes) {
    for (const node of scope.nodes) {
      if (node.op !== 'Const') continue;
      const value = attributeOf(node, 'value');
      const tensor = value === undefined ? undefined : spansOf(value, 8).at(-1);
      const info = tensor === undefined ? undefined : infoOf(scope.name === undefined ? node.name : `${scope.name}/${node.name}`, tensor, source);
      if (info !== undefined) found.push(info);
    }
  }
  return rawTensors(found);
}

/** TensorProto: dtype 1, tensor_shape 2, tensor_content 4. Undefined where the content is not exactly its elements. */
function infoOf(name: string, tensor: Span, source: ByteSource): RawTensor | undefined {
  let type = 0;
  let shape: number[] = [];
  let content: Span | undefined;
  eachField(tensor, (field) => {
    const part = { bytes: tensor.bytes, start: field.start, end: field.end };
    if (field.number === 1 && field.wire === WIRE_VARINT) type = Number(field.value);
    else if (field.number === 2 && field.wire === WIRE_LENGTH) shape = dimsOf(part);
    else if (field.number === 4 && field.wire === WIRE_LENGTH) content = part;
  }, 'tensor');
  const dataType = TENSORFLOW_DATA_TYPES[type];
  const count = shape.some((dim) => dim < 0) ? undefined : elementCountOf(shape);
  if (dataType === undefined || content === undefined || count === undefined || count < MIN_ELEMENTS) return undefined;
  const length = content.end - content.start;
  return rawByteLength(dataType, count) === length ? { name, dataType, shape, source, range: { offset: content.start, length } } : undefined;
}

/** TensorShapeProto: dim 2 with its size 1. */
export function dimsOf(shape: Span): number[] {
  return spansOf(shape, 2).map((dim) => {
    let size = 0;
    eachField(dim, ({ number, wire, value }) => {
      if (number === 1 && wire === WIRE_VARINT) size = Number(BigInt.asIntN(64, value));
    }, 'dimension');
    return size;
  });
}
