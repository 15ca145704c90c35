import { describe, expect, it } from 'vitest';
import { pytorchLegacy } from '../../src/formats/pytorch-legacy.ts';
import { formatFixtures } from '../support/format-fixtures.ts';
import { importedNames, readBytes } from '../support/read-code.ts';

const { accept, reject } = formatFixtures('pytorch-legacy');

describe('pytorch-legacy', () => {
  it.each(accept)('finds in $name the names that CPython imports, and passes over the storages', async ({ name, bytes, names }) => {
    const { facets, format, unclaimed } = await readBytes(bytes, name);

    expect(format).toBe('pytorch-legacy');
    expect(importedNames(facets.code?.programs ?? [])).toEqual(names);
    expect(unclaimed).toEqual([]);
    expect(facets.code?.programs.flatMap(({ irregularities }) => irregularities)).toEqual([]);
  });

  it.each(reject)('refuses $name with $code', async ({ name, bytes, code }) => {
    await expect(readBytes(bytes, name, pytorchLegacy)).rejects.toMatchObject({ code });
  });

  it('reports what lies behind the last storage', async () => {
    const [file] = accept;
    if (file === undefined) throw new Error('no fixture');
    const { facets } = await readBytes(Buffer.concat([file.bytes, Buffer.from([1, 2, 3])]), 'model.pt');

    expect(facets.code?.programs.at(-1)?.irregularities).toMatchObject([{ kind: 'trailing-data', offset: file.bytes.length }]);
  });
});
