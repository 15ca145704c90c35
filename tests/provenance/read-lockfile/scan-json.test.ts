import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanJson } from '../../../src/provenance/read-lockfile/scan-json.ts';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Texts near the border of JSON: made of its own pieces in any order. */
const pieces = fc
  .array(fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '"b"', '1', '-0', '01', '1e5', '1.', 'true', 'nul', ' ', '\n', '"\\u12"', '"\\n"', "'", '#'), { maxLength: 12 })
  .map((parts) => parts.join(''));

describe('scanJson', () => {
  it('agrees with JSON.parse on what is JSON', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), pieces, fc.string()), (text) => {
        expect(scanJson(text).errorAt === undefined).toBe(isJson(text));
      }),
      { numRuns: 3000 },
    );
  });

  it('finds the error of a text with one broken character at or after it begins, and never past the end', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.constantFrom('§', '}', ',', '"'), (json, place, inserted) => {
        const at = place % (json.length + 1);
        const { errorAt } = scanJson(json.slice(0, at) + inserted + json.slice(at));
        if (errorAt !== undefined) expect(errorAt).toBeLessThanOrEqual(json.length + 1);
      }),
    );
  });

  it('knows where every value stands', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), (text) => {
        for (const [pointer, offset] of scanJson(text).values) {
          const value = valueAt(JSON.parse(text), pointer);
          // What stands at the offset begins with the value; longer texts follow, so only scalars are compared.
          if (typeof value !== 'object') expect(text.slice(offset).startsWith(JSON.stringify(value).slice(0, 1))).toBe(true);
          else expect(text[offset]).toBe(value === null ? 'n' : Array.isArray(value) ? '[' : '{');
        }
      }),
    );
  });

  it('finds a key that stands twice, also in another spelling, but not in two objects', () => {
    expect(scanJson('{"a": 1, "\\u0061": 2}').duplicateKey).toEqual({ key: 'a', offset: 9 });
    expect(scanJson('[{"a": 1}, {"a": 1}]').duplicateKey).toBeUndefined();
    expect(scanJson('{"a": {"a": 1}}').duplicateKey).toBeUndefined();
  });

  it('takes deep nesting without a stack, in time and memory that grow with the text', () => {
    const depth = 200_000;

    expect(scanJson('['.repeat(depth)).errorAt).toBe(depth);
    expect(scanJson(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`).errorAt).toBeUndefined();
  });
});

function valueAt(document: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((value, part) => (value as Record<string, unknown>)[part], document);
}
