import { describe, expect, it } from 'vitest';
import { sha256Of } from '../../src/artifacts/digest.ts';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import { kerasH5 } from '../../src/formats/keras-h5.ts';
import { describeLibraryFormat, libraryFixture, readLibraryFile } from './describe-library-format.ts';

describeLibraryFormat(kerasH5, { knowsItsEnd: true });

describe('an HDF5 file', () => {
  it('that takes values from other files says from where', async () => {
    const { facets } = await readLibraryFile(kerasH5, libraryFixture('keras-h5', 'odd', 'external.h5'), 'external.h5');

    expect(facets.structure?.oddities.map(({ kind, place }) => [kind, place]).sort()).toEqual([['escaping-path', 'dataset "elsewhere"'], ['escaping-path', 'dataset "virtual"'], ['escaping-path', 'link "other"']]);
    expect(facets.structure?.oddities.find(({ place }) => place === 'link "other"')?.detail).toContain('/srv/other.h5');
  });

  it('that says to be far larger than it is says so', async () => {
    const { facets } = await readLibraryFile(kerasH5, libraryFixture('keras-h5', 'odd', 'bomb.h5'), 'bomb.h5');

    expect(facets.structure?.oddities).toMatchObject([{ kind: 'declared-size', place: 'dataset "bomb"' }]);
  });

  it('with bytes behind its end says so', async () => {
    const whole = libraryFixture('keras-h5', 'accept', 'dense.h5');
    const { facets, unclaimed } = await readLibraryFile(kerasH5, Uint8Array.from([...whole, 1, 2, 3]), 'dense.h5');

    expect(unclaimed).toEqual([{ offset: whole.length, length: 3 }]);
    expect(facets.structure?.oddities).toMatchObject([{ kind: 'uncovered-bytes', bytes: { offset: whole.length, length: 3 } }]);
  });

  it('keeps its versions as metadata', async () => {
    const { facets } = await readLibraryFile(kerasH5, libraryFixture('keras-h5', 'accept', 'dense.h5'), 'dense.h5');

    expect(Object.fromEntries(facets.metadata ?? [])).toEqual({ keras_version: '3.15.1', backend: 'tensorflow' });
  });

  it('is read without the values of its tensors', async () => {
    const bytes = libraryFixture('keras-h5', 'accept', 'many.h5');
    const source = memorySource(bytes);
    const reads: number[] = [];
    const counting = { size: source.size, read: (offset: number, length: number) => { reads.push(length); return source.read(offset, length); } };
    await kerasH5.read({ path: 'many.h5', digest: sha256Of(bytes), bytes: counting }, { signal: new AbortController().signal, openCompanion: () => Promise.reject(new Error('none')) });

    // The first bytes, and one window of a file that fits into it.
    expect(reads.length).toBeLessThan(10);
  });
});
