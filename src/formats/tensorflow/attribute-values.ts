import { ONNX_LIMITS } from '../../onnx/onnx-limits.ts';
import { readVarintNumber, wireError, wireState, WIRE_LENGTH, WIRE_VARINT } from '../../onnx/wire.ts';
import { eachField, entryOf, spansOf, textOf, type Span } from './message.ts';
import { attributeOf, type GraphNode } from './read-graph.ts';
import { MAX_TENSORFLOW_NAME_BYTES, MAX_TRACED_CHARACTERS, MAX_TRACED_TEXTS } from './tensorflow-limits.ts';

/** `DT_STRING` of types.proto. */
const STRING = 7n;

/** The texts of an attribute: AttrValue.s, or AttrValue.list.s; one more than the limit where there are more. */
export function attributeTexts(node: GraphNode, name: string): string[] {
  const value = attributeOf(node, name);
  if (value === undefined) return [];
  return [...spansOf(value, 2), ...spansOf(value, 1).flatMap((list) => spansOf(list, 2))].slice(0, MAX_TRACED_TEXTS + 1).map(clipped);
}

/** Names of the functions that a node calls, whichever attributes they are in: AttrValue.func, or AttrValue.list.func. */
export function calledFunctions(node: GraphNode): string[] {
  return node.attributes.flatMap((one) => {
    const { value } = entryOf(one, MAX_TENSORFLOW_NAME_BYTES);
    return [...spansOf(value, 10), ...spansOf(value, 1).flatMap((list) => spansOf(list, 9))]
      .flatMap((func) => spansOf(func, 1).map((name) => textOf(name, MAX_TENSORFLOW_NAME_BYTES, 'name of a function')));
  });
}

/** The texts of a Const node: TensorProto.string_val or tensor_content of AttrValue.tensor; undefined where it holds something else than texts. */
export function constantTexts(node: GraphNode): string[] | undefined {
  const value = attributeOf(node, 'value');
  if (value === undefined) return undefined;
  const texts: string[] = [];
  let isText = false;
  for (const tensor of spansOf(value, 8)) {
    let count = 1;
    let content: Span | undefined;
    eachField(tensor, (field) => {
      const part = { bytes: tensor.bytes, start: field.start, end: field.end };
      if (field.number === 1 && field.wire === WIRE_VARINT) isText = field.value === STRING;
      else if (field.number === 2 && field.wire === WIRE_LENGTH) count = elementsOf(part);
      else if (field.number === 4 && field.wire === WIRE_LENGTH) content = part;
      else if (field.number === 8 && field.wire === WIRE_LENGTH && texts.length <= MAX_TRACED_TEXTS) texts.push(clipped(part));
    }, 'tensor');
    if (isText && content !== undefined) texts.push(...packedTexts(content, count));
  }
  return isText ? texts : undefined;
}

/** Product of the dimensions of a TensorShapeProto; more than are read where one is unknown. */
function elementsOf(shape: Span): number {
  let count = 1;
  for (const dim of spansOf(shape, 2)) eachField(dim, ({ number, value }) => { if (number === 1) count *= Number(BigInt.asIntN(64, value)); });
  return count >= 0 ? count : MAX_TRACED_TEXTS + 1;
}

/** What tensor_content holds for texts: all lengths as varints, then all texts (`port::EncodeStringList`). */
function packedTexts({ bytes, start, end }: Span, count: number): string[] {
  const state = wireState(bytes, ONNX_LIMITS);
  state.position = start;
  if (count > end - start) throw wireError('format/malformed', 'A tensor has fewer texts than its shape says.', start);
  const lengths = Array.from({ length: count }, () => readVarintNumber(state, end, 'length of a text'));
  const texts: string[] = [];
  let at = state.position;
  for (const length of lengths) {
    if (length > end - at) throw wireError('format/malformed', 'A text of a tensor ends behind it.', at);
    if (texts.length <= MAX_TRACED_TEXTS) texts.push(clipped({ bytes, start: at, end: at + length }));
    at += length;
  }
  return texts;
}

function clipped({ bytes, start, end }: Span): string {
  return textOf({ bytes, start, end: Math.min(end, start + MAX_TRACED_CHARACTERS) }, MAX_TRACED_CHARACTERS);
}
