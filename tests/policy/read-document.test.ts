import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { GateError } from '../../src/errors.ts';
import { MAX_DOCUMENT_CHARACTERS, readDocument } from '../../src/policy/read-document.ts';

function problemOf(text: string): string {
  try {
    readDocument(text, 'p.yml');
  } catch (thrown) {
    if (!(thrown instanceof GateError)) throw thrown;
    expect(thrown.code).toBe('policy/invalid');
    return `${thrown.where?.line}:${thrown.where?.column} ${thrown.message}`;
  }
  return 'accepted';
}

describe('readDocument', () => {
  it('reads YAML and JSON alike', () => {
    const value = { version: 1, list: [1, 2.5, true, null, 'text'], nested: { 'a key': 'b' } };

    expect(readDocument(JSON.stringify(value, null, '\t'), 'p.json').value).toEqual(value);
    expect(readDocument(stringify(value), 'p.yml').value).toEqual(value);
  });

  it('keeps what older YAML would have turned into something else', () => {
    expect(readDocument('a: yes\nb: 2020-01-01\nc: 010\nd: 1_000\ne: "3"', 'p.yml').value).toEqual({ a: 'yes', b: '2020-01-01', c: 10, d: '1_000', e: '3' });
  });

  it('reads back any JSON value', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 }), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.stringify(readDocument(text, 'p.json').value)).toBe(JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text) as object))));
      }),
    );
  });

  it('knows where keys and values stand, and what holds a value that is missing', () => {
    const document = readDocument('a: 1\nlist:\n  - x: 5\n    y: [7, 8]\n"0": z\n', 'p.yml');

    expect(document.positionOf(['list', 0, 'y', 1], 'value')).toEqual({ line: 4, column: 12 });
    expect(document.positionOf(['list', 0, 'y'], 'key')).toEqual({ line: 4, column: 5 });
    expect(document.positionOf(['list', 0, 'gone', 'deeper'], 'key')).toEqual({ line: 3, column: 5 });
    expect(document.positionOf([0], 'value')).toEqual({ line: 5, column: 6 });
    expect(document.positionOf([], 'value')).toEqual({ line: 1, column: 1 });
  });

  it('follows an alias and shows what is wrong in it where the alias stands', () => {
    const document = readDocument('a: &shared {x: 1}\nb: *shared\n', 'p.yml');

    expect(document.value).toEqual({ a: { x: 1 }, b: { x: 1 } });
    expect(document.positionOf(['b', 'x'], 'value')).toEqual({ line: 2, column: 4 });
    expect(document.positionOf(['a', 'x'], 'value')).toEqual({ line: 1, column: 16 });
  });

  it('lets an alias mean the anchor that stands before it, also where the anchor is set anew later', () => {
    expect(readDocument('a: &x 1\nb: &y [*x]\nc: &x 2\nd: *y\ne: *x', 'p.yml').value).toEqual({ a: 1, b: [1], c: 2, d: [1], e: 2 });
  });

  it('makes __proto__ an ordinary key', () => {
    const { value } = readDocument('{"__proto__": {"polluted": true}}', 'p.json');

    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it.each([
    ['', '1:1 The file is empty.'],
    ['# a comment', '1:1 The file is empty.'],
    ['a: 1\nb:\n  c: 1\n  c: 2', '4:3 The key "c" stands twice in one mapping.'],
    ['{"a": 1,\n "a": 1}', '2:2 The key "a" stands twice in one mapping.'],
    ['a: *none', '1:4 The alias "*none" has no anchor before it.'],
    ['a: !!js/function x', '1:4 Tags ("!…") are not used here.'],
    ['a: !!binary aGk=', '1:13 Tags ("!…") are not used here.'],
    ['a: !own x', '1:4 Tags ("!…") are not used here.'],
    ['a: !!set {x}', '1:10 Tags ("!…") are not used here.'],
    ['? [a, b]\n: 1', '1:3 A key has to be a plain text.'],
    ['a: 1\n---\nb: 2', '2:1 The file holds more than one document ("---").'],
    ['a: .nan', '1:4 A number has to be finite.'],
    ['a: 1e999', '1:4 A number has to be finite.'],
    ['a: [1, 2', '1:9 The file is not valid YAML: flow sequence in block collection must be sufficiently indented and end with a ].'],
    ['a: "x', '1:6 The file is not valid YAML: missing closing "quote.'],
    ['a: 1\n\tb: 2', '2:1 The file is not valid YAML: tabs are not allowed as indentation.'],
    ['a: b: c', '1:4 The file is not valid YAML: nested mappings are not allowed in compact mappings.'],
  ])('refuses %j', (text, problem) => {
    expect(problemOf(text)).toBe(problem);
  });

  it('refuses an alias bomb before it has gone off', () => {
    const levels = Array.from({ length: 12 }, (_, level) => `l${level + 1}: &l${level + 1} [${Array(10).fill(`*l${level}`).join(', ')}]`);

    expect(problemOf(`l0: &l0 boom\n${levels.join('\n')}`)).toMatch(/more than 20000 values once its aliases are followed/);
  });

  it('refuses an anchor that holds itself', () => {
    expect(problemOf('a: &a [*a]')).toMatch(/nested deeper than 32 levels/);
  });

  it.each(['['.repeat(5000), '{"a":'.repeat(5000), '- '.repeat(5000), '? '.repeat(5000), 'a:\n '.repeat(2000)])('refuses deep nesting: %#', (text) => {
    expect(problemOf(text)).not.toBe('accepted');
  });

  it('refuses a file that is too long, and reads a wide one at once', () => {
    expect(problemOf(`a: ${'x'.repeat(MAX_DOCUMENT_CHARACTERS)}`)).toBe('1:1 The file is longer than 262144 characters.');
    expect(Object.keys(readDocument(Array.from({ length: 15_000 }, (_, index) => `k${index}: 1`).join('\n'), 'p.yml').value as object)).toHaveLength(15_000);
  });

  it('answers any text with a value or a GateError', () => {
    const fragments = fc.constantFrom('a', ': ', '\n', '  ', '- ', '[', ']', '{', '}', ',', '"', "'", '&a ', '*a', '!x ', '? ', '|', '>', '#', '%', '---', '\t', '<<', '\u0000', '\u{1f600}');
    fc.assert(fc.property(fc.array(fragments, { maxLength: 40 }), (parts) => typeof problemOf(parts.join('')) === 'string'), { numRuns: 1000 });
  });
});
