import { beforeAll, describe, expect, it } from 'vitest';
import { compute } from '../../../src/detectors/graph-logic/compute.ts';
import { ndArray, type NdArray } from '../../../src/detectors/graph-logic/nd-array.ts';
import { createEngine } from '../../../src/engines/create-engine.ts';
import type { Engine } from '../../../src/engines/engine.ts';
import { attribute, graphBuilder, modelOf } from '../../../src/onnx/build.ts';
import { encodeOnnxModel } from '../../../src/onnx/encode.ts';
import { flattenGraph } from '../../../src/onnx/flatten-graph.ts';
import type { OnnxAttribute, OnnxDataType } from '../../../src/onnx/onnx-model.ts';
import { randomSource } from '../../../src/statistics/random.ts';

/** Every kernel against onnxruntime, which is the outside reference: the same node, the same numbers. */

interface Case {
  readonly op: string;
  /** Shape and, where numbers matter, the numbers; 'int64' and 'bool' where the operator wants them. */
  readonly operands: readonly (readonly [shape: readonly number[], kind?: OnnxDataType, values?: readonly number[]])[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  readonly outputs?: number;
  /** Positive operands only. */
  readonly positive?: boolean;
}

const { int, ints, float, string } = attribute;
const IMAGE = [[1, 2, 6, 6]] as const;

const CASES: readonly Case[] = [
  ...['Relu', 'LeakyRelu', 'Elu', 'Selu', 'Celu', 'ThresholdedRelu', 'HardSwish', 'HardSigmoid', 'Sigmoid', 'Tanh', 'Softplus', 'Softsign', 'Shrink', 'Erf', 'Abs', 'Neg', 'Sign', 'Exp', 'Floor', 'Ceil', 'Round', 'Sin', 'Cos', 'Atan', 'Identity'].map((op) => ({ op, operands: [[[3, 4]]] as const })),
  ...['Sqrt', 'Log', 'Reciprocal'].map((op) => ({ op, operands: [[[3, 4]]] as const, positive: true })),
  ...['Add', 'Sub', 'Mul', 'Div', 'Min', 'Max', 'Greater', 'Less', 'GreaterOrEqual', 'LessOrEqual', 'Equal', 'PRelu'].map((op) => ({ op, operands: [[[2, 3, 4]], [[3, 1]]] as const })),
  { op: 'Pow', operands: [[[3, 4]], [[4]]], positive: true },
  { op: 'Mod', operands: [[[4], 'int64', [7, -7, 8, -3]], [[1], 'int64', [5]]] },
  { op: 'Where', operands: [[[2, 1], 'bool', [1, 0]], [[2, 3]], [[3]]] },
  { op: 'Clip', operands: [[[3, 4]], [[], 'float', [-0.5]], [[], 'float', [0.5]]] },
  { op: 'Transpose', operands: [[[2, 3, 4]]], attributes: { perm: ints([2, 0, 1]) } },
  { op: 'Reshape', operands: [[[2, 3, 4]], [[2], 'int64', [0, -1]]] },
  { op: 'Expand', operands: [[[3, 1]], [[3], 'int64', [2, 3, 4]]] },
  { op: 'Tile', operands: [[[2, 3]], [[2], 'int64', [2, 2]]] },
  { op: 'Slice', operands: [[[4, 6]], [[2], 'int64', [3, 1]], [[2], 'int64', [-100, 5]], [[2], 'int64', [0, 1]], [[2], 'int64', [-1, 2]]] },
  { op: 'Gather', operands: [[[4, 3]], [[2, 2], 'int64', [0, 3, -1, 1]]], attributes: { axis: int(0) } },
  { op: 'Gather', operands: [[[4, 3]], [[2], 'int64', [2, 0]]], attributes: { axis: int(1) } },
  { op: 'GatherElements', operands: [[[3, 3]], [[2, 3], 'int64', [1, 2, 0, 2, 0, 0]]], attributes: { axis: int(0) } },
  { op: 'GatherND', operands: [[[2, 3, 4]], [[2, 2], 'int64', [0, 1, 1, 2]]] },
  { op: 'ScatterND', operands: [[[4, 3]], [[2, 1], 'int64', [3, 0]], [[2, 3]]] },
  { op: 'ScatterElements', operands: [[[3, 3]], [[2, 3], 'int64', [1, 0, 2, 0, 2, 1]], [[2, 3]]], attributes: { axis: int(0) } },
  { op: 'Concat', operands: [[[2, 3]], [[2, 1]]], attributes: { axis: int(1) } },
  { op: 'Split', operands: [[[2, 5]], [[2], 'int64', [2, 3]]], attributes: { axis: int(1) }, outputs: 2 },
  { op: 'Pad', operands: [[[2, 3]], [[4], 'int64', [1, 0, 0, 2]], [[], 'float', [7]]] },
  ...['ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare', 'ReduceLogSumExp'].map((op) => ({ op, operands: [[[2, 3, 4]]] as const, attributes: { axes: ints([0, 2]), keepdims: int(0) } })),
  { op: 'ReduceSum', operands: [[[2, 3, 4]], [[1], 'int64', [1]]], attributes: { keepdims: int(1) } },
  { op: 'Softmax', operands: [[[2, 3, 4]]], attributes: { axis: int(1) } },
  { op: 'LogSoftmax', operands: [[[2, 5]]] },
  { op: 'Hardmax', operands: [[[2, 5]]] },
  { op: 'CumSum', operands: [[[2, 5]], [[], 'int64', [1]]], attributes: { exclusive: int(1), reverse: int(1) } },
  { op: 'ArgMax', operands: [[[3, 4]]], attributes: { axis: int(1), keepdims: int(0) } },
  { op: 'ArgMin', operands: [[[3, 4]]], attributes: { axis: int(0) } },
  { op: 'TopK', operands: [[[3, 6]], [[1], 'int64', [2]]], outputs: 2 },
  { op: 'OneHot', operands: [[[3], 'int64', [0, 2, -1]], [[], 'int64', [4]], [[2], 'float', [-1, 2]]] },
  { op: 'NonZero', operands: [[[2, 3], 'int64', [0, 1, 2, 0, 0, 3]]] },
  { op: 'MatMul', operands: [[[2, 3, 4]], [[4, 5]]] },
  { op: 'MatMul', operands: [[[2, 1, 3, 4]], [[3, 4, 2]]] },
  { op: 'Gemm', operands: [[[4, 3]], [[5, 4]], [[5]]], attributes: { transA: int(1), transB: int(1), alpha: float(0.5), beta: float(2) } },
  { op: 'Conv', operands: [...IMAGE.map((shape) => [shape] as const), [[4, 1, 3, 2]], [[4]]], attributes: { group: int(2), pads: ints([1, 0, 2, 1]), strides: ints([2, 1]), dilations: ints([1, 2]) } },
  { op: 'Conv', operands: [...IMAGE.map((shape) => [shape] as const), [[3, 2, 3, 3]]], attributes: { auto_pad: string('SAME_UPPER'), strides: ints([2, 2]) } },
  { op: 'MaxPool', operands: [[[1, 2, 6, 6]]], attributes: { kernel_shape: ints([3, 3]), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) } },
  { op: 'AveragePool', operands: [[[1, 2, 6, 6]]], attributes: { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]), count_include_pad: int(1) } },
  { op: 'GlobalAveragePool', operands: [[[1, 2, 6, 6]]] },
  { op: 'GlobalMaxPool', operands: [[[1, 2, 6, 6]]] },
  { op: 'BatchNormalization', operands: [[[1, 2, 3, 3]], [[2]], [[2]], [[2]], [[2]]], positive: true },
];

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine({ preference: 'auto', threads: 1 });
});

