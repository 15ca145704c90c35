import { describe, expect, it } from 'vitest';
import { attribute, graphBuilder, type GraphBuilder } from '../../src/onnx/build.ts';
import { indexGraph } from '../../src/onnx/graph-index.ts';
import { linearLayers, type LinearLayer } from '../../src/onnx/linear-layers.ts';

async function layersOf(make: (graph: GraphBuilder, x: string) => string): Promise<readonly LinearLayer[]> {
  const graph = graphBuilder();
  graph.output(make(graph, graph.input('x', 'float')));
  const layers: LinearLayer[] = [];
  for await (const layer of linearLayers(indexGraph(graph.graph()))) layers.push(layer);
  return layers;
}

const rows = Float32Array.of(1, 2, 3, 4, 5, 6);
const columns = Float32Array.of(1, 4, 2, 5, 3, 6);

/** gamma 2 and -6, variance 3 and 8, epsilon 1: factors 1 and -2. */
function normalized(graph: GraphBuilder, x: string): string {
  const of = (name: string, a: number, b: number): string => graph.constant(name, Float32Array.of(a, b), [2]);
  return graph.node('BatchNormalization', [x, of('gamma', 2, -6), of('beta', 0, 0), of('mean', 0, 0), of('variance', 3, 8)], { attributes: { epsilon: attribute.float(1) } });
}

describe('linearLayers', () => {
  it.each<[string, (graph: GraphBuilder, x: string) => string]>([
    ['Gemm', (graph, x) => graph.node('Gemm', [x, graph.constant('w', columns, [3, 2])])],
    ['Gemm with transB', (graph, x) => graph.node('Gemm', [x, graph.constant('w', rows, [2, 3])], { attributes: { transB: attribute.int(1) } })],
    ['Gemm with alpha', (graph, x) => graph.node('Gemm', [x, graph.constant('w', columns.map((value) => value / 2), [3, 2])], { attributes: { alpha: attribute.float(2) } })],
    ['MatMul', (graph, x) => graph.node('MatMul', [x, graph.constant('w', columns, [3, 2])])],
  ])('gives the rows of a %s as kernels of one place', async (_, make) => {
    const [layer] = await layersOf(make);

    expect(layer).toMatchObject({ weightName: 'w', channelCount: 2, inputCount: 3, placeCount: 1, isDepthwise: false });
    expect([...(layer?.weights ?? [])]).toEqual([...rows]);
    expect(layer?.channelFactors).toBeUndefined();
  });

  it('gives the kernels of convolutions of any dimension, and says which see one input each', async () => {
    const layers = await layersOf((graph, x) => {
      const a = graph.node('Conv', [x, graph.constant('plane', new Float32Array(2 * 3 * 2 * 4), [2, 3, 2, 4])]);
      const b = graph.node('Conv', [a, graph.constant('line', new Float32Array(2 * 2 * 5), [2, 2, 5])]);
      return graph.node('Conv', [b, graph.constant('depthwise', new Float32Array(2 * 9), [2, 1, 3, 3])], { attributes: { group: attribute.int(2) } });
    });

    expect(layers.map(({ weightName, inputCount, placeCount, isDepthwise }) => [weightName, inputCount, placeCount, isDepthwise])).toEqual([
      ['plane', 3, 8, false],
      ['line', 2, 5, false],
      ['depthwise', 1, 9, true],
    ]);
  });

  it.each<[string, (graph: GraphBuilder, x: string) => string]>([
    ['right after', (graph, x) => normalized(graph, x)],
    ['after the bias was added', (graph, x) => normalized(graph, graph.node('Add', [x, graph.constant('b', new Float32Array(2), [2])]))],
  ])('merges a normalization %s', async (_, next) => {
    const [layer] = await layersOf((graph, x) => next(graph, graph.node('MatMul', [x, graph.constant('w', columns, [3, 2])])));

    expect([...(layer?.channelFactors ?? [])]).toEqual([1, -2]);
  });

  it.each<[string, (graph: GraphBuilder, x: string) => string]>([
    ['after a nonlinearity', (graph, x) => normalized(graph, graph.node('Relu', [x]))],
    ['after two layers were added up', (graph, x) => normalized(graph, graph.node('Add', [x, graph.node('Sin', [x])]))],
    ['beside another consumer', (graph, x) => graph.node('Add', [normalized(graph, x), x])],
  ])('leaves a normalization %s alone', async (_, next) => {
    const [layer] = await layersOf((graph, x) => next(graph, graph.node('MatMul', [x, graph.constant('w', columns, [3, 2])])));

    expect(layer?.channelFactors).toBeUndefined();
  });

  it('leaves out weights that are computed, of another rank, or empty', async () => {
    const layers = await layersOf((graph, x) => {
      const a = graph.node('MatMul', [x, graph.node('Sin', [x])]);
      const b = graph.node('MatMul', [a, graph.constant('batch', new Float32Array(8), [2, 2, 2])]);
      return graph.node('MatMul', [b, graph.constant('empty', new Float32Array(0), [2, 0])]);
    });

    expect(layers).toEqual([]);
  });
});
