import { describe, expect, it } from 'vitest';
import { readConstants } from '../../../src/detectors/graph-logic/constants.ts';
import { establishFacts } from '../../../src/detectors/graph-logic/facts.ts';
import { rangeOf } from '../../../src/detectors/graph-logic/range-of.ts';
import { graphBuilder, modelOf, type GraphBuilder } from '../../../src/onnx/build.ts';
import { flattenGraph } from '../../../src/onnx/flatten-graph.ts';

async function range(write: (build: GraphBuilder, x: string, number: (value: number) => string) => string): Promise<number> {
  const build = graphBuilder();
  const x = build.input('x', 'float', [1, 8]);
  build.output(write(build, x, (value) => build.constant(build.fresh('c'), Float32Array.of(value), [])), 'float');
  const graph = flattenGraph(modelOf(build.graph()));
  if (graph === undefined) throw new Error('too large');
  const facts = establishFacts(graph, await readConstants(graph, () => undefined), () => undefined);
  return rangeOf(facts, graph.nodes, graph.outputs[0] ?? -1);
}

describe('rangeOf', () => {
  it('follows what bounds a value, and what comes after', async () => {
    expect(await range((build, x, number) => build.node('Mul', [build.node('Sigmoid', [x]), number(-60)]))).toBe(60);
    expect(await range((build, x, number) => build.node('Sub', [number(1), build.node('Clip', [x, number(-2), number(3)])]))).toBe(5);
    expect(await range((build, x, number) => build.node('Where', [build.node('Greater', [x, number(0)]), number(7), number(-1)]))).toBe(8);
    expect(await range((build, x) => build.node('Relu', [build.node('Tanh', [x])]))).toBe(1);
  });

  it('is infinite where nothing bounds it', async () => {
    expect(await range((build, x) => build.node('Relu', [x]))).toBe(Infinity);
    expect(await range((build, x) => build.node('Div', [build.node('Tanh', [x]), build.node('Sigmoid', [x])]))).toBe(Infinity);
    expect(await range((build, x) => build.node('Softplus', [build.node('Sigmoid', [x])]))).toBe(Infinity);
  });
});
