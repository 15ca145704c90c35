import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GateError } from '../../../src/errors.ts';
import { unpackLz4 } from '../../../src/formats/joblib/lz4-frame.ts';

const frame = (block: readonly number[]): Uint8Array => Uint8Array.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0, block.length, 0, 0, 0, ...block, 0, 0, 0, 0]);

describe('unpackLz4', () => {
  it('copies what was just written: the example of a run in lz4_Block_format.md', () => {
    // One literal "a", a copy of 4 + 15 + 3 bytes from one byte back, five literals.
    const unpacked = unpackLz4(frame([0x1f, 0x61, 1, 0, 3, 0x50, 0x62, 0x62, 0x62, 0x62, 0x62]), 1000);

    expect(Buffer.from(unpacked).toString()).toBe('a'.repeat(23) + 'bbbbb');
  });

  it('stops at the limit', () => {
    expect(() => unpackLz4(frame([0x1f, 0x61, 1, 0, 255, 255, 255, 0, 0x50, 1, 2, 3, 4, 5]), 100)).toThrow(/more than 100 bytes/);
  });

  it('throws nothing but errors of ours, whatever the block holds', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (block) => {
      try {
        expect(unpackLz4(frame([...block]), 10_000).length).toBeLessThanOrEqual(10_000);
      } catch (error) {
        expect(error).toBeInstanceOf(GateError);
      }
    }));
  });
});
