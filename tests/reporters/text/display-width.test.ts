import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayWidth, fitMiddle, padEnd, wrap } from '../../../src/reporters/text/display-width.ts';

describe('displayWidth', () => {
  it.each([['abc', 3], ['模型', 4], ['e\u0301', 1], ['🧠', 2], ['✖ ✔ ▲ · – │ …', 13], ['ｆｕｌｌ', 8], ['한글', 4]])('%s takes %d columns', (text, columns) => {
    expect(displayWidth(text)).toBe(columns);
  });
});

describe('fitMiddle', () => {
  it('keeps the end of a path longer than its beginning', () => {
    expect(fitMiddle('models/production/2026/road-signs.onnx', 21)).toBe('models/pro…signs.onnx');
  });

  it('never takes more columns than it may', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 40 }), (text, width) => {
      expect(displayWidth(fitMiddle(text, width))).toBeLessThanOrEqual(Math.max(width, 1));
    }));
  });
});

it('padEnd counts columns, not characters', () => {
  expect(`${padEnd('模型', 6)}|`).toBe('模型  |');
});

describe('wrap', () => {
  it('breaks between words, and inside a word only when it is longer than a line', () => {
    expect(wrap('one two three aaaaaaaaaaaaaaaa b', 9)).toEqual(['one two', 'three', 'aaaaaaaaa', 'aaaaaaa b']);
    expect(wrap('', 9)).toEqual(['']);
  });

  it('loses nothing and exceeds no line', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 30 }), (text, width) => {
      const lines = wrap(text, width);

      expect(lines.join('').replace(/ /g, '')).toBe(text.replace(/ /g, ''));
      for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
    }));
  });
});
