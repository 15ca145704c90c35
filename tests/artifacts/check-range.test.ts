import { expect, it } from 'vitest';
import { checkRange } from '../../src/artifacts/check-range.ts';
import { MAX_READ_BYTES } from '../../src/artifacts/limits.ts';
import { gateErrorOf } from './gate-error-of.ts';

it('takes the whole of a source, its end and nothing of it', () => {
  expect(() => checkRange({ offset: 0, length: 5 }, 5, undefined)).not.toThrow();
  expect(() => checkRange({ offset: 5, length: 0 }, 5, undefined)).not.toThrow();
  expect(() => checkRange({ offset: 0, length: 0 }, 0, undefined)).not.toThrow();
});

it('refuses a part that fits the file but no buffer', async () => {
  const error = await gateErrorOf(() => checkRange({ offset: 0, length: MAX_READ_BYTES + 1 }, 2 ** 40, 'huge.bin'));

  expect([error.code, error.where]).toEqual(['format/limit-exceeded', { artifact: 'huge.bin', offset: 0 }]);
});
