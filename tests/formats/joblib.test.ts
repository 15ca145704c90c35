import { describe, expect, it } from 'vitest';
import { joblib } from '../../src/formats/joblib.ts';
import { formatFixtures } from '../support/format-fixtures.ts';
import { importedNames, readBytes } from '../support/read-code.ts';

const { accept, reject } = formatFixtures('joblib');

describe('joblib', () => {
  it.each(accept)('finds in $name the names that CPython imports', async ({ name, bytes, names }) => {
    const { facets, format } = await readBytes(bytes, name);

    expect(format).toBe('joblib');
    expect(importedNames(facets.code?.programs ?? [])).toEqual(names);
  });

  it.each(reject)('refuses $name with $code', async ({ name, bytes, code }) => {
    await expect(readBytes(bytes, name)).rejects.toMatchObject({ code, where: { artifact: name } });
  });

  it('refuses every proper prefix', async () => {
    for (const { name, bytes } of accept) {
      for (let length = 0; length < bytes.length; length += 1) await expect(readBytes(bytes.subarray(0, length), name, joblib), `${name} cut at ${String(length)}`).rejects.toMatchObject({ code: /^format\// });
    }
  });
});
