import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extractBytes, highBitMasks, layoutsOf, skipsOf, type BitLayout } from '../../../src/detectors/weight-statistics/bit-layout.ts';

/** The same from a text of ones and zeros, as slow and as plain as can be. */
function plainly(words: readonly number[], { bits, order }: BitLayout, skip: number): number[] {
  const text = words.map((word) => {
    const high = (word >>> 0).toString(2).padStart(32, '0').slice(32 - bits);
    return order === 'high-first' ? high : [...high].reverse().join('');
  }).join('').slice(skip);
  const bytes = text.match(/.{8}/g) ?? [];
  return bytes.map((byte) => Number.parseInt(order === 'high-first' ? byte : [...byte].reverse().join(''), 2));
}

const layouts = layoutsOf(16, 32);

describe('a layout', () => {
  it('gives the bytes that a text of ones and zeros gives, from any bit on', () => {
    fc.assert(
      fc.property(fc.constantFrom(...layouts), fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { maxLength: 60 }), fc.nat(7), (layout, words, skip) => {
        expect(Array.from(extractBytes(Int32Array.from(words), 0, words.length, layout, skip))).toEqual(plainly(words, layout, skip));
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  it('of 32 bits, low first, is the bytes of the file', () => {
    const bytes = Uint8Array.from({ length: 16 }, (_, at) => 250 - at);

    expect(extractBytes(new Int32Array(bytes.buffer), 0, 4, { bits: 32, order: 'low-first' })).toEqual(bytes);
  });

  it('knows which bits of which weights are the highest of a byte', () => {
    for (const layout of layouts) {
      for (const skip of skipsOf(layout)) {
        const masks = highBitMasks(layout, skip);
        // Only those bits set, in sixteen weights: every byte has its highest bit and nothing else.
        const words = Int32Array.from({ length: 16 }, (_, at) => masks[at % 8] as number);
        expect([...new Set(extractBytes(words, 0, 16, layout, skip))], `${layout.bits} ${layout.order} ${skip}`).toEqual([0x80]);
      }
    }
  });

  it('is one of all counts, and of whole bytes where a weight has them', () => {
    expect(layouts.map(({ bits }) => bits).filter((_, at) => at % 2 === 0)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 24, 32]);
    expect(layoutsOf(4, 8).at(-1)).toEqual({ bits: 8, order: 'high-first' });
    expect(layoutsOf(0, 8)).toHaveLength(2);
  });
});
