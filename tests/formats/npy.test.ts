import { describe, expect, it } from 'vitest';
import { npy } from '../../src/formats/npy.ts';
import { formatFixtures } from '../support/format-fixtures.ts';
import { importedNames, readBytes } from '../support/read-code.ts';

const { accept, reject } = formatFixtures('npy');
const bytesOf = (name: string): Buffer => accept.find((one) => one.name === name)?.bytes ?? Buffer.alloc(0);

describe('npy', () => {
  it.each(accept)('finds in $name the names that CPython imports', async ({ name, bytes, names }) => {
    const { facets, format, unclaimed } = await readBytes(bytes, name);

    expect(format).toBe('npy');
    expect(importedNames(facets.code?.programs ?? [])).toEqual(names);
    expect(unclaimed).toEqual([]);
  });

  it.each(reject)('refuses $name with $code', async ({ name, bytes, code }) => {
    await expect(readBytes(bytes, name, npy)).rejects.toMatchObject({ code, where: { artifact: name } });
  });

  it.each([
    ['double.npy', [2, 3], [0, 1, 2, 3, 4, 5]], ['fortran.npy', [2, 3], [0, 1, 2, 3, 4, 5]], ['half.npy', [4], [0, 1, 2, 3]],
    ['big-endian.npy', [4], [0, 1, 2, 3]], ['zero-dimensional.npy', [], [1.5]], ['empty.npy', [0, 3], []],
  ])('gives the numbers of %s in row-major order', async (name, shape, numbers) => {
    const { facets } = await readBytes(bytesOf(name), name);

    expect(facets.tensors?.list[0]).toMatchObject({ name: 'array', shape });
    expect([...(await facets.tensors?.values('array') ?? [])]).toEqual(numbers);
  });

  it('refuses every proper prefix of an array, of numbers and of objects', async () => {
    for (const name of ['double.npy', 'objects.npy']) {
      const bytes = bytesOf(name);
      for (let length = 1; length < bytes.length; length += 1) {
        const outcome = await readBytes(bytes.subarray(0, length), name, npy).then((model) => model.facets.code?.programs.some((one) => one.break !== undefined) ?? false, (error: unknown) => error);
        expect(outcome === true || outcome instanceof Error, `${name} cut at ${String(length)}`).toBe(true);
      }
    }
  });

  it('reads a pickle behind the last array, and reports other bytes there', async () => {
    const hidden = await readBytes(Buffer.concat([bytesOf('double.npy'), Buffer.from("cos\nsystem\n(S'echo inert'\ntR.")]), 'a.npy');
    const other = await readBytes(Buffer.concat([bytesOf('double.npy'), Buffer.from([1, 2, 3])]), 'a.npy');

    expect(importedNames(hidden.facets.code?.programs ?? [])).toEqual(['os.system']);
    expect(other.facets.code?.programs[0]?.irregularities[0]).toMatchObject({ kind: 'trailing-data' });
    expect(other.unclaimed).toEqual([{ offset: bytesOf('double.npy').length, length: 3 }]);
  });
});
