import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildGradientGraph, gradientName } from '../../src/autodiff/gradient-graph.ts';
import { simplify } from '../../src/autodiff/simplify.ts';
import { createEngine } from '../../src/engines/create-engine.ts';
import type { Engine, EngineTensor } from '../../src/engines/engine.ts';
import { float32Values } from '../../src/engines/float32-values.ts';
import { attribute, graphBuilder, modelOf } from '../../src/onnx/build.ts';
import { encodeOnnxModel } from '../../src/onnx/encode.ts';
import type { OnnxAttribute, OnnxModel } from '../../src/onnx/onnx-model.ts';

/** A case as fixtures/generate/autodiff-operators.py writes it. */
export interface RecordedCase {
  readonly name: string;
  readonly op: string;
  readonly opset: number;
  readonly attributes: Readonly<Record<string, RecordedAttribute>>;
  readonly inputs: readonly string[];
  readonly feeds: Readonly<Record<string, RecordedTensor>>;
  readonly constants: Readonly<Record<string, RecordedTensor>>;
  readonly outputs: readonly RecordedTensor[];
  readonly cotangents: readonly RecordedTensor[];
  readonly gradients: Readonly<Record<string, RecordedTensor>>;
}

export interface RecordedTensor {
  readonly type: 'float32' | 'int64' | 'bool';
  readonly dims: readonly number[];
  readonly data: string;
}

type RecordedAttribute =
  | { readonly int: number } | { readonly float: number } | { readonly string: string }
  | { readonly ints: readonly number[] } | { readonly floats: readonly number[] };

export const FIXTURES = path.resolve(import.meta.dirname, '../../fixtures/autodiff');

export function recordedCases(family: string): readonly RecordedCase[] {
  return JSON.parse(readFileSync(path.join(FIXTURES, `${family}.json`), 'utf8')) as RecordedCase[];
}

let shared: Promise<Engine> | undefined;

export function nativeEngine(): Promise<Engine> {
  shared ??= createEngine({ preference: 'onnxruntime-node', threads: 1 });
  return shared;
}

export function engineTensor({ type, dims, data }: RecordedTensor): EngineTensor {
  const bytes = Uint8Array.from(Buffer.from(data, 'base64'));
  const values = type === 'float32' ? new Float32Array(bytes.buffer) : type === 'int64' ? new BigInt64Array(bytes.buffer) : bytes;
  return { type, dims, data: values };
}

function attributeOf(recorded: RecordedAttribute): OnnxAttribute {
  if ('int' in recorded) return attribute.int(recorded.int);
  if ('float' in recorded) return attribute.float(recorded.float);
  if ('string' in recorded) return attribute.string(recorded.string);
  return 'ints' in recorded ? attribute.ints(recorded.ints) : attribute.floats(recorded.floats);
}

/** The node in a graph whose loss is the sum of its outputs, each weighted by its recorded cotangent. */
export function modelOfCase(one: RecordedCase): OnnxModel {
  const builder = graphBuilder();
  const constant = (name: string, recorded: RecordedTensor): void => {
    const { data, dims, type } = engineTensor(recorded);
    builder.constant(name, data, dims, type === 'bool' ? 'bool' : type === 'int64' ? 'int64' : 'float');
  };
  for (const [name, { dims, type }] of Object.entries(one.feeds)) builder.input(name, type === 'float32' ? 'float' : type, dims);
  for (const [name, recorded] of Object.entries(one.constants)) constant(name, recorded);
  const outputs = one.outputs.map((_, index) => `y${index}`);
  // A TopK has two outputs, whoever looks at the second.
  const named = one.op === 'TopK' ? [...outputs, 'places'] : outputs;
  builder.node(one.op, one.inputs, { outputs: named, attributes: Object.fromEntries(Object.entries(one.attributes).map(([name, value]) => [name, attributeOf(value)])) });
  const parts = one.cotangents.map((recorded, index) => {
    constant(`c${index}`, recorded);
    const weighted = builder.node('Mul', [`y${index}`, `c${index}`]);
    // Reshape and Reduce by MatMul exist in the same form at every opset.
    const flat = builder.node('Reshape', [weighted, builder.constant(builder.fresh('flat'), BigInt64Array.of(1n, -1n), [2])]);
    const count = recorded.dims.reduce((product, size) => product * size, 1);
    return builder.node('MatMul', [flat, builder.constant(builder.fresh('ones'), new Float32Array(count).fill(1), [count, 1])]);
  });
  builder.node('Sum', parts, { outputs: ['loss'] });
  for (const name of ['loss', ...outputs]) builder.output(name);
  return modelOf(builder.graph(), { opsetImports: { '': one.opset }, irVersion: one.opset > 18 ? 10 : 8 });
}

export interface CaseAnswer {
  readonly outputs: readonly Float32Array[];
  readonly gradients: Readonly<Record<string, Float32Array>>;
}

export async function runCase(one: RecordedCase): Promise<CaseAnswer> {
  const engine = await nativeEngine();
  const { model, shapes } = await simplify({ engine, model: modelOfCase(one), batch: 1 });
  const wanted = Object.keys(one.feeds);
  const gradient = await buildGradientGraph({ model, of: 'loss', withRespectTo: wanted, shapes });
  const session = await engine.open(await encodeOnnxModel(gradient));
  try {
    const answer = await session.run(Object.fromEntries(Object.entries(one.feeds).map(([name, recorded]) => [name, engineTensor(recorded)])));
    const values = (name: string): Float32Array => {
      const tensor = answer[name];
      if (tensor === undefined) throw new Error(`the graph did not compute ${name}`);
      return float32Values(tensor);
    };
    return {
      outputs: one.outputs.map((_, index) => values(`y${index}`)),
      gradients: Object.fromEntries(wanted.map((name) => [name, values(gradientName(name))])),
    };
  } finally {
    await session.close();
  }
}

/** Largest difference, in units of the largest expected entry; infinite when a number is missing or not finite. */
export function relativeError(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length) return Infinity;
  const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const difference = actual.reduce((largest, value, index) => {
    const here = Math.abs(value - (expected[index] ?? NaN));
    return Number.isFinite(here) ? Math.max(largest, here) : Infinity;
  }, 0);
  return scale === 0 ? difference : difference / scale;
}
