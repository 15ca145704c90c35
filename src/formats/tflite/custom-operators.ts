import { GateError } from '../../errors.ts';
import type { CodeAction, CodeOperand, CodeProgram } from '../../model/code.ts';
import { viewOf } from '../../onnx/byte-view.ts';
import { attributeTexts } from '../tensorflow/attribute-values.ts';
import { OPERANDS } from '../tensorflow/operands.ts';
import { graphBudget, readNode, type GraphNode } from '../tensorflow/read-graph.ts';
import { MAX_TENSORFLOW_ACTIONS, MAX_TRACED_CHARACTERS, MAX_TRACED_TEXTS } from '../tensorflow/tensorflow-limits.ts';
import type { BufferRange } from './buffer-ranges.ts';
import type { FlatTable } from './flatbuffer.ts';
import { flexOperator } from './flexbuffer.ts';
import { TFLITE_STRING } from './tflite-data-types.ts';

/** BuiltinOperator.CUSTOM: the operator has a name instead of a number. */
const CUSTOM = 32;
const FLEX = 'Flex';

export interface OperatorsRequest {
  readonly bytes: Uint8Array;
  readonly codes: readonly FlatTable[];
  readonly subgraphs: readonly FlatTable[];
  readonly buffers: readonly BufferRange[];
}

/** Operators with a name of their own as a program; the built-in ones compute and are counted. */
export function customOperators({ bytes, codes, subgraphs, buffers }: OperatorsRequest): { readonly program: CodeProgram; readonly operators: number } {
  const actions = new Map<string, { readonly action: CodeAction; count: number }>();
  const names = codes.map((code) => {
    // The first field is one byte and stops at 127; the number is the larger of the two (schema_utils.cc).
    const number = Math.max((code.u8(0) << 24) >> 24, code.i32(3));
    const name = code.text(1);
    return number === CUSTOM || name !== '' ? name || '(no name)' : undefined;
  });
  const budget = graphBudget();
  let operators = 0;
  for (const [index, subgraph] of subgraphs.entries()) {
    const tensors = subgraph.tables(0);
    for (const [position, operator] of subgraph.tables(3).entries()) {
      operators += 1;
      const code = operator.u32(0);
      if (code >= names.length) throw new GateError({ code: 'format/malformed', message: `An operator has the code ${code}; there are ${names.length}.`, where: { offset: operator.at } });
      const name = names[code];
      if (name === undefined) continue;
      const node = name.startsWith(FLEX) ? flexNode(bytes, operator, budget) : undefined;
      const operands = node === undefined ? [] : operandsOf(node, operator, tensors, { bytes, buffers });
      // The name in the table and that in the node may differ: the kernel is the node's, so both are looked at.
      for (const { module, op } of namesOf(name, node)) {
        const key = JSON.stringify([module, op, operands]);
        const known = actions.get(key);
        if (known !== undefined) {
          known.count += 1;
          continue;
        }
        if (actions.size >= MAX_TENSORFLOW_ACTIONS) throw new GateError({ code: 'format/limit-exceeded', message: `The model does more than ${MAX_TENSORFLOW_ACTIONS} different things.`, where: { offset: operator.at } });
        const action: CodeAction = {
          kind: 'call', via: module === 'tensorflow' ? 'Flex operator' : 'custom operator', target: { kind: 'name', module, name: op }, offset: operator.at, count: 1,
          text: `${op}(${operands.map(({ name: operand, constants }) => `${operand}=${constants[0] === undefined ? '{…}' : JSON.stringify(constants[0].slice(0, 120))}`).join(', ')})`,
          node: `subgraph ${index}, operator ${position}`, ...(operands.length === 0 ? {} : { operands }),
        };
        actions.set(key, { action, count: 1 });
      }
    }
  }
  return {
    program: { language: 'tensorflow', place: 'the model', range: { offset: 0, length: bytes.byteLength }, runs: 'load', actions: [...actions.values()].map(({ action, count }) => ({ ...action, count })), irregularities: [] },
    operators,
  };
}

function namesOf(name: string, node: GraphNode | undefined): readonly { readonly module: string; readonly op: string }[] {
  if (!name.startsWith(FLEX)) return [{ module: 'tflite', op: name }];
  const outer = { module: 'tensorflow', op: name.slice(FLEX.length) };
  return node === undefined || node.op === outer.op ? [outer] : [outer, { module: 'tensorflow', op: node.op }];
}

/** The NodeDef that a Flex operator carries; its options may lie behind the flatbuffer. */
function flexNode(bytes: Uint8Array, operator: FlatTable, budget: ReturnType<typeof graphBudget>): GraphNode | undefined {
  const [offset, length] = [operator.u64(9), operator.u64(10)];
  if (offset > 1 && length > bytes.byteLength - offset) throw new GateError({ code: 'format/truncated', message: 'The options of an operator are not all in the file.', where: { offset: Math.min(offset, bytes.byteLength) } });
  const options = offset > 1 ? { offset, length } : operator.bytes(5);
  if (options === undefined) return undefined;
  const flex = flexOperator(viewOf(bytes, options.offset, options.length));
  if (flex === undefined) return undefined;
  const start = options.offset + flex.node.offset;
  return readNode({ bytes, start, end: start + flex.node.length }, budget);
}

function operandsOf(node: GraphNode, operator: FlatTable, tensors: readonly FlatTable[], file: { readonly bytes: Uint8Array; readonly buffers: readonly BufferRange[] }): CodeOperand[] {
  return (Object.hasOwn(OPERANDS, node.op) ? OPERANDS[node.op] ?? [] : []).flatMap(({ name, input, attribute }): CodeOperand[] => {
    if (attribute !== undefined) {
      const constants = attributeTexts(node, attribute);
      return constants.length === 0 ? [] : [{ name, constants, computedBy: constants.length > MAX_TRACED_TEXTS ? ['a choice of many'] : [] }];
    }
    const tensor = tensors[operator.numbers(1)[input ?? 0] ?? -1];
    const range = tensor === undefined ? undefined : file.buffers[tensor.u32(2)];
    const constants = tensor?.u8(1) === TFLITE_STRING && range !== undefined && range.length > 0 ? textsOf(viewOf(file.bytes, range.offset, range.length)) : [];
    return [{ name, constants, computedBy: constants.length === 0 ? ['argument'] : constants.length > MAX_TRACED_TEXTS ? ['a choice of many'] : [] }];
  });
}

/** A count, where each text begins and the last ends, then all of them (string_util.h). */
function textsOf(buffer: Uint8Array): string[] {
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  const wrong = (): GateError => new GateError({ code: 'format/malformed', message: 'A tensor of texts is shorter than what it says of itself.' });
  if (buffer.byteLength < 4) throw wrong();
  const count = view.getInt32(0, true);
  if (count < 0 || (count + 2) * 4 > buffer.byteLength) throw wrong();
  return Array.from({ length: Math.min(count, MAX_TRACED_TEXTS + 1) }, (_, index) => {
    const [from, to] = [view.getInt32(4 + index * 4, true), view.getInt32(8 + index * 4, true)];
    if (from < 0 || to < from || to > buffer.byteLength) throw wrong();
    return Buffer.from(viewOf(buffer, from, Math.min(to - from, MAX_TRACED_CHARACTERS))).toString('utf8');
  });
}
