import { describe, expect, it } from 'vitest';
import { readConstants } from '../../../src/detectors/graph-logic/constants.ts';
import { diamondOf } from '../../../src/detectors/graph-logic/diamond.ts';
import { establishFacts } from '../../../src/detectors/graph-logic/facts.ts';
import { attribute, graphBuilder, modelOf, type GraphBuilder } from '../../../src/onnx/build.ts';
import { flattenGraph } from '../../../src/onnx/flatten-graph.ts';

async function diamond(write: (build: GraphBuilder, x: string) => string) {
  const build = graphBuilder();
  const end = write(build, build.input('x', 'float', [1, 64]));
  build.output(end, 'float');
  const graph = flattenGraph(modelOf(build.graph()));
  if (graph === undefined) throw new Error('too large');
  const facts = establishFacts(graph, await readConstants(graph, () => undefined), () => undefined);
  const join = graph.nodes.at(-1);
  const [carrier = -1, gate = -1] = join?.inputs ?? [];
  let steps = 0;
  const { own, around } = diamondOf(facts, gate, [carrier], () => { steps += 1; });
  return { own: own.map(({ opType }) => opType), around: around.map(({ opType }) => opType), steps };
}

const total = (build: GraphBuilder, x: string): string => build.node('ReduceSum', [x], { attributes: { keepdims: attribute.int(1) } });

describe('diamondOf', () => {
  it('tells the two sides apart and leaves out what they share', async () => {
    const sides = await diamond((build, x) => {
      const shared = build.node('Sin', [x]);
      return build.node('Mul', [build.node('Tanh', [shared]), build.node('Sign', [total(build, shared)])]);
    });

    expect(sides).toMatchObject({ own: ['ReduceSum', 'Sign'], around: ['Tanh'] });
  });

  it('looks no further than where the ways part, however long the way to there', async () => {
    const sides = await diamond((build, x) => {
      let shared = x;
      for (let step = 0; step < 500; step += 1) shared = build.node('Sin', [shared]);
      return build.node('Mul', [build.node('Tanh', [shared]), total(build, shared)]);
    });

    expect(sides.steps).toBeLessThan(5);
  });

  it('does not let a decision hide in the carrier by being mixed into it without effect', async () => {
    const sides = await diamond((build, x) => {
      const decision = build.node('Sign', [total(build, x)]);
      const nothing = build.node('Mul', [decision, build.constant('zero', Float32Array.of(0), [1, 1])]);
      return build.node('Mul', [build.node('Tanh', [build.node('Add', [x, nothing])]), decision]);
    });

    expect(sides.own).toEqual(['ReduceSum', 'Sign']);
  });
});
