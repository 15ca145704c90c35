import { attribute, tensorOf } from '../onnx/build.ts';
import { intAttribute, textAttribute } from '../onnx/graph-index.ts';
import { GateError } from '../errors.ts';
import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor } from '../onnx/onnx-model.ts';

const RECURRENT: ReadonlySet<string> = new Set(['LSTM', 'GRU', 'RNN']);

/** Steps times directions of one layer; longer sequences make graphs that take minutes to open. */
const MAX_STEPS = 512;

export function hasRecurrent(model: OnnxModel): boolean {
  return model.graph.nodes.some(isRecurrent);
}

function isRecurrent(node: OnnxNode): boolean {
  return node.domain === '' && RECURRENT.has(node.opType);
}

/**
 * LSTM, GRU and RNN layers of a fixed sequence length as the MatMul, Sigmoid and Tanh they stand for, which have
 * gradients. Throws `format/unsupported` for activations of one's own, clipping, peepholes and sequence lengths.
 */
export function unrollRecurrent(model: OnnxModel, shapes: ReadonlyMap<string, readonly number[]>): OnnxModel {
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [...model.graph.initializers];
  let count = 0;
  const fresh = (): string => `unrolled//${String((count += 1))}`;
  const unroller: Unroller = {
    emit(opType, inputs, attributes = {}, output = fresh()) {
      nodes.push({ name: '', opType, domain: '', inputs, outputs: [output], attributes: new Map(Object.entries(attributes)) });
      return output;
    },
    ints(values) {
      const name = fresh();
      initializers.push(tensorOf(name, BigInt64Array.from(values.map(BigInt)), [values.length]));
      return name;
    },
    zeros(dims) {
      const name = fresh();
      initializers.push(tensorOf(name, new Float32Array(dims.reduce((product, size) => product * size, 1)), dims));
      return name;
    },
    one() {
      const name = fresh();
      initializers.push(tensorOf(name, Float32Array.of(1), []));
      return name;
    },
  };
  for (const node of model.graph.nodes) {
    if (isRecurrent(node)) unroll(node, shapes, unroller);
    else nodes.push(node);
  }
  return { ...model, graph: { ...model.graph, nodes, initializers } };
}

interface Unroller {
  emit(opType: string, inputs: readonly string[], attributes?: Readonly<Record<string, OnnxAttribute>>, output?: string): string;
  ints(values: readonly number[]): string;
  zeros(dims: readonly number[]): string;
  one(): string;
}

function refuse(node: OnnxNode, why: string): GateError {
  return new GateError({
    code: 'format/unsupported',
    message: `No gradient for operator ${node.opType}${node.name === '' ? '' : ` (node ${node.name})`}: ${why}.`,
    where: { field: node.name === '' ? node.opType : node.name },
  });
}

function unroll(node: OnnxNode, shapes: ReadonlyMap<string, readonly number[]>, make: Unroller): void {
  const [x = '', w = '', r = '', b = '', lengths = '', h0 = '', c0 = '', peepholes = ''] = node.inputs;
  for (const name of ['activations', 'activation_alpha', 'activation_beta', 'clip', 'input_forget']) {
    if (node.attributes.has(name) && !isDefault(node, name)) throw refuse(node, `it has ${name}`);
  }
  if (lengths !== '' || (node.opType === 'LSTM' && peepholes !== '')) throw refuse(node, lengths === '' ? 'it has peepholes' : 'it has sequence lengths');
  if (intAttribute(node, 'layout', 0) !== 0) throw refuse(node, 'its layout is batch first');
  const [steps = 0, batch = 0] = shapes.get(x) ?? [];
  const [directions = 0, , hidden = 0] = shapes.get(r) ?? [];
  if (steps === 0 || directions === 0 || hidden === 0) throw refuse(node, 'its shapes are not known');
  if (steps * directions > MAX_STEPS) throw refuse(node, `it has more than ${MAX_STEPS} steps`);

  const { emit, ints } = make;
  const part = (value: string, axis: number, start: number, end: number): string => emit('Slice', [value, ints([start]), ints([end]), ints([axis])]);
  const squeezed = (value: string, axis: number): string => emit('Squeeze', [value, ints([axis])]);
  const wide = (value: string): string => emit('Unsqueeze', [value, ints([0])]);
  const inputs = Array.from({ length: steps }, (_, step) => squeezed(part(x, 0, step, step + 1), 0));
  const answers = Array.from({ length: directions }, (_, direction) => {
    const own = (value: string): string => squeezed(part(value, 0, direction, direction + 1), 0);
    const gates = { LSTM: 4, GRU: 3 }[node.opType] ?? 1;
    const cell: Cell = {
      kind: node.opType,
      hidden,
      w: emit('Transpose', [own(w)], { perm: attribute.ints([1, 0]) }),
      r: emit('Transpose', [own(r)], { perm: attribute.ints([1, 0]) }),
      wBias: b === '' ? undefined : part(own(b), 0, 0, gates * hidden),
      rBias: b === '' ? undefined : part(own(b), 0, gates * hidden, 2 * gates * hidden),
      isResetAfter: intAttribute(node, 'linear_before_reset', 0) === 1,
    };
    const outputs: string[] = new Array<string>(steps).fill('');
    let h = h0 === '' ? make.zeros([batch, hidden]) : own(h0);
    let c = node.opType !== 'LSTM' ? '' : c0 === '' ? make.zeros([batch, hidden]) : own(c0);
    const isBackward = textAttribute(node, 'direction', 'forward') === 'reverse' || direction === 1;
    for (let at = 0; at < steps; at += 1) {
      const step = isBackward ? steps - 1 - at : at;
      ({ h, c } = advance(cell, inputs[step] ?? '', h, c, make, part));
      outputs[step] = h;
    }
    return { outputs, h, c };
  });
  const [y = '', yh = '', yc = ''] = node.outputs;
  if (y !== '') {
    const rows = Array.from({ length: steps }, (_, step) => wide(answers.length === 1 ? wide(answers[0]?.outputs[step] ?? '') : emit('Concat', answers.map(({ outputs }) => wide(outputs[step] ?? '')), { axis: attribute.int(0) })));
    emit('Concat', rows, { axis: attribute.int(0) }, y);
  }
  if (yh !== '') emit('Concat', answers.map(({ h }) => wide(h)), { axis: attribute.int(0) }, yh);
  if (yc !== '') emit('Concat', answers.map(({ c }) => wide(c)), { axis: attribute.int(0) }, yc);
}

