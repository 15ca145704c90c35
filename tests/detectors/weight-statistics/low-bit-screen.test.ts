import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lowBitScreen } from '../../../src/detectors/weight-statistics/low-bit-screen.ts';
import { randomSource } from '../../../src/statistics/random.ts';

const COUNT = 120_000;
/** Long enough to fill a group of the screen wherever it begins. */
const TEXT = Array.from({ length: 12 }, (_, at) => `The quick brown fox jumps over lazy dog no. ${String(at * 7919)}; `).join('');

/** Bits as of trained weights, some of which were half floats once, and a text in the lowest byte of some. */
function words(textAt: number, coarse: readonly [from: number, to: number]): Int32Array {
  const random = randomSource(5, 'bits');
  const made = Int32Array.from({ length: COUNT }, () => Math.floor(random.uniform() * 2 ** 32) | 0);
  for (let at = coarse[0]; at < coarse[1]; at += 1) made[at] = (made[at] as number) & ~0x1fff;
  // What stands in front of the text could be a character too.
  if (textAt > 0) made[textAt - 1] = (made[textAt - 1] as number) & ~0xff;
  for (let at = 0; at < TEXT.length && textAt + at < COUNT; at += 1) made[textAt + at] = ((made[textAt + at] as number) & ~0xff) | TEXT.charCodeAt(at);
  return made;
}

function screened(all: Int32Array, pieces: readonly number[]) {
  const screen = lowBitScreen(16, 32, 64);
  for (let at = 0, index = 0; at < all.length; index += 1) {
    const length = pieces[index % pieces.length] ?? 1;
    const piece = all.slice(at, at + length);
    screen.push(piece);
    // Whoever hands over a piece writes over it.
    piece.fill(-1);
    at += length;
  }
  return screen.finish();
}

describe('lowBitScreen', () => {
  it('finds the same in pieces of every length, at their edges too', () => {
    // Pieces from about 17,000 weights on are looked at where they are, shorter ones are copied.
    const lengths = fc.array(fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 17_000, max: 40_000 })), { minLength: 1, maxLength: 5 });
    const edge = fc.integer({ min: -200, max: 200 });
    fc.assert(
      fc.property(lengths, edge, fc.integer({ min: 0, max: COUNT - 40_000 }), (pieces, offset, coarseFrom) => {
        const textAt = Math.min(COUNT - 1000, Math.max(0, (pieces[0] ?? 0) + offset));
        const all = words(textAt, [coarseFrom, coarseFrom + 30_000]);
        expect(screened(all, pieces)).toEqual(screened(all, [1000]));
      }),
      { numRuns: 40, seed: 2 },
    );
  });

  it('says where a text begins, wherever the edge of a piece lies, and where precision changes', () => {
    for (const textAt of [0, 1000, 32_760, 39_950, 40_000, 80_001]) {
      const { texts, stretches } = screened(words(textAt, [50_048, 60_032]), [40_000]);
      expect(texts).toMatchObject([{ layout: { bits: 8 }, weight: textAt, text: TEXT.slice(0, 40) }]);
      // Groups blur a place by as much as they hold.
      expect(stretches?.map(({ isCoarse }) => isCoarse)).toEqual([false, true, false]);
      expect(Math.abs((stretches?.[1]?.from ?? 0) - 50_048)).toBeLessThan(128);
    }
  });
});
