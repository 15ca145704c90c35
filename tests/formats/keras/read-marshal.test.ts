import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMarshal } from '../../../src/formats/keras/read-marshal.ts';

const cases = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../../fixtures/detectors/loading-code/keras-cases.json'), 'utf8')) as { name: string; bytes: string }[];

/** The code of a case's Lambda layer. */
function codeOf(name: string): Buffer {
  const config = Buffer.from(cases.find((one) => one.name === name)?.bytes ?? '', 'base64').toString('utf8');
  return Buffer.from(/"code": "([A-Za-z0-9+/=]+)"/.exec(config)?.[1] ?? '', 'base64');
}

describe('readMarshal', () => {
  it.each([['2', '2'], ['3.7', '3.0 to 3.7'], ['3.8', '3.8 to 3.10'], ['3.11', '3.11 or later']])('takes code apart as Python %s lays it out', (version, python) => {
    expect(readMarshal(codeOf(`Lambda layer, code as Python ${version} writes it`))).toMatchObject({ python, names: ['os', 'system'] });
  });

  it('finds the names of functions inside of the function', () => {
    expect(readMarshal(codeOf('Lambda layer with a command in an inner function'))?.names).toEqual(['__import__', 'run']);
    expect(readMarshal(codeOf('Lambda layer with a command in an inner function'))?.texts).toEqual(expect.arrayContaining(['subprocess', 'echo', 'inert']));
  });

  it('takes nothing for code that ends early, or that begins with something else', () => {
    const code = codeOf('Lambda layer with a command');
    for (let length = 0; length < code.length; length += 1) expect(readMarshal(code.subarray(0, length)), `cut at ${String(length)}`).toBeUndefined();
    expect(readMarshal(Buffer.concat([Buffer.from('('), code]))).toBeUndefined();
  });

  it('never fails, whatever bytes are changed', () => {
    const code = codeOf('Lambda layer with a command in an inner function');
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(code.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }), (changes) => {
      const changed = Uint8Array.from(code);
      for (const [at, value] of changes) changed[at] = value;
      const found = readMarshal(changed);

      expect(found === undefined || Array.isArray(found.names)).toBe(true);
    }), { seed: 4, numRuns: 1000 });
  });

  it('takes time that grows with the bytes, whatever refers to what', () => {
    // Each tuple holds the one before twice; written out they would be two to the power of a hundred.
    const nested = Array.from({ length: 100 }, (_, index) => [0x29 | 0x80, 2, ...(index === 0 ? [0x4e, 0x4e] : [0x72, index, 0, 0, 0, 0x72, index, 0, 0, 0])]).flat();
    const code = [0x63, ...new Array<number>(20).fill(0), 0x73, 1, 0, 0, 0, 0, 0x29, 100, ...nested];

    expect(readMarshal(Uint8Array.from(code))).toBeUndefined();
  });
});
