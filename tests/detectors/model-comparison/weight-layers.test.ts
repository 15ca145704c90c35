import { describe, expect, it } from 'vitest';
import { memorySource } from '../../../src/artifacts/memory-source.ts';
import { PIECE_ELEMENTS, weightLayers, type ElementOrder, type WeightLayer } from '../../../src/detectors/model-comparison/weight-layers.ts';
import type { Facets, TensorInfo } from '../../../src/model/facets.ts';
import { attribute, graphBuilder, modelOf } from '../../../src/onnx/build.ts';

async function layersOf(facets: Partial<Pick<Facets, 'graph' | 'tensors'>>): Promise<WeightLayer[]> {
  const layers: WeightLayer[] = [];
  for await (const layer of weightLayers(facets)) layers.push(layer);
  return layers;
}

async function readAll(layer: WeightLayer | undefined, order: ElementOrder = 'rows'): Promise<{ readonly lengths: number[]; readonly values: number[] }> {
  const [lengths, values]: [number[], number[]] = [[], []];
  for await (const piece of layer?.pieces(order) ?? []) {
    lengths.push(piece.length);
    for (const value of piece) values.push(value);
  }
  return { lengths, values };
}

function info(name: string, dataType: string, shape: readonly number[], bytes: Uint8Array): TensorInfo {
  return { name, dataType, shape, source: memorySource(bytes), range: { offset: 0, length: bytes.byteLength } };
}

const tensors = (...list: TensorInfo[]): Pick<Facets, 'tensors'> => ({ tensors: { list, values: () => Promise.reject(new Error('not read as a whole')) } });

describe('weightLayers without a graph', () => {
  it('gives pieces of one length whatever the type, so that versions of different precision are read side by side', async () => {
    const count = 2 * PIECE_ELEMENTS + 10;
    const single = new Float32Array(count).fill(1.5);
    // 0x3e00 is 1.5 in 16 bits.
    const half = new Uint16Array(count).fill(0x3e00);
    const [one, other] = await layersOf(tensors(info('a', 'float', [2, count / 2], new Uint8Array(single.buffer)), info('b', 'float16', [2, count / 2], new Uint8Array(half.buffer))));

    const [wide, narrow] = [await readAll(one), await readAll(other)];
    expect(wide.lengths).toEqual([PIECE_ELEMENTS, PIECE_ELEMENTS, 10]);
    expect(narrow).toEqual(wide);
  });

  it('leaves vectors and whole numbers out, and counts all dimensions but the first as columns', async () => {
    const floats = (length: number): Uint8Array => new Uint8Array(new Float32Array(length).buffer);
    const layers = await layersOf(tensors(info('bias', 'float', [6], floats(6)), info('ids', 'int64', [2, 1], new Uint8Array(16)), info('kernel', 'float', [2, 3, 5, 5], floats(150))));

    expect(layers.map(({ name, rows, columns }) => [name, rows, columns])).toEqual([['kernel', 2, 75]]);
  });
});

describe('weightLayers of a graph', () => {
  it('restores quantised weights, turns matrices with the outputs first, and counts batch normalization in', async () => {
    const build = graphBuilder();
    const quantized = build.node('DequantizeLinear', [build.constant('q', Int8Array.of(2, 4, -6), [3, 1, 1, 1]), build.constant('s', Float32Array.of(0.5, 0.5, 0.5), [3]), build.constant('z', new Int8Array(3), [3])], { attributes: { axis: attribute.int(0) } });
    const constant = (name: string, ...values: number[]): string => build.constant(name, Float32Array.from(values), [values.length]);
    const convolved = build.node('Conv', [build.input('x', 'float', ['N', 1, 2, 2]), quantized]);
    const normalized = build.node('BatchNormalization', [convolved, constant('gamma', 2, 1, 1), constant('beta', 0, 0, 0), constant('mean', 0, 0, 0), constant('variance', 1, 1, 4)], { attributes: { epsilon: attribute.float(0) } });
    const flat = build.node('Flatten', [build.node('GlobalAveragePool', [normalized])]);
    build.output(build.node('MatMul', [flat, build.constant('matrix', Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2])]), 'float', ['N', 2]);
    const layers = await layersOf({ graph: { model: modelOf(build.graph()), bytes: memorySource(new Uint8Array(0)), externalFiles: [] } });

    expect((await readAll(layers[0])).values).toEqual([2, 2, -1.5]);
    expect((await readAll(layers[1])).values).toEqual([1, 3, 5, 2, 4, 6]);
    // Read again, for the comparison after the sketch.
    expect((await readAll(layers[1])).values).toEqual([1, 3, 5, 2, 4, 6]);
  });

  it('gives stored weights in the order of the file as it gives them in rows: scaled, normalized, and turned', async () => {
    const build = graphBuilder();
    const constant = (name: string, shape: readonly number[], ...values: number[]): string => build.constant(name, Float32Array.from(values), shape);
    const convolved = build.node('Conv', [build.input('x', 'float', ['N', 1, 2, 2]), constant('kernels', [3, 1, 1, 2], 1, 2, 3, 4, 5, 6)]);
    const normalized = build.node('BatchNormalization', [convolved, constant('gamma', [3], 2, 1, 1), constant('beta', [3], 0, 0, 0), constant('mean', [3], 0, 0, 0), constant('variance', [3], 1, 1, 4)], { attributes: { epsilon: attribute.float(0) } });
    const flat = build.node('Flatten', [build.node('GlobalAveragePool', [normalized])]);
    build.output(build.node('Gemm', [flat, constant('matrix', [3, 2], 1, 2, 3, 4, 5, 6)], { attributes: { alpha: attribute.float(0.5) } }), 'float', ['N', 2]);
    const [kernels, matrix] = await layersOf({ graph: { model: modelOf(build.graph()), bytes: memorySource(new Uint8Array(0)), externalFiles: [] } });

    expect([kernels?.order, matrix?.order]).toEqual(['rows', 'columns']);
    expect((await readAll(kernels)).values).toEqual([2, 4, 3, 4, 2.5, 3]);
    expect((await readAll(matrix)).values).toEqual([0.5, 1.5, 2.5, 1, 2, 3]);
    expect((await readAll(matrix, 'columns')).values).toEqual([0.5, 1, 1.5, 2, 2.5, 3]);
  });
});
