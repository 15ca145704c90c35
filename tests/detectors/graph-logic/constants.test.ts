import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entropyOf, readConstants } from '../../../src/detectors/graph-logic/constants.ts';
import { graphBuilder, modelOf } from '../../../src/onnx/build.ts';
import { flattenGraph } from '../../../src/onnx/flatten-graph.ts';
import { randomSource } from '../../../src/statistics/random.ts';

describe('entropyOf', () => {
  it('agrees with closed forms', () => {
    expect(entropyOf([5, 5, 5, 5])).toBe(0);
    expect(entropyOf([0, 1, 0, 1])).toBe(1);
    expect(entropyOf(Array.from({ length: 64 }, (_, at) => at))).toBeCloseTo(6, 12);
    // Shannon's example of a biased coin, p = 1/4.
    expect(entropyOf([1, 0, 0, 0])).toBeCloseTo(0.8112781, 7);
  });

  it('lies between nothing and the logarithm of how many there are, in any order', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 60 }), (numbers) => {
      const bits = entropyOf(numbers);
      expect(bits).toBeGreaterThanOrEqual(0);
      expect(bits).toBeLessThanOrEqual(Math.log2(numbers.length) + 1e-9);
      expect(entropyOf([...numbers].reverse())).toBeCloseTo(bits, 12);
    }));
  });
});

async function bitsOf(values: Float32Array, dims: readonly number[]): Promise<number> {
  const build = graphBuilder();
  const x = build.input('x', 'float', ['N', dims[0] ?? 1]);
  build.output(build.node('MatMul', [x, build.constant('w', values, dims)]), 'float');
  const graph = flattenGraph(modelOf(build.graph()));
  if (graph === undefined) throw new Error('too large');
  const { values: constants } = await readConstants(graph, () => undefined);
  return [...constants.values()][0]?.bits ?? NaN;
}

describe('readConstants', () => {
  it('finds much in weights as training leaves them and next to nothing in a selection, whatever their size', async () => {
    const random = randomSource(1, 'weights');
    for (const side of [32, 128]) {
      const trained = await bitsOf(Float32Array.from({ length: side * side }, () => random.normal()), [side, side]);
      const selection = await bitsOf(Float32Array.from({ length: side * side }, (_, at) => (at % (side + 1) === 0 ? 1 : 0)), [side, side]);

      expect(trained / (side * side)).toBeGreaterThan(9);
      expect(selection / (side * side)).toBeLessThan(0.3);
    }
  });
});