function isDefault(node: OnnxNode, name: string): boolean {
  if (name === 'input_forget') return intAttribute(node, name, 0) === 0;
  const given = node.attributes.get(name);
  if (given?.type !== 'strings') return false;
  const usual = { LSTM: ['Sigmoid', 'Tanh', 'Tanh'], GRU: ['Sigmoid', 'Tanh'] }[node.opType] ?? ['Tanh'];
  return given.value.every((one, index) => new TextDecoder().decode(one) === usual[index % usual.length]);
}

interface Cell {
  readonly kind: string;
  readonly hidden: number;
  /** Transposed: [features, gates · hidden] and [hidden, gates · hidden]. */
  readonly w: string;
  readonly r: string;
  readonly wBias: string | undefined;
  readonly rBias: string | undefined;
  readonly isResetAfter: boolean;
}

type Part = (value: string, axis: number, start: number, end: number) => string;

function advance(cell: Cell, x: string, h: string, c: string, make: Unroller, part: Part): { h: string; c: string } {
  const { emit } = make;
  const biased = (value: string, bias: string | undefined): string => (bias === undefined ? value : emit('Add', [value, bias]));
  const fromX = biased(emit('MatMul', [x, cell.w]), cell.wBias);
  const fromH = biased(emit('MatMul', [h, cell.r]), cell.rBias);
  const gate = (value: string, index: number): string => part(value, 1, index * cell.hidden, (index + 1) * cell.hidden);
  if (cell.kind === 'RNN') return { h: emit('Tanh', [emit('Add', [fromX, fromH])]), c };
  if (cell.kind === 'LSTM') {
    const all = emit('Add', [fromX, fromH]);
    const [input, output, forget] = [0, 1, 2].map((index) => emit('Sigmoid', [gate(all, index)])) as [string, string, string];
    const memory = emit('Add', [emit('Mul', [forget, c]), emit('Mul', [input, emit('Tanh', [gate(all, 3)])])]);
    return { h: emit('Mul', [output, emit('Tanh', [memory])]), c: memory };
  }
  const [update, reset] = [0, 1].map((index) => emit('Sigmoid', [emit('Add', [gate(fromX, index), gate(fromH, index)])])) as [string, string];
  const recurrent = (): string => {
    if (cell.isResetAfter) return emit('Mul', [reset, gate(fromH, 2)]);
    const own = emit('MatMul', [emit('Mul', [reset, h]), gate(cell.r, 2)]);
    return cell.rBias === undefined ? own : emit('Add', [own, part(cell.rBias, 0, 2 * cell.hidden, 3 * cell.hidden)]);
  };
  const candidate = emit('Tanh', [emit('Add', [gate(fromX, 2), recurrent()])]);
  const kept = emit('Mul', [update, h]);
  return { h: emit('Add', [emit('Mul', [emit('Sub', [make.one(), update]), candidate]), kept]), c };
}
