import { describe, expect, it } from 'vitest';
import { sampleScores } from '../../src/poisoning/sample-scores.ts';

describe('sampleScores', () => {
  it('keeps every suspect, highest score first and equal ones in the order of the dataset', () => {
    const ids = Array.from({ length: 30_000 }, (_, index) => `sample ${String(index)}`);
    const scores = Float64Array.from(ids, (_, index) => index % 3);
    const { suspects } = sampleScores(ids, scores, ids.map((_, index) => index), (index) => `because ${String(index)}`);

    expect(suspects).toHaveLength(30_000);
    expect(suspects.slice(0, 3)).toEqual([2, 5, 8].map((index) => ({ index, reason: `because ${String(index)}` })));
    expect(suspects.at(-1)?.index).toBe(29_997);
  });
});
