import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GateError } from '../../../src/errors.ts';
import { duplicateKeys } from '../../../src/formats/json/duplicate-keys.ts';
import type { JsonNode } from '../../../src/formats/json/json-node.ts';
import { MAX_JSON_DEPTH, parseJson } from '../../../src/formats/json/parse-json.ts';

/** As `JSON.parse` gives it. */
function plain(node: JsonNode): unknown {
  switch (node.kind) {
    case 'object':
      return Object.fromEntries(node.members.map(({ key, value }) => [key, plain(value)]));
    case 'array':
      return node.items.map(plain);
    case 'null':
      return null;
    default:
      return node.value;
  }
}

describe('parseJson', () => {
  it('agrees with JSON.parse on what is JSON, however it is spaced', () => {
    fc.assert(fc.property(fc.json(), fc.constantFrom(undefined, 2, '\t'), (text, space) => {
      const written = JSON.stringify(JSON.parse(text), undefined, space);

      expect(plain(parseJson(written))).toEqual(JSON.parse(written));
      expect(duplicateKeys(parseJson(written))).toEqual([]);
    }), { seed: 1 });
  });

  it('refuses whatever JSON.parse refuses, but for what Python writes besides', () => {
    fc.assert(fc.property(fc.json(), fc.nat(), fc.constantFrom('"', '{', ']', ',', '\\', '0', '\u0000', 'e', ' '), (text, at, put) => {
      const changed = text.slice(0, at % (text.length + 1)) + put + text.slice(at % (text.length + 1));
      const outcome = ((): unknown => { try { return JSON.parse(changed); } catch { return undefined; } })();
      if (outcome === undefined) expect(() => parseJson(changed)).toThrow(GateError);
      else expect(plain(parseJson(changed))).toEqual(outcome);
    }), { seed: 2, numRuns: 500 });
  });

  it.each([['NaN', Number.NaN], ['Infinity', Infinity], ['-Infinity', -Infinity]])('takes %s for a number, as Python does', (text, value) => {
    expect(parseJson(`[${text}]`)).toMatchObject({ items: [{ kind: 'number', value }] });
  });

  it('keeps both of two equal keys, however they are written, and says where the second is', () => {
    const root = parseJson('{"a": 1, "\\u0061": 2}');

    expect(root).toMatchObject({ members: [{ key: 'a' }, { key: 'a', value: { value: 2 } }] });
    expect(duplicateKeys(root)).toMatchObject([{ place: 'key "a"', bytes: { offset: 9 } }]);
  });

  it('reads texts of any length', () => {
    const long = 'x'.repeat(20_000_000);

    expect(parseJson(JSON.stringify(long))).toMatchObject({ kind: 'string', value: long });
  });

  it('reads values as deep as the limit and no deeper', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

    expect(parseJson(nested(MAX_JSON_DEPTH)).kind).toBe('array');
    expect(() => parseJson(nested(MAX_JSON_DEPTH + 2))).toThrow(expect.objectContaining({ code: 'format/limit-exceeded' }));
  });
});