describe('compute', () => {
  it.each(CASES.map((one, at) => [`${one.op} (${at})`, one] as const))('%s gives what onnxruntime gives', async (_, { op, operands, attributes, outputs = 1, positive }) => {
    const random = randomSource(7, op);
    const arrays = operands.map(([shape, , values]) => ndArray(shape, values ?? Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => Math.fround(positive === true ? 0.1 + random.uniform() : random.normal()))));
    const build = graphBuilder();
    const names = arrays.map(({ shape, data }, at) => {
      const kind = operands[at]?.[1] ?? 'float';
      const typed = kind === 'int64' ? BigInt64Array.from(data, BigInt) : kind === 'bool' ? Uint8Array.from(data) : Float32Array.from(data);
      return build.constant(`x${at}`, typed, shape, kind);
    });
    const made = Array.from({ length: outputs }, (_one, at) => `y${at}`);
    build.node(op, names, { outputs: made, ...(attributes === undefined ? {} : { attributes }) });
    for (const name of made) build.output(name);
    const model = modelOf(build.graph());
    const node = flattenGraph(model)?.nodes[0];
    if (node === undefined) throw new Error('no node');
    const session = await engine.open(await encodeOnnxModel(model));
    const expected = await session.run({});
    await session.close();
    const answer: readonly NdArray[] | undefined = compute(node, arrays, { opset: 17, fill: 0 });

    for (const [at, name] of made.entries()) {
      const reference = expected[name];
      if (reference === undefined) throw new Error(`${name} was not computed`);
      const numbers = Array.from(reference.data, Number);
      expect(answer?.[at]?.shape).toEqual(reference.dims);
      // Erf is a formula of five digits, and the engine computes in 32 bits.
      for (const [place, value] of numbers.entries()) expect(Math.abs((answer?.[at]?.data[place] ?? NaN) - value)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)));
    }
  });

  it('leaves alone what it does not know and what is too large', () => {
    const build = graphBuilder();
    const x = build.input('x', 'float', [2]);
    build.output(build.node('Unheard', [x], { domain: 'test' }), 'float', [2]);
    build.output(build.node('Expand', [x, build.constant('shape', BigInt64Array.of(10_000_000n, 2n), [2])]), 'float');
    const nodes = flattenGraph(modelOf(build.graph(), { opsetImports: { '': 17, test: 1 } }))?.nodes ?? [];

    for (const node of nodes) expect(compute(node, [ndArray([2], [1, 2]), ndArray([2], [10_000_000, 2])], { opset: 17, fill: 0 })).toBeUndefined();
  });
});
