import { ONNX_LIMITS } from '../../onnx/onnx-limits.ts';
import { readVarintNumber, WIRE_LENGTH, WIRE_VARINT, wireState } from '../../onnx/wire.ts';
import { eachField, entryOf, spansOf, textOf, type Span } from './message.ts';
import { MAX_TENSORFLOW_NAME_BYTES } from './tensorflow-limits.ts';

/**
 * Constants that functions keep from where they were written, by the name of the function: for each of its last arguments
 * the node of the graph that holds the constant, or undefined where something else is kept. From a SavedObjectGraph: nodes
 * 1, whose constant 9 names an operation 1, and concrete functions 2, whose bound inputs 2 are numbers of nodes.
 */
export function capturedConstants(objects: readonly Span[]): ReadonlyMap<string, readonly (string | undefined)[]> {
  const found = new Map<string, readonly (string | undefined)[]>();
  for (const object of objects) {
    const operations = spansOf(object, 1).map((node) => spansOf(node, 9).flatMap((constant) => spansOf(constant, 1)).map((name) => textOf(name, MAX_TENSORFLOW_NAME_BYTES, 'name')).at(-1));
    for (const entry of spansOf(object, 2)) {
      const { key, value } = entryOf(entry, MAX_TENSORFLOW_NAME_BYTES);
      const bound = boundInputs(value);
      if (bound.some((index) => operations[index] !== undefined)) found.set(key, bound.map((index) => operations[index]));
    }
  }
  return found;
}

/** A list of numbers, one behind the other in one field or each in its own. */
function boundInputs(span: Span): number[] {
  const numbers: number[] = [];
  eachField(span, (field) => {
    if (field.number !== 2) return;
    if (field.wire === WIRE_VARINT) numbers.push(Number(field.value));
    if (field.wire !== WIRE_LENGTH) return;
    const state = wireState(span.bytes, ONNX_LIMITS);
    state.position = field.start;
    while (state.position < field.end) numbers.push(readVarintNumber(state, field.end, 'bound input'));
  }, 'function of an object');
  return numbers;
}
