import fc from 'fast-check';
import { expect, it } from 'vitest';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import { gateErrorOf } from './gate-error-of.ts';

it('reads exactly the range or rejects', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 32 }), fc.nat(40), fc.nat(40), async (bytes, offset, length) => {
      const source = memorySource(bytes, 'm');
      if (offset + length <= bytes.length) {
        expect(await source.read(offset, length)).toEqual(bytes.slice(offset, offset + length));
        return;
      }
      const error = await gateErrorOf(() => source.read(offset, length));
      expect([error.code, error.where]).toEqual(['format/truncated', { artifact: 'm', offset }]);
    }),
  );
});

it.each([
  [-1, 1],
  [0, -1],
  [0.5, 1],
  [0, Number.NaN],
  [2 ** 53, 1],
])('refuses a range that cannot exist: offset %d, length %d', async (offset, length) => {
  expect((await gateErrorOf(() => memorySource(new Uint8Array(4)).read(offset, length))).code).toBe('format/malformed');
});

it('does not let two large numbers add up to a small one', async () => {
  const error = await gateErrorOf(() => memorySource(new Uint8Array(4)).read(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER));

  expect(error.code).toBe('format/truncated');
});
