import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kurtosisOf, largestMagnitude, tensorStatistics, widestGap, type TensorStatistics } from '../../../src/detectors/weight-statistics/tensor-statistics.ts';
import { randomSource } from '../../../src/statistics/random.ts';

/** Handed over in pieces of these lengths, again and again. */
function statisticsOf(values: Float32Array, shape: readonly number[], pieces: readonly number[] = [values.length]): TensorStatistics {
  const statistics = tensorStatistics('t', shape, values.length);
  for (let at = 0, index = 0; at < values.length; index += 1) {
    const length = pieces[index % pieces.length] ?? 1;
    statistics.add(values.subarray(at, at + length));
    at += length;
  }
  return statistics.finish();
}

const normal = (count: number, seed = 1): Float32Array => {
  const random = randomSource(seed, 'values');
  return Float32Array.from({ length: count }, () => random.normal());
};

describe('statistics of a tensor', () => {
  it('do not depend on the pieces it comes in, and sum up what plain loops sum up', () => {
    const value = fc.oneof(fc.constantFrom(0, 1, 1, -2, NaN, Infinity), fc.float({ noNaN: true, min: -100, max: 100 }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 30 }), fc.infiniteStream(value), fc.array(fc.integer({ min: 1, max: 17 }), { minLength: 1, maxLength: 4 }), (rows, columns, stream, pieces) => {
        const values = Float32Array.from({ length: rows * columns }, () => stream.next().value as number);
        const whole = statisticsOf(values, [rows, columns]);
        const inPieces = statisticsOf(values, [rows, columns], pieces);
        expect(inPieces.channels.map(({ hashes }) => hashes)).toEqual(whole.channels.map(({ hashes }) => hashes));
        // Each column is added up row by row, so that not a bit differs.
        expect(inPieces.channels[1]?.sumOfSquares).toEqual(whole.channels[1]?.sumOfSquares);
        expect(inPieces).toMatchObject({ ...whole, sumOfSquares: expect.closeTo(whole.sumOfSquares, 6) as number, channels: expect.any(Array) as never });

        const finite = Array.from(values).filter(Number.isFinite);
        expect(whole.sumOfSquares).toBeCloseTo(finite.reduce((sum, one) => sum + one * one, 0), 4);
        expect(whole.nanCount).toBe(values.filter(Number.isNaN).length);
        expect(whole.infiniteCount).toBe(values.filter((one) => Math.abs(one) === Infinity).length);
        if (finite.length < values.length) expect(whole.firstNotFinite).toBe(values.findIndex((one) => !Number.isFinite(one)));
        else expect(whole.firstNotFinite).toBeUndefined();
        const [byRow] = whole.channels;
        for (let row = 0; row < rows; row += 1) {
          const squares = Array.from(values.subarray(row * columns, (row + 1) * columns)).filter(Number.isFinite).reduce((sum, one) => sum + one * one, 0);
          expect(byRow?.sumOfSquares[row]).toBeCloseTo(squares, 4);
        }
      }),
      { numRuns: 60, seed: 3 },
    );
  });

  it('give equal rows and equal columns equal hashes, across pieces, and others different ones', () => {
    const values = normal(64 * 48);
    values.copyWithin(9 * 48, 2 * 48, 3 * 48);
    for (let row = 0; row < 64; row += 1) values[row * 48 + 7] = values[row * 48 + 3] as number;
    // Column 7 is written last, so that row 9 is row 2 still.
    const [rows, columns] = statisticsOf(values, [64, 48], [100, 37]).channels;

    expect(rows?.hashes[9]).toBe(rows?.hashes[2]);
    expect(columns?.hashes[7]).toBe(columns?.hashes[3]);
    expect(new Set(rows?.hashes).size).toBe(63);
    expect(new Set(columns?.hashes).size).toBe(47);
  });

  it('find the longest run of a value inside a row, across pieces, and none of zeros', () => {
    const values = normal(4 * 100);
    values.fill(0, 10, 60);
    values.fill(0.25, 130, 171);
    values.fill(7, 190, 220);
    const { longestRun, equalNeighbours } = statisticsOf(values, [4, 100], [33]);

    expect(longestRun).toEqual({ length: 41, start: 130, value: 0.25 });
    // 49 of zeros, 40 and 29.
    expect(equalNeighbours).toBe(118);
  });

  it('thin out a large matrix evenly, and keep a small one', () => {
    const { sample } = statisticsOf(Float32Array.from({ length: 130 * 600 }, (_, at) => at), [130, 600], [77]);

    expect([sample?.rows, sample?.columns]).toEqual([44, 200]);
    expect(Array.from(sample?.values.subarray(200, 203) ?? [])).toEqual([1800, 1803, 1806]);
    expect(statisticsOf(normal(12), [3, 4]).sample?.values).toEqual(normal(12));
    expect(statisticsOf(normal(12), [12]).sample).toBeUndefined();
  });

  it('know the kurtosis of known distributions to a percent or two, whatever the scale', () => {
    const random = randomSource(2, 'kurtosis');
    const uniform = Float32Array.from({ length: 100_000 }, () => 1e-20 * (random.uniform() - 0.5));
    const laplace = Float32Array.from({ length: 100_000 }, () => 1e10 * Math.log(random.uniform() / random.uniform()));

    expect(kurtosisOf(statisticsOf(normal(100_000), [100_000]).histogram)).toBeCloseTo(3, 0);
    expect(Math.abs((kurtosisOf(statisticsOf(uniform, [100_000]).histogram) ?? 0) / 1.8 - 1)).toBeLessThan(0.02);
    // Laplace's distribution: 6.
    expect(Math.abs((kurtosisOf(statisticsOf(laplace, [100_000]).histogram) ?? 0) / 6 - 1)).toBeLessThan(0.1);
    expect(kurtosisOf(statisticsOf(new Float32Array(5), [5]).histogram)).toBeUndefined();
  });

  it('measure the gap beyond the bulk, not within it and not below it', () => {
    const values = Float32Array.from(normal(1000), (value) => Math.sign(value) * Math.max(0.1, Math.abs(value)));
    const at = (some: Float32Array) => widestGap(statisticsOf(some, [10, 100]).histogram);

    expect(at(values).octaves).toBeLessThan(1);
    expect(at(Float32Array.from(values, (value, index) => (index === 5 ? 400 : value)))).toMatchObject({ beyond: 1, octaves: expect.closeTo(Math.log2(400 / 3.3), 0) as number });
    // Half of the weights are tiny: what is left is the bulk.
    expect(at(Float32Array.from(values, (value, index) => (index % 5 < 2 ? 1e-30 * value : value))).octaves).toBeLessThan(1);
    expect(at(new Float32Array(1000))).toEqual({ octaves: 0, beyond: 0, occupiedBins: expect.any(Number) as number });
    expect(largestMagnitude(statisticsOf(Float32Array.of(1, -8, Infinity, NaN), [4]).histogram)).toBeCloseTo(8.5, 5);
  });
});
