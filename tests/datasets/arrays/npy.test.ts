import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openNpy } from '../../../src/datasets/arrays/npy.ts';
import { fixtureBytes, fixtureJson, fixturePath } from '../fixture-files.ts';

const expected = fixtureJson<Record<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>>('datasets', 'npy.json');
const accepted = readdirSync(fixturePath('datasets', 'npy', 'accept'));
const rejected = readdirSync(fixturePath('datasets', 'npy', 'reject'));

function npy(header: string, data: Uint8Array = new Uint8Array(0), major = 1): Uint8Array {
  const text = Buffer.from(header, 'latin1');
  const start = major === 1 ? Buffer.alloc(10) : Buffer.alloc(12);
  start.write('\x93NUMPY', 'latin1');
  start.writeUInt8(major, 6);
  if (major === 1) start.writeUInt16LE(text.length, 8);
  else start.writeUInt32LE(text.length, 8);
  return new Uint8Array(Buffer.concat([start, text, data]));
}

describe('openNpy', () => {
  it('has an expectation for every file that is to be accepted', () => {
    expect(Object.keys(expected).sort()).toEqual([...accepted].sort());
  });

  it.each(accepted)('reads %s as NumPy does', (name) => {
    const array = openNpy(fixtureBytes('datasets', 'npy', 'accept', name));
    const want = expected[name];

    expect(array.shape).toEqual(want?.shape);
    expect(array.length).toBe(want?.values.length);
    const rows = array.shape.length === 0 ? [] : Array.from({ length: array.shape[0] ?? 0 }, (_, row) => [...array.row(row)]);
    if (array.shape.length > 0) expect(rows.flat()).toEqual(want?.values);
  });

  it.each(rejected)('refuses %s', (name) => {
    expect(() => openNpy(fixtureBytes('datasets', 'npy', 'reject', name))).toThrow(/Python objects|not a number|named fields/);
  });

  it.each(accepted)('refuses every truncated prefix of %s and any byte more', (name) => {
    const bytes = fixtureBytes('datasets', 'npy', 'accept', name);
    for (let length = 0; length < bytes.length; length += 1) expect(() => openNpy(bytes.slice(0, length)), `cut to ${length}`).toThrow();
    expect(() => openNpy(new Uint8Array([...bytes, 0]))).toThrow('after its last element');
  });

  it.each([
    ['a shape larger than any file', "{'descr': '<f8', 'fortran_order': False, 'shape': (999999999999999, 99999), }", 'larger than any file'],
    ['a shape larger than the file', "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999,), }", 'fewer elements'],
    ['a negative shape', "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }", 'malformed'],
    ['too many dimensions', `{'descr': '<f8', 'fortran_order': False, 'shape': (${'1, '.repeat(40)}), }`, 'dimensions'],
    ['a missing key', "{'descr': '<f8', 'shape': (1,), }", 'lacks'],
    ['a repeated key', "{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (), }", 'malformed'],
    ['code in the header', "{'descr': '<f8', 'fortran_order': __import__('os'), 'shape': (), }", 'malformed'],
    ['no dictionary', 'shape', 'not a dictionary'],
    ['objects', "{'descr': '|O', 'fortran_order': False, 'shape': (0,), }", 'Python objects'],
  ])('refuses %s', (_, header, message) => {
    expect(() => openNpy(npy(header))).toThrow(message);
  });

  it('reads format version 2 and refuses unknown versions', () => {
    const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }";

    expect(openNpy(npy(header, Uint8Array.of(7, 8, 9), 2)).row(2)[0]).toBe(9);
    expect(() => openNpy(npy(header, Uint8Array.of(7, 8, 9), 9))).toThrow('version 9');
  });

  it('reads a Fortran-ordered array the same as its C-ordered copy', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }), (shape) => {
        const length = shape.reduce((product, size) => product * size, 1);
        const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
        const fortran = new Uint8Array(length);
        for (let index = 0; index < length; index += 1) {
          let rest = index;
          let place = 0;
          for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
            place += (rest % (shape[axis] ?? 1)) * (strides[axis] ?? 0);
            rest = Math.floor(rest / (shape[axis] ?? 1));
          }
          fortran[place] = index;
        }
        const array = openNpy(npy(`{'descr': '|u1', 'fortran_order': True, 'shape': (${shape.join(',')},), }`, fortran));
        expect(Array.from({ length: shape[0] ?? 0 }, (_, row) => [...array.row(row)]).flat()).toEqual(Array.from({ length }, (_, index) => index));
      }),
      { seed: 4 },
    );
  });

  it('answers arbitrary headers with an array or an error, quickly', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300, unit: fc.constantFrom(..."{}()',: descrfoanhp_TuFl<>|=0123456789") }), (header) => {
        try {
          const array = openNpy(npy(header));
          expect(array.length).toBe(0);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
      { numRuns: 500, seed: 5 },
    );
  });
});
