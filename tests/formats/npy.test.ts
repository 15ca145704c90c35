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

  it('hands no numbers to the detectors of weights: data may hold what weights must not', async () => {
    const { facets, absences } = await readBytes(bytesOf('double.npy'), 'double.npy');

    expect(facets.tensors).toBeUndefined();
    expect(absences.tensors).toContain('not known to hold weights');
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
