import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import { openMember } from '../../src/artifacts/open-member.ts';
import { sha256OfSource } from '../../src/artifacts/digest.ts';
import { GateError } from '../../src/errors.ts';
import type { FormatReader } from '../../src/formats/format-reader.ts';
import type { ArchiveFacet } from '../../src/model/archive.ts';
import { archiveFixtures, digestsOf, odditiesOf, readArchive } from './archive-fixtures.ts';

/** What every reader of a container owes: ordinary files quiet, odd ones named, broken ones an error, and no crash on any bytes. */
export function describeArchiveFormat(reader: FormatReader, options: { readonly small: string }): void {
  const { id } = reader.meta;
  const ordinary = archiveFixtures(id, 'accept');

  describe(`an ordinary ${id} file`, () => {
    it.each(ordinary)('$name: everything is found with its content, nothing is odd, and each member opens by its place', async ({ bytes, expected }) => {
      const archive = await readArchive(reader, bytes);

      expect(reader.match(bytes.slice(0, 65_536), 'x')).toBe('certain');
      expect(archive.observations).toEqual([]);
      expect(digestsOf(archive)).toEqual(expected.members);
      for (const { place, digest } of archive.members) {
        if (place !== undefined) expect(await sha256OfSource(await openMember(memorySource(bytes), [place], 'x'))).toBe(digest);
      }
    });
  });

  describe(`an odd ${id} file`, () => {
    it.each(archiveFixtures(id, 'odd'))('$name: it is said what is odd, and the members are found all the same', async ({ bytes, expected }) => {
      const archive = await readArchive(reader, bytes);

      expect(odditiesOf(archive)).toEqual(expected.oddities);
      expect(digestsOf(archive)).toMatchObject(expected.members ?? {});
    });
  });

  describe(`a broken ${id} file`, () => {
    it.each(archiveFixtures(id, 'reject'))('$name is an error', async ({ bytes, expected }) => {
      await expect(readArchive(reader, bytes)).rejects.toMatchObject({ code: expected.error });
    });

    const small = ordinary.find(({ name }) => name === options.small);
    if (small === undefined) throw new Error(`no fixture ${options.small}`);

    it('is every proper prefix: an error, or odd', async () => {
      // A tar ends with two blocks of zeros; more of them are fill.
      const end = id === 'tar' ? Math.ceil((small.bytes.findLastIndex((byte) => byte !== 0) + 1) / 512) * 512 + 1024 : small.bytes.byteLength;
      for (let length = 1; length < end; length += Math.max(1, Math.floor(end / 150))) {
        const result = await tryToRead(reader, small.bytes.slice(0, length));
        if (result instanceof GateError) continue;
        expect(result.observations.length, `${length} bytes`).toBeGreaterThan(0);
      }
    });

    it('is any change: an error, odd, or every member as it was', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(fc.nat(small.bytes.byteLength - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }), async (changes) => {
          const bytes = small.bytes.slice();
          for (const [at, value] of changes) bytes[at] = value;
          const result = await tryToRead(reader, bytes);
          if (result instanceof GateError || result.observations.length > 0 || result.members.some((one) => one.trouble !== undefined)) return;
          // Without a checksum of the content a change of it cannot be seen; what it is called and how long it is cannot change unseen.
          if (HAS_CHECKSUM.has(id)) expect(digestsOf(result)).toEqual(small.expected.members);
        }),
        { numRuns: 150, seed: 6 },
      );
    });
  });
}

/** Formats whose content cannot change without a checksum noticing. */
const HAS_CHECKSUM = new Set(['gzip', 'bzip2', 'xz', 'zlib']);

async function tryToRead(reader: FormatReader, bytes: Uint8Array): Promise<ArchiveFacet | GateError> {
  try {
    return await readArchive(reader, bytes);
  } catch (error) {
    if (error instanceof GateError) return error;
    throw error;
  }
}
