import { describe, expect, it } from 'vitest';
import { tflite } from '../../src/formats/tflite.ts';
import { describeLibraryFormat, libraryFixture, readLibraryFile } from './describe-library-format.ts';

describeLibraryFormat(tflite, { knowsItsEnd: false });

describe('a TensorFlow Lite model', () => {
  it('hands out the files that are appended to it, and finds nothing odd about their place', async () => {
    const { facets } = await readLibraryFile(tflite, libraryFixture('tflite', 'accept', 'labels.tflite'), 'labels.tflite');

    expect(facets.archive?.members.map(({ name, kind, size }) => [name, kind, size])).toEqual([['labels.txt', 'file', 8]]);
    expect(facets.archive?.observations).toEqual([]);
  });

  it('without an archive has no members', async () => {
    expect((await readLibraryFile(tflite, libraryFixture('tflite', 'accept', 'dense.tflite'), 'dense.tflite')).facets.archive).toBeUndefined();
  });

  it('whose tensor has a buffer that does not exist is refused', async () => {
    const bytes = libraryFixture('tflite', 'accept', 'dense.tflite');
    const view = new DataView(bytes.buffer);
    const before = await readLibraryFile(tflite, bytes, 'dense.tflite');
    const refused: unknown[] = [];
    // Some four bytes in the file are the number of a buffer: setting each of them to a number that none has must not give a tensor.
    for (let at = 8; at + 4 <= bytes.length; at += 4) {
      const old = view.getUint32(at, true);
      if (old > 16 || old === 0) continue;
      view.setUint32(at, 0x7fff_ffff, true);
      const outcome = await readLibraryFile(tflite, bytes, 'dense.tflite').catch((error: unknown) => error);
      if (outcome instanceof Error && /has the buffer/.test(outcome.message)) refused.push(outcome);
      view.setUint32(at, old, true);
    }

    expect(refused.length).toBeGreaterThanOrEqual(before.facets.tensors?.list.length ?? Infinity);
  });
});
