import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../src/artifacts/byte-source.ts';
import { attribute, graphBuilder, modelOf, tensorOf, type GraphBuilder } from '../../src/onnx/build.ts';
import { indexGraph, type GraphIndex } from '../../src/onnx/graph-index.ts';
import { MAX_BLOCK_ELEMENTS, matrixRows, rowsOfValues, type MatrixLayout, type MatrixRows } from '../../src/onnx/matrix-rows.ts';

/** Numbers of all rows, asked for twice: a matrix may be read again. */
async function valuesOf(matrix: MatrixRows | undefined): Promise<readonly number[]> {
  const passes: number[][] = [];
  for (let pass = 0; pass < 2; pass += 1) {
    const all: number[] = [];
    let next = 0;
    for await (const { first, count, values } of matrix?.blocks() ?? []) {
      expect(first).toBe(next);
      expect(values).toHaveLength(count * (matrix?.columnCount ?? 0));
      next += count;
      for (const value of values) all.push(value);
    }
    passes.push(all);
  }
  expect(passes[1]).toEqual(passes[0]);
  return passes[0] ?? [];
}

function indexOf(make: (build: GraphBuilder) => string): { readonly index: GraphIndex; readonly name: string } {
  const build = graphBuilder();
  const name = make(build);
  build.output(build.node('MatMul', [build.input('x', 'float', ['N', 1]), name]), 'float', ['N', 1]);
  return { index: indexGraph(modelOf(build.graph()).graph), name };
}

const rows = [1, 2, 3, 4, 5, 6];
const columns = [1, 4, 2, 5, 3, 6];
const int = attribute.int;

/** Three columns and two rows, as far as they are read as two rows of three. */
const stored: Readonly<Record<string, readonly [make: (build: GraphBuilder) => string, layout?: MatrixLayout]>> = {
  'as it is': [(build) => build.constant('w', Float32Array.from(rows), [2, 3])],
  'columns first': [(build) => build.constant('w', Float32Array.from(columns), [3, 2]), { isTransposed: true }],
  'behind a Transpose': [(build) => build.node('Transpose', [build.constant('w', Float32Array.from(columns), [3, 2])])],
  'turned twice': [(build) => build.node('Transpose', [build.constant('w', Float32Array.from(rows), [2, 3])], { attributes: { perm: attribute.ints([1, 0]) } }), { isTransposed: true }],
  'behind a Cast of doubles': [(build) => build.node('Cast', [build.constant('w', Float64Array.from(rows), [2, 3])], { attributes: { to: int(1) } })],
  'in a Constant node': [(build) => build.node('Constant', [], { attributes: { value: attribute.tensor(tensorOf('', Float32Array.from(rows), [2, 3])) } })],
  'as a kernel of one place': [(build) => build.constant('w', Float32Array.from(rows), [2, 3, 1, 1]), { isKernel: true }],
  'at half its size': [(build) => build.constant('w', Float32Array.from(rows, (value) => value / 2), [2, 3]), { scale: 2 }],
  'quantized with one scale': [(build) => build.node('DequantizeLinear', [build.constant('w', Int8Array.from(rows, (value) => 2 * value), [2, 3]), build.constant('s', Float32Array.of(0.5), [])])],
  'quantized row by row, columns first': [
    (build) => build.node('DequantizeLinear', [build.constant('w', Int8Array.from(columns, (value, at) => (at % 2 === 0 ? 2 * value : 4 * value)), [3, 2]), build.constant('s', Float32Array.of(0.5, 0.25), [2])], { attributes: { axis: int(1) } }),
    { isTransposed: true },
  ],
  'computed by a Reshape': [(build) => build.node('Reshape', [build.constant('w', Float32Array.from(rows), [6]), build.constant('shape', BigInt64Array.of(2n, 3n), [2])])],
};

describe('matrixRows', () => {
  it.each(Object.keys(stored))('gives the rows of a matrix that is stored %s', async (name) => {
    const [make, layout] = stored[name] ?? [() => ''];
    const { index, name: value } = indexOf(make);
    const matrix = await matrixRows(index, value, layout);

    expect([matrix?.rowCount, matrix?.columnCount]).toEqual([2, 3]);
    expect(await valuesOf(matrix)).toEqual(rows);
  });

  it('knows no matrix of another rank, of a kernel of several places, or without constant numbers', async () => {
    for (const [dims, layout] of [[[6], {}], [[1, 2, 3], {}], [[2, 3], { isKernel: true }], [[1, 1, 2, 3], { isKernel: true }]] as const) {
      const { index, name } = indexOf((build) => build.constant('w', Float32Array.from(rows), [...dims]));
      expect(await matrixRows(index, name, layout)).toBeUndefined();
    }
    const { index } = indexOf((build) => build.input('y', 'float', [2, 3]));
    expect(await matrixRows(index, 'y')).toBeUndefined();
  });

  it.each([false, true])('reads a large one in blocks and never holds it (columns first: %s)', async (isTransposed) => {
    const [rowCount, columnCount] = [2 ** 12 + 3, 2 ** 12];
    const reads = { largest: 0, bytes: 0 };
    const at = (place: number): number => (place * 7919) % 1021;
    // Made while it is read, so that no more memory is taken than the blocks take.
    const source: ByteSource = {
      size: 4 * rowCount * columnCount,
      async read(offset, length) {
        reads.largest = Math.max(reads.largest, length);
        reads.bytes += length;
        return new Uint8Array(Float32Array.from({ length: length / 4 }, (_, index) => at(offset / 4 + index)).buffer);
      },
    };
    const { index, name } = indexOf((build) => build.constant('w', Float32Array.of(0), [1, 1]));
    const tensor = index.initializers.get(name);
    if (tensor?.raw === undefined) throw new Error('built without its bytes');
    const dims = isTransposed ? [columnCount, rowCount] : [rowCount, columnCount];
    const large = new Map(index.initializers).set(name, { ...tensor, dims, raw: { ...tensor.raw, source, range: { offset: 0, length: source.size } } });
    const matrix = await matrixRows({ ...index, initializers: large }, name, { isTransposed });

    let [next, largest, wrong] = [0, 0, 0];
    for await (const { first, count, values } of matrix?.blocks() ?? []) {
      expect(first).toBe(next);
      next += count;
      largest = Math.max(largest, values.length);
      for (let place = 0; place < values.length; place += 997) {
        const [row, column] = [first + Math.floor(place / columnCount), place % columnCount];
        if (values[place] !== at(isTransposed ? column * rowCount + row : row * columnCount + column)) wrong += 1;
      }
    }
    expect({ next, wrong, bytes: reads.bytes }).toEqual({ next: rowCount, wrong: 0, bytes: source.size });
    expect(largest).toBeLessThanOrEqual(MAX_BLOCK_ELEMENTS);
    expect(reads.largest).toBeLessThanOrEqual(4 * MAX_BLOCK_ELEMENTS);
  });

  it('multiplies what is there already', async () => {
    const sizes = fc.integer({ min: 1, max: 8 });
    await fc.assert(fc.asyncProperty(sizes, sizes, fc.double({ min: -4, max: 4, noNaN: true }), async (rowCount, columnCount, scale) => {
      const values = Float32Array.from({ length: rowCount * columnCount }, (_, at) => Math.sin(at));
      expect(await valuesOf(rowsOfValues('w', [rowCount, columnCount], values, scale))).toEqual(Array.from(values, (value) => Math.fround(value * scale)));
    }));
  });
});
