import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonText } from '../../../src/formats/json/json-text.ts';

describe('a text of JSON', () => {
  it('is read back as it was written, wherever it stands', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.string(), (value, before) => {
      const text = before + JSON.stringify(value);
      expect(jsonText(`${text}, 1`, before.length)).toEqual({ value, end: text.length });
    }), { seed: 1 });
  });

  it.each(['"', '"open', '"a\nb"', '"\\x"', '"\\u12"', '"\\'])('is refused as %j', (text) => {
    expect(jsonText(text, 0)).toBeUndefined();
  });

  it('may be longer than a regular expression can take', () => {
    const value = 'é'.repeat(12_000_000);

    expect(jsonText(JSON.stringify(value), 0)?.value.length).toBe(12_000_000);
  });
});
