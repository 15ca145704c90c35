import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import { swappedSource } from '../../src/artifacts/swapped-source.ts';

describe('a source with its bytes in the other order', () => {
  it('gives what swapping all of it first gives, for any part of it', async () => {
    const part = fc.record({ width: fc.constantFrom(1, 2, 4, 8), count: fc.nat(20), skip: fc.nat(5), at: fc.nat(200), length: fc.nat(200) });
    await fc.assert(fc.asyncProperty(part, async ({ width, count, skip, at, length }) => {
      const bytes = Uint8Array.from({ length: skip + width * count }, (_, index) => (index * 37) % 256);
      const source = swappedSource(memorySource(bytes), { offset: skip, length: width * count }, width);
      const whole = Array.from({ length: count }, (_, index) => Array.from(bytes.slice(skip + index * width, skip + (index + 1) * width)).reverse()).flat();
      const from = Math.min(at, whole.length);
      const end = Math.min(from + length, whole.length);

      expect(Array.from(await source.read(from, end - from))).toEqual(whole.slice(from, end));
    }), { seed: 3 });
  });

  it('refuses what lies outside of it', async () => {
    await expect(swappedSource(memorySource(new Uint8Array(16)), { offset: 4, length: 8 }, 4).read(4, 8)).rejects.toMatchObject({ code: 'format/truncated' });
  });
});
