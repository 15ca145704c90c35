import { describe, expect, it } from 'vitest';
import type { EngineTensor } from '../../../src/engines/engine.ts';
import { PROBABILITY_FLOOR, toLogits } from '../../../src/engines/open-classifier/to-logits.ts';

const row = (...values: number[]): EngineTensor => ({ type: 'float32', data: Float32Array.from(values), dims: [1, values.length] });

describe('toLogits', () => {
  it('hands logits on as they are', () => {
    expect(toLogits(row(-3, 0, 5), 1, 1, 3, 'logits')).toEqual(Float32Array.of(-3, 0, 5));
  });

  it('undoes a softmax, up to a constant a row', () => {
    const logits = toLogits(row(0.25, 0.75, 0), 1, 1, 3, 'probabilities');

    expect((logits[1] ?? 0) - (logits[0] ?? 0)).toBeCloseTo(Math.log(3), 6);
    expect(logits[2]).toBe(Math.fround(Math.log(PROBABILITY_FLOOR)));
  });

  it('gives log-probabilities the same floor', () => {
    expect(toLogits(row(-1, -Infinity), 1, 1, 2, 'log-probabilities')).toEqual(Float32Array.of(-1, Math.log(PROBABILITY_FLOOR)));
  });

  it('drops the rows that only filled a batch', () => {
    expect(toLogits({ type: 'float64', data: Float64Array.of(1, 2, 3, 4), dims: [2, 2] }, 2, 1, 2, 'logits')).toEqual(Float32Array.of(1, 2));
  });

  it('takes whole numbers for scores', () => {
    expect(toLogits({ type: 'int64', data: BigInt64Array.of(3n, -4n), dims: [1, 2] }, 1, 1, 2, 'logits')).toEqual(Float32Array.of(3, -4));
  });

  it.each([
    ['logits', NaN], ['logits', Infinity], ['logits', -Infinity], ['probabilities', NaN], ['probabilities', Infinity], ['log-probabilities', NaN],
  ] as const)('refuses %s of %d, which would compare as clear', (kind, value) => {
    expect(() => toLogits(row(0, value), 1, 1, 2, kind)).toThrow(expect.objectContaining({ code: 'engine/failed' }));
  });

  it('refuses an answer of another size', () => {
    expect(() => toLogits(row(1, 2, 3), 1, 1, 2, 'logits')).toThrow(expect.objectContaining({ code: 'engine/failed' }));
  });
});
