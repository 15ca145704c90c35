import { expect, it } from 'vitest';
import { describeLocation, locationText } from '../../../src/reporters/view/describe-location.ts';

it('counts bytes in the singular and the plural', () => {
  const words = (length: number): string => locationText(describeLocation({ bytes: { offset: 1068, length } }), (name) => name);

  expect(words(1)).toBe('1 byte from byte 1,068');
  expect(words(2)).toBe('2 bytes from byte 1,068');
});
