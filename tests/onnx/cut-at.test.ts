import { describe, expect, it } from 'vitest';
import { graphBuilder } from '../../src/onnx/build.ts';
import { cutAt } from '../../src/onnx/cut-at.ts';
import type { OnnxGraph } from '../../src/onnx/onnx-model.ts';

/** x → first → inner → sum with first (a shortcut) → reshaped to the size of x → y. */
function residualGraph(): OnnxGraph {
  const build = graphBuilder();
  const x = build.input('x', 'float', ['N', 2]);
  const first = build.node('Relu', [x], { outputs: ['first'] });
  const inner = build.node('Tanh', [first], { outputs: ['inner'] });
  const sum = build.node('Add', [inner, first], { outputs: ['sum'] });
  const scaled = build.node('Mul', [sum, build.node('Neg', [build.constant('two', Float32Array.of(2), [1])], { outputs: ['minus two'] })], { outputs: ['scaled'] });
  build.output(build.node('Reshape', [scaled, build.node('Shape', [x], { outputs: ['size'] })], { outputs: ['y'] }), 'float', ['N', 2]);
  build.output(build.node('Neg', [first], { outputs: ['side'] }), 'float', ['N', 2]);
  return build.graph();
}

describe('a cut through a graph', () => {
  it('names what goes around the value, and nothing constant', () => {
    const { besides, isConnected } = cutAt(residualGraph(), 'inner', 'y');

    expect([...besides].sort()).toEqual(['first', 'size']);
    expect(isConnected).toBe(true);
  });

  it('needs nothing besides a value that everything passes', () => {
    expect(cutAt(residualGraph(), 'scaled', 'y').besides).toEqual(['size']);
    expect(cutAt(residualGraph(), 'first', 'side')).toEqual({ besides: [], isConnected: true });
  });

  it('says when the output does not depend on the value', () => {
    expect(cutAt(residualGraph(), 'inner', 'side').isConnected).toBe(false);
  });
});
