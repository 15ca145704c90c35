import { describe, expect, it } from 'vitest';
import { attribute, graphBuilder, modelOf, tensorOf, type GraphBuilder } from '../../src/onnx/build.ts';
import { findClassifierHead, type ClassifierHead } from '../../src/onnx/classifier-head.ts';
import { acceptFixtures, fixtureModel } from './onnx-fixtures.ts';

/** All rows, in the blocks' order. */
async function weightsOf(head: ClassifierHead | undefined): Promise<readonly number[]> {
  const all: number[] = [];
  if (head !== undefined) for await (const { values } of head.weights.blocks()) all.push(...values);
  return all;
}

describe('the head of', () => {
  it.each(acceptFixtures.filter(({ expected }) => expected.head !== undefined))('$name is found with the weights numpy has', async (fixture) => {
    const head = await findClassifierHead(fixtureModel(fixture));
    const expected = fixture.expected.head;

    expect(head?.node.opType).toBe(expected?.op);
    expect({ weight: head?.weightName, classCount: head?.classCount, featureCount: head?.featureCount, features: head?.featuresValue, logits: head?.logitsValue }).toEqual({
      weight: expected?.weight,
      classCount: expected?.classCount,
      featureCount: expected?.featureCount,
      features: expected?.features,
      logits: expected?.logits,
    });
    const weights = await weightsOf(head);
    expect(weights).toHaveLength(expected?.weights.length ?? -1);
    for (const [at, weight] of (expected?.weights ?? []).entries()) expect(weights[at]).toBeCloseTo(weight, 5);
    if (expected?.bias === null) expect(head?.bias).toBeUndefined();
    else for (const [at, bias] of (expected?.bias ?? []).entries()) expect(head?.bias?.[at]).toBeCloseTo(bias, 5);
  });

  it.each(['segmentation', 'two-inputs', 'data-types'])('%s does not exist', async (name) => {
    const fixture = acceptFixtures.find((one) => one.name === name);
    if (fixture === undefined) throw new Error('fixture is missing');

    expect(await findClassifierHead(fixtureModel(fixture))).toBeUndefined();
  });

  // Two classes, three features: rows [1, 2, 3] and [4, 5, 6].
  const rows = Float32Array.of(1, 2, 3, 4, 5, 6);
  const columns = Float32Array.of(1, 4, 2, 5, 3, 6);
  const layers: Readonly<Record<string, (graph: GraphBuilder, x: string) => string>> = {
    'MatMul': (graph, x) => graph.node('MatMul', [x, graph.constant('w', columns, [3, 2])]),
    'MatMul with a transposed weight': (graph, x) => graph.node('MatMul', [x, graph.node('Transpose', [graph.constant('w', rows, [2, 3])])]),
    'MatMul with a Constant node': (graph, x) => graph.node('MatMul', [x, graph.node('Constant', [], { attributes: { value: attribute.tensor(tensorOf('', columns, [3, 2])) } })]),
    'MatMul with a weight behind Identity and Cast': (graph, x) =>
      graph.node('MatMul', [x, graph.node('Cast', [graph.node('Identity', [graph.constant('w', Float64Array.from(columns), [3, 2])])], { attributes: { to: attribute.int(1) } })]),
    'Gemm': (graph, x) => graph.node('Gemm', [x, graph.constant('w', columns, [3, 2])]),
    'Gemm with transB': (graph, x) => graph.node('Gemm', [x, graph.constant('w', rows, [2, 3])], { attributes: { transB: attribute.int(1) } }),
    'Gemm with alpha': (graph, x) => graph.node('Gemm', [x, graph.constant('w', columns.map((one) => one / 4), [3, 2])], { attributes: { alpha: attribute.float(4) } }),
    'a reshaped 1×1 kernel': (graph, x) => {
      const shape = graph.constant('shape', BigInt64Array.of(2n, 3n, 1n, 1n), [4]);
      const image = graph.node('Unsqueeze', [x, graph.constant('axes', BigInt64Array.of(2n, 3n), [2])]);
      return graph.node('Flatten', [graph.node('Conv', [image, graph.node('Reshape', [graph.constant('w', rows, [2, 3]), shape])])]);
    },
  };

  it.each(Object.keys(layers))('a layer written as %s has one row a class', async (name) => {
    const graph = graphBuilder();
    const logits = layers[name]?.(graph, graph.input('x', 'float', ['N', 3])) ?? '';
    const scaled = graph.node('Div', [logits, graph.constant('temperature', Float32Array.of(2), [])]);
    graph.output(graph.node('Softmax', [graph.node('Identity', [scaled])], { outputs: ['p'] }), 'float', ['N', 2]);
    const head = await findClassifierHead(modelOf(graph.graph()));

    expect({ classCount: head?.classCount, featureCount: head?.featureCount, weights: await weightsOf(head) }).toEqual({ classCount: 2, featureCount: 3, weights: Array.from(rows) });
  });

  it('a layer with one bias for all classes has it once a class', async () => {
    const graph = graphBuilder();
    const x = graph.input('x', 'float', ['N', 3]);
    const product = graph.node('MatMul', [x, graph.constant('w', columns, [3, 2])]);
    graph.output(graph.node('Add', [product, graph.constant('b', Float32Array.of(0.5), [1])], { outputs: ['y'] }), 'float', ['N', 2]);

    expect((await findClassifierHead(modelOf(graph.graph())))?.bias).toEqual(Float32Array.of(0.5, 0.5));
  });

  it('a graph that computes its weights does not exist', async () => {
    const graph = graphBuilder();
    const x = graph.input('x', 'float', [2, 3]);
    graph.output(graph.node('MatMul', [x, graph.node('Transpose', [x])], { outputs: ['y'] }), 'float', [2, 2]);

    expect(await findClassifierHead(modelOf(graph.graph()))).toBeUndefined();
  });

  it('a convolution of more than one place does not exist', async () => {
    const graph = graphBuilder();
    const x = graph.input('x', 'float', ['N', 3, 2, 2]);
    const maps = graph.node('Conv', [x, graph.constant('w', new Float32Array(24), [2, 3, 2, 2])]);
    graph.output(graph.node('Flatten', [maps], { outputs: ['y'] }), 'float', ['N', 2]);

    expect(await findClassifierHead(modelOf(graph.graph()))).toBeUndefined();
  });

  it('a function is found, and says whether an engine can hand out its features', async () => {
    const fixture = acceptFixtures.find(({ name }) => name === 'functions');
    if (fixture === undefined) throw new Error('fixture is missing');
    const part = { name: '', domain: '', attributes: new Map() };
    const body = {
      name: 'Head', domain: 'com.example', inputs: ['x', 'w'], outputs: ['y'], attributes: [], opsetImports: new Map([['', 17n]]),
      nodes: [{ ...part, opType: 'Relu', inputs: ['x'], outputs: ['h'] }, { ...part, opType: 'MatMul', inputs: ['h', 'w'], outputs: ['y'] }],
    };
    const graph = graphBuilder();
    const x = graph.input('x', 'float', ['N', 3]);
    graph.output(graph.node('Head', [x, graph.constant('w', columns, [3, 2])], { domain: 'com.example', outputs: ['y'] }), 'float', ['N', 2]);
    const hidden = await findClassifierHead(modelOf(graph.graph(), { opsetImports: { '': 17, 'com.example': 1 }, functions: [body] }));

    // The input of the fixture's layer is the graph's own input.
    expect((await findClassifierHead(fixtureModel(fixture)))?.isFeaturesReachable).toBe(true);
    expect({ weight: hidden?.weightName, reachable: hidden?.isFeaturesReachable }).toEqual({ weight: 'w', reachable: false });
  });
});
