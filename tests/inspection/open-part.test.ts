import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { openFileSource, type FileSource } from '../../src/artifacts/file-source.ts';
import type { MemberPlace } from '../../src/artifacts/member-place.ts';
import { openPart } from '../../src/inspection/open-part.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'modelgate-open-part-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file, how often it was read, and where the packed container lies that is its content. */
async function packed(name: string, content: string): Promise<{ file: FileSource; reads: () => number; container: MemberPlace }> {
  const bytes = deflateRawSync(content);
  writeFileSync(path.join(folder, name), bytes);
  const file = await openFileSource(path.join(folder, name));
  let reads = 0;
  return {
    file: { ...file, read: (offset, length) => ((reads += 1), file.read(offset, length)), readInto: (offset, target) => ((reads += 1), file.readInto(offset, target)) },
    reads: () => reads,
    container: { offset: 0, length: bytes.byteLength, encoding: 'deflate', size: content.length },
  };
}

const stored = (offset: number, size: number): MemberPlace => ({ offset, length: size, encoding: 'stored', size });
const textOf = async (file: FileSource, within: readonly MemberPlace[]): Promise<string> => {
  const part = await openPart(file, within, 'model');
  return Buffer.from(await part.read(0, part.size)).toString();
};

describe('opening a member of a packed container', () => {
  it('unpacks the container once for all of its members', async () => {
    const { file, reads, container } = await packed('a', 'first/second');

    expect(await textOf(file, [container, stored(0, 5)])).toBe('first');
    const readsForOne = reads();
    expect(await textOf(file, [container, stored(6, 6)])).toBe('second');
    expect(readsForOne).toBeGreaterThan(0);
    expect(reads()).toBe(readsForOne);
    await file.close();
  });

  it('takes the container of another file, or another one of the same file, for none it knows', async () => {
    const a = await packed('b', 'first/second');
    const b = await packed('c', 'other/second');
    const short: MemberPlace = { ...a.container, skip: 0, size: 5 };

    expect(await textOf(a.file, [a.container, stored(0, 5)])).toBe('first');
    expect(await textOf(b.file, [b.container, stored(0, 5)])).toBe('other');
    expect(await textOf(a.file, [a.container, stored(0, 5)])).toBe('first');
    await expect(textOf(a.file, [short, stored(6, 6)])).rejects.toThrow();
    await Promise.all([a.file.close(), b.file.close()]);
  });

  it('reads a member of the file itself, and of a stored container, by range', async () => {
    writeFileSync(path.join(folder, 'd'), 'one two');
    const file = await openFileSource(path.join(folder, 'd'));

    expect(await textOf(file, [stored(4, 3)])).toBe('two');
    expect(await textOf(file, [stored(0, 7), stored(0, 3)])).toBe('one');
    await file.close();
  });

  it('refuses a file that changes after it was opened', async () => {
    const { file, container } = await packed('e', 'first/second');
    writeFileSync(path.join(folder, 'e'), 'something else altogether');

    await expect(textOf(file, [container, stored(0, 5)])).rejects.toMatchObject({ code: 'artifact/changed' });
    await file.close();
  });
});
