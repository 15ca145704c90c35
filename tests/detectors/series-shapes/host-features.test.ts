import { describe, expect, it } from 'vitest';
import { hostFeatures, VARIANTS, variantWithout } from '../../../src/detectors/series-shapes/host-features.ts';
import type { SeriesTable } from '../../../src/detectors/series-shapes/series-table.ts';
import { randomSource } from '../../../src/statistics/random.ts';

const [COUNT, CHANNELS, LENGTH] = [30, 2, 64];

function table(): SeriesTable {
  const random = randomSource(1, 'table');
  return { ids: Array.from({ length: COUNT }, String), labels: new Int32Array(COUNT), channels: CHANNELS, length: LENGTH, originalLength: LENGTH, values: Float32Array.from({ length: COUNT * CHANNELS * LENGTH }, () => random.normal()) };
}

describe('hostFeatures', () => {
  it('says the same of a series whatever stands where it was left out', () => {
    for (let variant = 1; variant < VARIANTS; variant += 1) {
      const plain = table();
      const features = hostFeatures(plain, randomSource(2, 'features'));
      const { width } = features;
      const [before, after] = [new Float32Array(VARIANTS * width), new Float32Array(VARIANTS * width)];
      features.write(0, before);
      for (let at = ((variant - 1) * LENGTH) / 8; at < ((variant + 1) * LENGTH) / 8; at += 1) plain.values[at] = 1e3 * (at % 3);
      features.write(0, after);

      expect(after.subarray(variant * width, (variant + 1) * width)).toEqual(before.subarray(variant * width, (variant + 1) * width));
      expect(after.subarray(0, width)).not.toEqual(before.subarray(0, width));
    }
  });

  it('leaves out what covers a range, and nothing for one that cannot be left out', () => {
    for (let from = 0; from + 8 <= LENGTH; from += 1) {
      const variant = variantWithout(from, 8, LENGTH);
      expect(from).toBeGreaterThanOrEqual(((variant - 1) * LENGTH) / 8);
      expect(from + 8).toBeLessThanOrEqual(((variant + 1) * LENGTH) / 8);
    }
    expect(variantWithout(0, 17, LENGTH)).toBe(0);
  });
});
