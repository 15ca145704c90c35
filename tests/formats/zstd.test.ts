import * as zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { zstd } from '../../src/formats/zstd.ts';
import { archiveFixtures, readArchive } from './archive-fixtures.ts';
import { describeArchiveFormat } from './describe-archive-format.ts';

/** Node has zstd from 22.15 on; what an older one cannot read it has to say. */
if ('createZstdDecompress' in zlib) describeArchiveFormat(zstd, { small: 'pickle' });
else {
  describe('a zstd file on a Node without zstd', () => {
    it.each(archiveFixtures('zstd', 'accept'))('$name is recognized and said not to be read', async ({ bytes }) => {
      expect(zstd.match(bytes, 'x')).toBe('certain');
      await expect(readArchive(zstd, bytes)).rejects.toMatchObject({ code: 'format/unsupported' });
    });
  });
}
