import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attribute, graphBuilder } from '../../src/onnx/build.ts';
import { constantValue, transposed } from '../../src/onnx/constant-value.ts';
import { indexGraph } from '../../src/onnx/graph-index.ts';

describe('transposing', () => {
  it('puts every element where its permuted position says', () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(shapes.chain((shape) => fc.tuple(fc.constant(shape), fc.shuffledSubarray(shape.map((_, axis) => axis), { minLength: shape.length }))), ([shape, perm]) => {
        const count = shape.reduce((product, dim) => product * dim, 1);
        const source = { origin: 'x', shape, values: Float64Array.from({ length: count }, (_, at) => at) };
        const result = transposed(source, perm);
        const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, dim) => product * dim, 1));

        expect(result?.shape).toEqual(perm.map((axis) => shape[axis]));
        for (let at = 0; at < count; at++) {
          let rest = at;
          let from = 0;
          for (let axis = perm.length - 1; axis >= 0; axis--) {
            const dim = result?.shape[axis] ?? 1;
            from += (rest % dim) * (strides[perm[axis] ?? 0] ?? 0);
            rest = Math.floor(rest / dim);
          }
          expect(result?.values[at]).toBe(from);
        }
      }),
    );
  });

  it('refuses what is no permutation', () => {
    const source = { origin: 'x', shape: [2, 2], values: new Float32Array(4) };

    for (const perm of [[0, 0], [0], [1, 2], [-1, 0]]) expect(transposed(source, perm)).toBeUndefined();
  });
});

describe('a constant value', () => {
  it('is followed through changes of shape', async () => {
    const graph = graphBuilder();
    const w = graph.constant('w', Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
    const shape = graph.constant('shape', BigInt64Array.of(0n, -1n, 1n), [3]);
    const reshaped = graph.node('Reshape', [w, shape], { outputs: ['reshaped'] });
    graph.node('Squeeze', [reshaped, graph.constant('last', BigInt64Array.of(-1n), [1])], { outputs: ['squeezed'] });
    graph.node('Unsqueeze', [w, graph.constant('first', BigInt64Array.of(0n), [1])], { outputs: ['unsqueezed'] });
    graph.node('Flatten', [w], { outputs: ['flat'], attributes: { axis: attribute.int(0) } });
    const index = indexGraph(graph.graph());

    expect((await constantValue(index, 'reshaped'))?.shape).toEqual([2, 3, 1]);
    expect((await constantValue(index, 'squeezed'))?.shape).toEqual([2, 3]);
    expect((await constantValue(index, 'unsqueezed'))?.shape).toEqual([1, 2, 3]);
    expect(await constantValue(index, 'flat')).toMatchObject({ shape: [1, 6], origin: 'w' });
  });

  it('comes from every form of Constant', async () => {
    const graph = graphBuilder();
    graph.node('Constant', [], { outputs: ['float'], attributes: { value_float: attribute.float(0.5) } });
    graph.node('Constant', [], { outputs: ['ints'], attributes: { value_ints: attribute.ints([1, 2]) } });
    graph.node('Constant', [], { outputs: ['floats'], attributes: { value_floats: attribute.floats([1, 2]) } });
    graph.node('Constant', [], { outputs: ['int'], attributes: { value_int: attribute.int(7) } });
    const index = indexGraph(graph.graph());
    const values = await Promise.all(['float', 'ints', 'floats', 'int'].map(async (name) => Array.from((await constantValue(index, name))?.values ?? [])));

    expect(values).toEqual([[0.5], [1, 2], [1, 2], [7]]);
  });

  it('is dequantized with one scale for all', async () => {
    const graph = graphBuilder();
    const q = graph.constant('q', Uint8Array.of(0, 128, 255), [3]);
    graph.node('DequantizeLinear', [q, graph.constant('s', Float32Array.of(0.5), []), graph.constant('z', Uint8Array.of(128), [])], { outputs: ['w'] });

    expect((await constantValue(indexGraph(graph.graph()), 'w'))?.values).toEqual(Float32Array.of(-64, 0, 63.5));
  });

  it('is not what depends on an input', async () => {
    const graph = graphBuilder();
    graph.node('Identity', [graph.input('x', 'float')], { outputs: ['y'] });
    const index = indexGraph(graph.graph());

    for (const name of ['x', 'y', 'nowhere', '']) expect(await constantValue(index, name)).toBeUndefined();
  });

  it('is given up when a graph makes finding it expensive', async () => {
    const graph = graphBuilder();
    let value = graph.constant('w', Float32Array.of(1), [1]);
    // Every node takes the one before it three times: 3^40 ways through the graph.
    for (let level = 0; level < 40; level++) value = graph.node('DequantizeLinear', [value, value, value]);

    expect(await constantValue(indexGraph(graph.graph()), value)).toBeUndefined();
  });
});
