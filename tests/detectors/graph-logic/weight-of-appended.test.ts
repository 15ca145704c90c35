import { describe, expect, it } from 'vitest';
import { readConstants } from '../../../src/detectors/graph-logic/constants.ts';
import { establishFacts } from '../../../src/detectors/graph-logic/facts.ts';
import { weightOfAppended } from '../../../src/detectors/graph-logic/weight-of-appended.ts';
import { attribute, graphBuilder, modelOf, type GraphBuilder } from '../../../src/onnx/build.ts';
import { flattenGraph } from '../../../src/onnx/flatten-graph.ts';

/** Two numbers and then one more, laid side by side, and what is written behind them; the largest weight of each part. */
async function weightsBehind(write: (build: GraphBuilder, both: string) => string, what: 'largest' | 'ratio' = 'largest'): Promise<readonly number[]> {
  const build = graphBuilder();
  const x = build.input('x', 'float', [1, 2]);
  const y = build.input('y', 'float', [1, 1]);
  build.output(write(build, build.node('Concat', [x, y], { attributes: { axis: attribute.int(1) } })), 'float');
  const graph = flattenGraph(modelOf(build.graph()));
  if (graph === undefined) throw new Error('too large');
  const facts = establishFacts(graph, await readConstants(graph, () => undefined), () => undefined);
  const join = graph.nodes.find(({ opType }) => opType === 'Concat');
  if (join === undefined) throw new Error('no Concat');
  return Promise.all(join.inputs.map(async (id) => (await weightOfAppended(facts, join, id ?? -1))[what]));
}

/** Three features to two outputs; the third feature has the weights 300 and −400. */
const ROWS = [2, 3, 5, 7, 300, -400];
const COLUMNS = [2, 5, 300, 3, 7, -400];

describe('weightOfAppended', () => {
  it('finds the largest weight of each part, either way the matrix lies', async () => {
    expect(await weightsBehind((build, both) => build.node('MatMul', [both, build.constant('w', Float32Array.from(ROWS), [3, 2])]))).toEqual([7, 400]);
    expect(await weightsBehind((build, both) => build.node('Gemm', [both, build.constant('w', Float32Array.from(ROWS), [3, 2])]))).toEqual([7, 400]);
    expect(await weightsBehind((build, both) => build.node('Gemm', [both, build.constant('w', Float32Array.from(COLUMNS), [2, 3])], { attributes: { transB: attribute.int(1) } }))).toEqual([7, 400]);
  });

  it('looks through what leaves the columns as they are, and at nothing else', async () => {
    const matrix = (build: GraphBuilder): string => build.constant('w', Float32Array.from(ROWS), [3, 2]);

    expect(await weightsBehind((build, both) => build.node('MatMul', [build.node('Identity', [both]), matrix(build)]))).toEqual([7, 400]);
    expect(await weightsBehind((build, both) => build.node('MatMul', [build.node('Relu', [both]), matrix(build)]))).toEqual([1, 1]);
  });

  it('says how many times as large they are as the weights of all other parts', async () => {
    const [two, one] = await weightsBehind((build, both) => build.node('MatMul', [both, build.constant('w', Float32Array.from(ROWS), [3, 2])]), 'ratio');

    expect(two).toBe(1);
    expect(one).toBeCloseTo(400 / 7);
  });

  it('takes no part of a matrix that the features are multiplied from the other side with', async () => {
    expect(await weightsBehind((build, both) => build.node('MatMul', [build.constant('w', Float32Array.from(ROWS), [6, 1]), both]))).toEqual([1, 1]);
  });
});
