import { describe, expect, it } from 'vitest';
import { sevenZip } from '../../src/formats/7z.ts';
import { archiveFixtures, readArchive } from './archive-fixtures.ts';
import { describeArchiveFormat } from './describe-archive-format.ts';

describeArchiveFormat(sevenZip, { small: 'copy' });

describe('a 7z file', () => {
  it('keeps what could not be unpacked as trouble with a code', async () => {
    const codesOf = async (name: string) => {
      const { members } = await readArchive(sevenZip, archiveFixtures('7z', 'odd').find((one) => one.name === name)?.bytes ?? new Uint8Array());
      return [...new Set(members.flatMap((one) => one.trouble?.code ?? []))];
    };

    expect(await codesOf('encrypted')).toEqual(['format/encrypted']);
    expect(await codesOf('unknown-method')).toEqual(['format/unsupported']);
    expect(await codesOf('damaged-stream')).toHaveLength(1);
  });
});
