import { describe, expect, it } from 'vitest';
import { tfjs } from '../../src/formats/tfjs.ts';
import { describeLibraryFormat, libraryFixture, readLibraryFile } from './describe-library-format.ts';

describeLibraryFormat(tfjs, { knowsItsEnd: true });

describe('a TensorFlow.js model', () => {
  it.each(['address.json', 'parent.json', 'absolute.json'])('that keeps its weights elsewhere, %s, says so and opens nothing', async (name) => {
    const { facets, problems } = await readLibraryFile(tfjs, libraryFixture('tfjs', 'odd', name), name);

    expect(facets.structure?.oddities).toMatchObject([{ kind: 'escaping-path', place: 'weightsManifest' }]);
    expect(problems.tensors).toMatch(/not opened/);
  });

  it('whose weights are not there is read without them, and says why', async () => {
    const text = Buffer.from(libraryFixture('tfjs', 'accept', 'layers.json')).toString('utf8').replace('group1-shard1of2.bin', 'lost.bin');
    const { facets, problems } = await readLibraryFile(tfjs, new TextEncoder().encode(text), 'model.json');

    expect(facets.tensors).toBeUndefined();
    expect(facets.code?.programs[0]?.actions.length).toBeGreaterThan(3);
    expect(problems.tensors).toMatch(/lost\.bin/);
  });

  it('with a key that is there twice says so', async () => {
    const { facets } = await readLibraryFile(tfjs, new TextEncoder().encode('{"modelTopology": {}, "modelTopology": {}}'), 'model.json');

    expect(facets.structure?.oddities).toMatchObject([{ kind: 'duplicate-key' }]);
  });
});
