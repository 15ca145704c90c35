import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selectImages } from '../../../src/detectors/trigger-testing/select-images.ts';
import { randomSource } from '../../../src/statistics/random.ts';

const select = (predictions: readonly number[], labels?: readonly number[], screening = 8, heldOut = 16) =>
  selectImages(Int32Array.from(predictions), labels === undefined ? undefined : Int32Array.from(labels), { screening, heldOut }, randomSource(0, 'select'));

describe('selectImages', () => {
  it('never measures on an image it chose triggers with', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1, max: 6 }), { maxLength: 80 }), (predictions) => {
        const { screening, heldOut } = select(predictions);
        const all = [...screening, ...heldOut];
        expect(new Set(all).size).toBe(all.length);
        for (const index of all) expect(predictions[index]).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('takes classes evenly even when one is much more frequent', () => {
    const predictions = Array.from({ length: 100 }, (_, index) => (index < 80 ? 0 : 1 + (index % 4)));
    const { heldOut } = select(predictions, undefined, 5, 15);
    const shares = [0, 1, 2, 3, 4].map((label) => heldOut.filter((index) => predictions[index] === label).length);

    expect(shares).toEqual([3, 3, 3, 3, 3]);
  });

  it('prefers samples the model gets right, and uses the others when those are too few', () => {
    const labels = Array.from({ length: 60 }, (_, index) => index % 3);
    const mostlyRight = labels.map((label, index) => (index < 20 ? (label + 1) % 3 : label));
    const mostlyWrong = labels.map((label, index) => (index < 55 ? (label + 1) % 3 : label));
    const chosen = (predictions: readonly number[]): number[] => {
      const { screening, heldOut } = select(predictions, labels);
      return [...screening, ...heldOut];
    };

    expect(chosen(mostlyRight).every((index) => mostlyRight[index] === labels[index])).toBe(true);
    expect(chosen(mostlyWrong)).toHaveLength(24);
  });

  it('shares a small pool one to two', () => {
    const { screening, heldOut } = select([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2]);

    expect([screening.length, heldOut.length]).toEqual([4, 8]);
  });
});
