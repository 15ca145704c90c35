import { describe, expect, it } from 'vitest';
import { graphBuilder, type GraphBuilder } from '../../src/onnx/build.ts';
import { innerValues } from '../../src/onnx/inner-values.ts';

const weights = (build: GraphBuilder, name: string, dims: readonly number[]): string =>
  build.constant(name, new Float32Array(dims.reduce((product, dim) => product * dim, 1)), dims);

const conv = (build: GraphBuilder, input: string, name: string): string =>
  build.node('Conv', [input, weights(build, `${name}.weight`, [3, 3, 1, 1])], { outputs: [name] });

const head = (build: GraphBuilder, features: string): string => {
  const y = build.node('Gemm', [features, weights(build, 'head', [3, 2])], { outputs: ['y'] });
  return build.output(y, 'float', ['N', 2]);
};

describe('inner values', () => {
  it('are the activations and the pooled features, the nearest to the scores first', async () => {
    const build = graphBuilder();
    const x = build.input('x', 'float', ['N', 3, 4, 4]);
    const first = build.node('Relu', [conv(build, x, 'c1')], { outputs: ['a1'] });
    const second = build.node('LeakyRelu', [conv(build, first, 'c2')], { outputs: ['a2'] });
    const pooled = build.node('GlobalAveragePool', [second], { outputs: ['pooled'] });
    head(build, build.node('Flatten', [pooled], { outputs: ['flat'] }));

    expect(await innerValues(build.graph(), 'y')).toEqual(['pooled', 'a2', 'a1']);
  });

  it('count x · sigmoid(x) once and take a layer without an activation as it is', async () => {
    const build = graphBuilder();
    const x = build.input('x', 'float', ['N', 3, 4, 4]);
    const c1 = conv(build, x, 'c1');
    const silu = build.node('Mul', [c1, build.node('Sigmoid', [c1], { outputs: ['gate'] })], { outputs: ['silu'] });
    const sum = build.node('Add', [conv(build, silu, 'c2'), silu], { outputs: ['sum'] });
    head(build, build.node('Flatten', [build.node('GlobalMaxPool', [sum], { outputs: ['pooled'] })], { outputs: ['flat'] }));

    expect(await innerValues(build.graph(), 'y')).toEqual(['pooled', 'c2', 'silu']);
  });

  it('do not reach beyond what the scores depend on, and never hold the scores or the input', async () => {
    const build = graphBuilder();
    const x = build.input('x', 'float', ['N', 3]);
    build.output(build.node('Tanh', [x], { outputs: ['side'] }), 'float', ['N', 3]);
    head(build, x);

    expect(await innerValues(build.graph(), 'y')).toEqual([]);
  });
});
