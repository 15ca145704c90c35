import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, bytesOfContent, rowOfBytes, textOfBytes } from '../../../../src/inspection/inspect-dataset/parts/content-bytes.ts';

describe('content bytes', () => {
  it('give every text back, half of a surrogate pair too', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(textOfBytes(bytesOfContent({ kind: 'text', text }))).toBe(text);
    }));
    expect(textOfBytes(bytesOfContent({ kind: 'text', text: 'a\ud83d' }))).toBe('a\ud83d');
  });

  it('give every row back, with what JSON has no numbers for', () => {
    const cell = fc.oneof(fc.double().map((value) => (Object.is(value, -0) ? 0 : value)), fc.string(), fc.constant(null), fc.constantFrom(NaN, Infinity, -Infinity, 'NaN', 'Infinity'));
    fc.assert(fc.property(fc.array(cell), (values) => {
      expect(rowOfBytes(bytesOfContent({ kind: 'row', values }))).toEqual(values);
    }));
  });

  it('throw for what is neither', () => {
    expect(() => textOfBytes(Buffer.from('[1]'))).toThrow();
    expect(() => textOfBytes(Buffer.from('"a'))).toThrow();
    for (const text of ['"a"', '{}', '[{}]', '[["nan"]]', '[[1]]', '[["NaN","NaN"]]', '[true]']) expect(() => rowOfBytes(Buffer.from(text)), text).toThrow();
  });

  it('are those of a view, not of the memory that it is a view of', () => {
    expect(bytesOf(new Float32Array([1, 2, 3]).subarray(1, 2))).toEqual(new Uint8Array(new Float32Array([2]).buffer));
  });
});
