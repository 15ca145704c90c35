import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { discreteCosine } from '../../src/statistics/discrete-cosine.ts';

describe('discreteCosine', () => {
  it('is what scipy computes', () => {
    const plane = Float64Array.from({ length: 20 }, (_, at) => Math.cos(3 * Math.floor(at / 5) + 5 * (at % 5)));
    const spectrum = discreteCosine(4, 5)(plane);

    // scipy.fft.dctn(plane, norm='ortho')[:2, :3]
    [-0.0024636185573232226, 0.17904942609968982, -0.0796349377639044].forEach((value, at) => expect(spectrum[at]).toBeCloseTo(value, 6));
    [0.034164332566754, 0.35786404720896353, 1.1043408037382794].forEach((value, at) => expect(spectrum[5 + at]).toBeCloseTo(value, 6));
  });

  it.each([[4, 6], [5, 7], [1, 3]])('keeps the length of every plane of %d x %d', (height, width) => {
    fc.assert(fc.property(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: height * width, maxLength: height * width }), (plane) => {
      const squares = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value * value, 0);
      expect(squares(discreteCosine(height, width)(plane))).toBeCloseTo(squares(plane), 4);
    }));
  });
});
