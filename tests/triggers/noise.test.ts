import { describe, expect, it } from 'vitest';
import { randomSource } from '../../src/statistics/random.ts';
import { noiseTrigger } from '../../src/triggers/noise.ts';

const shape = { channels: 1, height: 16, width: 16 };
const gray = new Float32Array(256).fill(0.5);
const noise = (kind: 'sign' | 'uniform') => noiseTrigger({ epsilon: 0.1, kind, shape, seedName: 'n', random: randomSource(0, kind) });

describe('noiseTrigger', () => {
  it('moves every pixel by the whole bound, or by at most the bound', () => {
    const differences = (kind: 'sign' | 'uniform'): number[] => [...noise(kind).apply(gray, 1, shape)].map((value) => value - 0.5);

    expect(new Set(differences('sign').map((value) => value.toFixed(3)))).toEqual(new Set(['0.100', '-0.100']));
    expect(Math.max(...differences('uniform').map(Math.abs))).toBeLessThanOrEqual(0.1 + 1e-6);
    expect(new Set(differences('uniform')).size).toBeGreaterThan(200);
  });

  it('refuses images of another size and bounds outside (0, 1]', () => {
    expect(() => noise('sign').apply(new Float32Array(4), 1, { channels: 1, height: 2, width: 2 })).toThrow(RangeError);
    expect(() => noiseTrigger({ epsilon: 0, kind: 'sign', shape, seedName: 'n', random: randomSource(0, 'x') })).toThrow(RangeError);
  });
});
