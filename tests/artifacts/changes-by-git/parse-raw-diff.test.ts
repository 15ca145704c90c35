import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseRawDiff } from '../../../src/artifacts/changes-by-git/parse-raw-diff.ts';

const ids = `${'1'.repeat(40)} ${'2'.repeat(40)}`;
const parse = (text: string) => parseRawDiff(new TextEncoder().encode(text));

const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((text) => !text.includes('\0'));
const record = fc.record({ status: fc.constantFrom('A', 'M', 'D', 'T', 'R100'), path: name, previousPath: name, mode: fc.constantFrom('100644', '160000') });

it('reads every list that git can write', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 6 }), (records) => {
      const text = records
        .map(({ status, path, previousPath, mode }) => `:100644 ${mode} ${ids} ${status}\0${status === 'R100' ? `${previousPath}\0` : ''}${path}\0`)
        .join('');
      const parsed = parse(text);

      expect(parsed?.map(({ change }) => change.path)).toEqual(records.map(({ path }) => path));
      expect(parsed?.map(({ isSubmodule }) => isSubmodule)).toEqual(records.map(({ mode }) => mode === '160000'));
      expect(parsed?.map(({ change }) => change.previousPath)).toEqual(
        records.map(({ status, previousPath }) => (status === 'R100' ? previousPath : undefined)),
      );
    }),
  );
});

it('is undefined for every cut within a list, never a shorter list', () => {
  const one = `:100644 100644 ${ids} M\0a.onnx\0`;
  const whole = `${one}:100644 100644 ${ids} R100\0old.onnx\0new.onnx\0`;

  for (let length = 1; length < whole.length; length += 1) {
    if (length === one.length) continue;
    expect(parse(whole.slice(0, length)), `the first ${length} characters`).toBeUndefined();
  }
  expect(parse('')).toEqual([]);
});

it.each([`:100644 100644 ${ids} X\0a\0`, `:100644 100644 ${ids} U\0a\0`, `::100644 100644 100644 ${ids} ${'3'.repeat(40)} MM\0a\0`, `fatal: no\0`, `:100644 100644 ${ids} M\0\0`])(
  'is undefined for what it does not know: %j',
  (text) => {
    expect(parse(text)).toBeUndefined();
  },
);
