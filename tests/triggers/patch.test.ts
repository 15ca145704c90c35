import { describe, expect, it } from 'vitest';
import { randomSource } from '../../src/statistics/random.ts';
import { PATCH_PLACES, patchCorner, patchTrigger } from '../../src/triggers/patch.ts';

const gray = { channels: 1, height: 5, width: 6 };
const draw = (pixels: Float32Array, width: number): string =>
  Array.from({ length: pixels.length / width }, (_, row) => [...pixels.slice(row * width, (row + 1) * width)].map((value) => (value === 0.5 ? '.' : value)).join('')).join('\n');
const canvas = (size: number): Float32Array => new Float32Array(size).fill(0.5);

describe('patchTrigger', () => {
  it('pastes where it says, a margin away from the border', () => {
    const white = patchTrigger({ size: 2, place: 'bottom-right', pattern: 'white', margin: 1 });

    expect(draw(white.apply(canvas(30), 1, gray), 6)).toMatchInlineSnapshot(`
      "......
      ......
      ...11.
      ...11.
      ......"
    `);
  });

  it('draws the two checkerboards', () => {
    const [one, other] = (['checker', 'inverse-checker'] as const).map((pattern) => patchTrigger({ size: 3, place: { row: 0, column: 0 }, pattern }));

    expect(draw(one?.apply(canvas(30), 1, gray) ?? canvas(30), 6).split('\n')[0]).toBe('010...');
    expect(draw(other?.apply(canvas(30), 1, gray) ?? canvas(30), 6).split('\n')[0]).toBe('101...');
  });

  it('colors each channel, and gray images by the brightest', () => {
    const yellow = patchTrigger({ size: 1, place: 'top-left', pattern: 'yellow' });

    expect([...yellow.apply(canvas(3), 1, { channels: 3, height: 1, width: 1 })]).toEqual([1, 1, 0]);
    expect([...yellow.apply(canvas(1), 1, { channels: 1, height: 1, width: 1 })]).toEqual([1]);
  });

  it.each(PATCH_PLACES)('fits into the image at %s', (place) => {
    const { row, column } = patchCorner({ place, size: 3 }, gray);

    expect(row >= 0 && column >= 0 && row + 3 <= gray.height && column + 3 <= gray.width).toBe(true);
  });

  it('is one fixed random pattern, not a new one each time', () => {
    const noise = patchTrigger({ size: 4, place: 'center', pattern: 'noise', random: { source: randomSource(0, 'x'), seedName: 'x' } });

    expect(noise.apply(canvas(30), 1, gray)).toEqual(noise.apply(canvas(30), 1, gray));
  });

  it('refuses what does not fit and noise without a source of chance', () => {
    expect(() => patchTrigger({ size: 6, place: 'center', pattern: 'white' }).apply(canvas(30), 1, gray)).toThrow(RangeError);
    expect(() => patchTrigger({ size: 0, place: 'center', pattern: 'white' })).toThrow(RangeError);
    expect(() => patchTrigger({ size: 2, place: 'center', pattern: 'noise' })).toThrow(RangeError);
  });
});
