import * as core from '@actions/core';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  encodePath,
  escapeCommandData,
  escapeCommandProperty,
  escapeHtml,
  escapeJson,
  escapeMarkdown,
  escapeSarif,
  escapeTerminal,
  groupDigits,
  htmlCode,
  markdownCode,
  shortenMiddle,
  visible,
} from '../../src/reporters/escape.ts';

const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }));

describe('visible', () => {
  it.each([
    ['line breaks', 'a\r\nb', 'a<U+000D><U+000A>b'],
    ['an escape sequence', '\u001b[31mred', '<U+001B>[31mred'],
    ['a C1 control that some terminals obey', 'a\u009b31m', 'a<U+009B>31m'],
    ['a bidi override', 'model\u202exnno.', 'model<U+202E>xnno.'],
    ['bidi isolates', '\u2066a\u2069', '<U+2066>a<U+2069>'],
    ['zero-width characters', 'a\u200bb\ufeffc\u2060d', 'a<U+200B>b<U+FEFF>c<U+2060>d'],
    ['a Hangul filler that looks like nothing', 'a\u3164b', 'a<U+3164>b'],
    ['tag characters that hide text', 'a\u{e0041}', 'a<U+E0041>'],
    ['a lone surrogate', 'a\ud800b', 'a<U+D800>b'],
    ['separators', 'a\u2028b\u2029c', 'a<U+2028>b<U+2029>c'],
    ['a space that is none', 'a\u00a0b\u3000c', 'a<U+00A0>b<U+3000>c'],
    ['the old form of a workflow command', 'a##[error]b', 'a##<U+005B>error]b'],
  ])('names %s', (_, text, expected) => {
    expect(visible(text)).toBe(expected);
  });

  it('leaves letters of any script, emoji and single accents alone', () => {
    const text = 'modèle 模型 नमूना עברית 🧠.onnx';

    expect(visible(text)).toBe(text);
  });

  it('stops marks from stacking over the neighboring lines', () => {
    expect(visible(`a${'\u0301'.repeat(6)}`)).toBe(`a${'\u0301'.repeat(4)}<U+0301><U+0301>`);
  });

  it('leaves nothing invisible in any text', () => {
    fc.assert(fc.property(anyText, (text) => {
      const shown = visible(text);

      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(visible(shown)).toBe(shown);
    }));
  });
});

describe('shortenMiddle', () => {
  it('keeps the ends and says how long the text was', () => {
    expect(shortenMiddle(`begin${'x'.repeat(100_000)}end`, 60)).toBe('beginxxxxxxxxxxxxxx…(100,008 characters)…xxxxxxxxxxxxxxxxend');
  });

  it('never exceeds the limit and never leaves half a character', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', minLength: 50, maxLength: 300 }), fc.integer({ min: 30, max: 60 }), (text, max) => {
      const short = shortenMiddle(text, max);

      expect(short.length).toBeLessThanOrEqual(Math.max(max, Math.min(text.length, max)));
      expect(short).not.toMatch(/\p{Cs}/u);
    }));
  });
});

describe('workflow commands', () => {
  it('are escaped exactly as @actions/core escapes them', () => {
    fc.assert(fc.property(anyText, anyText, (message, title) => {
      fc.pre(title !== '');
      const written: string[] = [];
      const spy = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => written.push(String(chunk)) > 0);
      try {
        core.error(message, { title });
      } finally {
        spy.mockRestore();
      }

      expect(written.join('').replace(/\r?\n$/, '')).toBe(`::error title=${escapeCommandProperty(title)}::${escapeCommandData(message)}`);
    }), { numRuns: 50 });
  });
});

describe('escapeMarkdown', () => {
  it.each([
    ['markup', '*a* _b_ `c` ~d~', '&#42;a&#42; &#95;b&#95; &#96;c&#96; &#126;d&#126;'],
    ['an underscore inside a word stays readable', 'conv1_weight', 'conv1_weight'],
    ['a link', '[x](http://evil.example)', '&#91;x&#93;(http:&#8203;//evil.example)'],
    ['an image', '![x](y)', '!&#91;x&#93;(y)'],
    ['bare links', 'www.evil.example ftp://x', 'www.&#8203;evil.example ftp:&#8203;//x'],
    ['HTML', '<script>&amp;<!--', '&lt;script&gt;&amp;amp;&lt;!--'],
    ['a table cell', 'a|b\\|c', 'a&#124;b&#92;&#124;c'],
    ['mentions and mail addresses', '@everyone a@b.example', '@&#8203;everyone a@&#8203;b.example'],
    ['references', '#1 GH-2 owner/name#3', '&#35;&#8203;1 GH-&#8203;2 owner/name&#35;&#8203;3'],
    ['mathematics', '$x$', '<span>$</span>x<span>$</span>'],
    ['emoji names', ':white_check_mark:', ':&#8203;white_check_mark:'],
    ['a list item at the start', '- [x] done', '&#8203;- &#91;x&#93; done'],
  ])('defuses %s', (_, text, expected) => {
    expect(escapeMarkdown(text)).toBe(expected);
  });
});

describe('code in Markdown', () => {
  it('is a code span when the name is plain and entities otherwise', () => {
    expect(markdownCode('models/road_signs.onnx')).toBe('`models/road_signs.onnx`');
    expect(markdownCode('a`b|c')).toBe('<code>a&#96;b&#124;c</code>');
    expect(htmlCode('a_b')).toBe('<code>a&#95;b</code>');
    expect(markdownCode('')).toBe('<code>(empty)</code>');
  });

  it('has no character left that Markdown or HTML reads', () => {
    fc.assert(fc.property(anyText, (text) => {
      const inner = htmlCode(text).slice('<code>'.length, -'</code>'.length).replace(/&#?\w+;/g, '');

      expect(inner).not.toMatch(/[\n<>&"`*_[\]|\\~$@#!:]/);
    }));
  });
});

describe('the other escapers', () => {
  it('escapeHtml leaves no way out of text or a quoted attribute', () => {
    expect(escapeHtml('<a href="x" onclick=\'y\'>&')).toBe('&lt;a href&#61;&quot;x&quot; onclick&#61;&#39;y&#39;&gt;&amp;');
  });

  it('escapeTerminal is one line', () => {
    expect(escapeTerminal('a\n::error::b')).toBe('a<U+000A>::error::b');
  });

  it('escapeSarif breaks SARIF’s own links and places', () => {
    expect(escapeSarif('[x](1) {0}')).toBe('[x] (1) { 0 }');
  });

  it('escapeJson changes how a text is written and not what it says', () => {
    fc.assert(fc.property(anyText, (text) => {
      const json = escapeJson(JSON.stringify({ text }, undefined, 2));

      expect(JSON.parse(json)).toEqual({ text });
      expect(json.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]|##\[/u);
    }));
  });

  it('encodePath makes a relative URI of any path', () => {
    expect(encodePath('a b/ü#?%:(x).onnx')).toBe('a%20b/%C3%BC%23%3F%25%3A%28x%29.onnx');
    expect(encodePath('a\ud800')).toBe('a%EF%BF%BD');
    fc.assert(fc.property(anyText, (text) => {
      expect(encodePath(text)).toMatch(/^[A-Za-z0-9\-._~%/]*$/);
    }));
  });

  it('groupDigits does not depend on a locale', () => {
    expect([0, 999, 1000, 1_234_567].map(groupDigits)).toEqual(['0', '999', '1,000', '1,234,567']);
  });
});
