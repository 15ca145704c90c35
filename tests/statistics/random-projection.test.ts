import { describe, expect, it } from 'vitest';
import { randomProjection } from '../../src/statistics/random-projection.ts';
import { randomSource } from '../../src/statistics/random.ts';

describe('randomProjection', () => {
  it('keeps squared lengths on average', () => {
    const project = randomProjection(500, 64);
    if (project === undefined) throw new Error('nothing to project');
    const random = randomSource(0, 'vectors');
    const into = new Float32Array(64);
    let ratio = 0;
    for (let round = 0; round < 200; round += 1) {
      const vector = Float64Array.from({ length: 500 }, () => random.normal());
      project(vector, 0, into, 0);
      ratio += into.reduce((sum, value) => sum + value * value, 0) / vector.reduce((sum, value) => sum + value * value, 0) / 200;
    }
    expect(ratio).toBeCloseTo(1, 1);
  });

  it('is none where nothing has to shrink', () => {
    expect(randomProjection(64, 64)).toBeUndefined();
  });
});
