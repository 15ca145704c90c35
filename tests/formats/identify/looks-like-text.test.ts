import fc from 'fast-check';
import { expect, it } from 'vitest';
import { looksLikeText } from '../../../src/formats/identify/looks-like-text.ts';

it('takes any text for one', () => {
  const written = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/[\p{Cc}]/u.test(text));
  fc.assert(fc.property(written, (text) => {
    expect(looksLikeText(new TextEncoder().encode(`${text}\r\n\t`))).toBe(true);
  }));
});

it('takes nothing that holds a control character for a text, nor an empty file', () => {
  const control = fc.integer({ min: 0, max: 0x1f }).filter((byte) => byte !== 0x09 && byte !== 0x0a && byte !== 0x0d);
  fc.assert(fc.property(fc.uint8Array(), fc.uint8Array(), control, (before, after, byte) => {
    expect(looksLikeText(Uint8Array.from([...before, byte, ...after]))).toBe(false);
  }));
  expect(looksLikeText(new Uint8Array(0))).toBe(false);
});
