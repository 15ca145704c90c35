import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlobs } from '../../src/artifacts/compile-globs.ts';
import { gateErrorOf } from './gate-error-of.ts';

/** Names as hostile as a file system takes them: line breaks, quotes, backslashes, glob characters, dots, any script. */
const part = fc
  .array(fc.oneof(fc.constantFrom('\n', '\r', '\\', '*', '[', '!', '(', '"', '.', ' ', '\u2028'), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((chars) => chars.join('').replaceAll('/', '_').replaceAll('\0', '_'))
  .filter((name) => name !== '.' && name !== '..');

describe('compileGlobs', () => {
  it('finds every file with an extension, however its folders and it are named', () => {
    const isModel = compileGlobs(['**/*.onnx']);

    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), part, (folders, name) => {
        expect(isModel([...folders, `${name}.onnx`].join('/'))).toBe(true);
        expect(isModel([...folders, `${name}.onnx`, 'x'].join('/'))).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it('takes everything below a folder, dot files too', () => {
    const isBelow = compileGlobs(['models/**']);

    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (names) => {
        expect(isBelow(`models/${names.join('/')}`)).toBe(true);
        expect(isBelow(`other/${names.join('/')}`)).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps one star inside one folder', () => {
    const isMatch = compileGlobs(['models/*.onnx', './zoo/?.pt']);

    expect(['models/a.onnx', 'models/.a.onnx', 'zoo/b.pt'].map(isMatch)).toEqual([true, true, true]);
    expect(['models/x/a.onnx', 'a.onnx', 'models/a.onnx.bak', 'zoo/bb.pt', 'Models/a.onnx'].map(isMatch)).toEqual([false, false, false, false, false]);
  });

  it('ignores case when asked to', () => {
    expect(compileGlobs(['**/*.onnx'], { ignoreCase: true })('Models/EVIL.ONNX')).toBe(true);
  });

  it('matches nothing without globs', () => {
    expect(compileGlobs([])('a')).toBe(false);
  });

  it('refuses a negated glob, which would match everything else', async () => {
    const error = await gateErrorOf(() => compileGlobs(['**/*.onnx', '!old/**']));

    expect([error.code, error.nextStep]).toEqual(['policy/invalid', 'List what is to be left out under "exclude", without the "!".']);
  });
});
