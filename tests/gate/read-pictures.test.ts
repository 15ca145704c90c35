import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256Of } from '../../src/artifacts/digest.ts';
import { picturesOf } from '../../src/gate/pictures-of.ts';
import { readPictures } from '../../src/gate/read-pictures.ts';
import { writePictures } from '../../src/gate/write-pictures.ts';
import { picturedReport } from '../support/pictured-report.ts';

let folder: string;
const { report, pictures, named } = picturedReport();
const [sheet] = named;
const file = (): string => path.join(folder, sheet?.file ?? '');

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'modelgate-pictures-')));
  await writePictures(report, pictures, folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('readPictures', () => {
  it('finds what was written beside the report', async () => {
    const read = await readPictures(report, folder);

    expect(read.report).toBe(report);
    expect(read.missing).toEqual([]);
    expect([...read.pictures].map(([digest, bytes]) => [digest, sha256Of(bytes)])).toEqual(named.map(({ digest }) => [digest, digest]));
  });

  it.each<[string, () => void]>([
    ['is gone', () => rmSync(file())],
    ['has other bytes', () => writeFileSync(file(), 'other')],
    ['is a link', () => {
      renameSync(file(), path.join(folder, 'moved.png'));
      symlinkSync(path.join(folder, 'moved.png'), file());
    }],
    ['is a folder', () => {
      rmSync(file());
      mkdirSync(file());
    }],
  ])('takes a picture that %s out of the report and says so in a note', async (_what, change) => {
    change();
    const read = await readPictures(report, folder);

    expect(read.missing).toEqual([sheet?.file]);
    expect(picturesOf(read.report).map((one) => one.kind)).toEqual(['mask', 'pattern']);
    expect(read.report.artifacts[0]?.notes).toEqual([`The picture ${sheet?.file ?? ''} was not beside the report that named it.`]);
    expect(read.report.artifacts[0]?.findings).toEqual(report.artifacts[0]?.findings);
  });

  it('does not read through a linked folder', async () => {
    const other = path.join(folder, 'other');
    mkdirSync(other);
    symlinkSync(path.join(folder, 'pictures'), path.join(other, 'pictures'));

    expect((await readPictures(report, other)).pictures.size).toBe(0);
  });

  it('takes no file for a picture that is none, even with the digest the report names', async () => {
    const forged = picturedReport({ digest: sha256Of('<svg onload="alert(1)"/>') });
    writeFileSync(file(), '<svg onload="alert(1)"/>');

    expect((await readPictures(forged.report, folder)).pictures.size).toBe(0);
  });

  it('leaves observations without pictures as they were', async () => {
    rmSync(path.join(folder, 'pictures'), { recursive: true });
    const read = await readPictures(report, folder);

    expect(read.missing).toHaveLength(3);
    expect(read.report.artifacts[0]?.results[0]?.observations[0]).not.toHaveProperty('pictures');
  });
});
