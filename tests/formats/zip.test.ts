import { crc32, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import { openMember } from '../../src/artifacts/open-member.ts';
import { sha256OfSource } from '../../src/artifacts/digest.ts';
import type { ByteSource } from '../../src/artifacts/byte-source.ts';
import { GateError } from '../../src/errors.ts';
import { zip } from '../../src/formats/zip.ts';
import { archiveFixtures, digestsOf, odditiesOf, readArchive } from './archive-fixtures.ts';

const ordinary = archiveFixtures('zip', 'accept');
const odd = archiveFixtures('zip', 'odd');

describe('an ordinary zip archive', () => {
  it.each(ordinary)('$name: every member is found, with its content, and nothing is odd', async ({ bytes, expected }) => {
    const archive = await readArchive(zip, bytes);

    expect(zip.match(bytes, 'x')).toBe('certain');
    expect(archive.observations).toEqual([]);
    expect(digestsOf(archive)).toEqual(expected.members);
  });

  it.each(ordinary)('$name: every member can be opened again by its place alone', async ({ bytes }) => {
    const { members } = await readArchive(zip, bytes);

    for (const { place, digest } of members) {
      if (place !== undefined) expect(await sha256OfSource(await openMember(memorySource(bytes), [place], 'x'))).toBe(digest);
    }
  });
});

describe('an odd zip archive', () => {
  it.each(odd)('$name: it is said what is odd, and the members are found all the same', async ({ bytes, expected }) => {
    const archive = await readArchive(zip, bytes);

    expect(odditiesOf(archive)).toEqual(expected.oddities);
    expect(digestsOf(archive)).toMatchObject(expected.members ?? {});
    for (const { detail, bytes: place } of archive.observations) {
      expect(detail).toMatch(/\.$/);
      if (place !== undefined) expect(place.offset >= 0 && place.length >= 0 && place.offset <= bytes.byteLength).toBe(true);
    }
  });

  it('keeps what could not be opened as trouble with a code', async () => {
    const troubleOf = async (name: string): Promise<(string | undefined)[]> => {
      const { members } = await readArchive(zip, odd.find((one) => one.name === name)?.bytes ?? new Uint8Array());
      return members.map((one) => one.trouble?.code).filter((code) => code !== undefined);
    };

    expect(await troubleOf('encrypted')).toEqual(['format/encrypted']);
    expect(await troubleOf('unknown-method')).toEqual(['format/unsupported']);
    expect(await troubleOf('damaged-deflate')).toEqual(['format/malformed']);
    expect(await troubleOf('flag-1')).toEqual([]);
  });

  it('hands bytes around and between the members over as members of their own', async () => {
    for (const [name, region] of [['prepended-pickle', '(prepended bytes)'], ['hidden-between', '(between bytes)'], ['appended', '(appended bytes)']]) {
      const { members } = await readArchive(zip, odd.find((one) => one.name === name)?.bytes ?? new Uint8Array());
      expect(members.filter((one) => one.kind === 'region').map((one) => one.name)).toEqual([region]);
    }
  });
});

describe('the comment of a zip archive', () => {
  it('is looked at like any bytes that are no member', async () => {
    const pickle = Buffer.from("cos\nsystem\n(S'echo inert'\ntR.");
    const archive = Buffer.from(zipSync({ 'a.txt': strToU8('text') }));
    archive.writeUInt16LE(pickle.length, archive.length - 2);
    const { members, observations } = await readArchive(zip, Buffer.concat([archive, pickle]));

    expect(members.map(({ name, kind, size }) => [name, kind, size])).toEqual([['a.txt', 'file', 4], ['(comment bytes)', 'region', pickle.length]]);
    expect(members.at(-1)?.head).toEqual(new Uint8Array(pickle));
    expect(observations).toEqual([]);
  });
});

describe('a broken zip archive', () => {
  it.each(archiveFixtures('zip', 'reject'))('$name is an error', async ({ bytes, expected }) => {
    await expect(readArchive(zip, bytes)).rejects.toMatchObject({ code: expected.error });
  });

  it('every proper prefix is an error or odd', async () => {
    for (const { bytes, name } of ordinary.filter((one) => one.bytes.byteLength < 700)) {
      for (let length = 4; length < bytes.byteLength; length += 1) {
        const result = await readArchive(zip, bytes.slice(0, length)).catch((error: unknown) => error);
        if (result instanceof Error) expect(result).toBeInstanceOf(GateError);
        else expect((result as Awaited<ReturnType<typeof readArchive>>).observations.length, `${name}, ${length} bytes`).toBeGreaterThan(0);
      }
    }
  });

  it('any change is an error, odd, or leaves every member as it was', async () => {
    const [base] = ordinary.filter((one) => one.name === 'python-deflated');
    if (base === undefined) throw new Error('no fixture');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(base.bytes.byteLength - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = base.bytes.slice();
        for (const [at, value] of changes) bytes[at] = value;
        const result = await readArchive(zip, bytes).catch((error: unknown) => error);
        if (result instanceof Error) return void expect(result).toBeInstanceOf(GateError);
        const archive = result as Awaited<ReturnType<typeof readArchive>>;
        if (archive.observations.length > 0 || archive.members.some((one) => one.trouble !== undefined)) return;
        expect(Object.values(digestsOf(archive)).sort()).toEqual(Object.values(base.expected.members ?? {}).sort());
      }),
      { numRuns: 400, seed: 6 },
    );
  });

  it('random bytes behind a signature are an error or odd', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 30, maxLength: 300 }), fc.nat(100), async (noise, at) => {
        const bytes = Uint8Array.of(0x50, 0x4b, 3, 4, ...noise, 0x50, 0x4b, 5, 6, ...noise.slice(0, 18));
        bytes.set([0x50, 0x4b, 1, 2], at % (bytes.length - 4));
        const result = await readArchive(zip, bytes).catch((error: unknown) => error);
        if (result instanceof Error) expect(result).toBeInstanceOf(GateError);
        else expect((result as Awaited<ReturnType<typeof readArchive>>).observations.length).toBeGreaterThan(0);
      }),
      { numRuns: 300, seed: 6 },
    );
  });
});

/** One member, its sizes as given; everything fits in 32 bits. */
function archiveOf(name: string, packed: Uint8Array, size: number, checksum: number, method: number): Uint8Array {
  const label = Buffer.from(name);
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(method, 4);
  fields.writeUInt32LE(checksum, 10);
  fields.writeUInt32LE(packed.byteLength, 14);
  fields.writeUInt32LE(size, 18);
  fields.writeUInt16LE(label.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, label, packed]);
  const entry = Buffer.concat([Buffer.from('PK\x01\x02\x14\x03'), fields, Buffer.alloc(14), label]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(entry.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Uint8Array.from(Buffer.concat([local, entry, end]));
}

describe('a large member', () => {
  it('that expands beyond measure is trouble after few bytes, not after all of them', async () => {
    const zeros = Buffer.alloc(258 * 2 ** 20);
    const bytes = archiveOf('zeros', deflateRawSync(zeros, { level: 1 }), zeros.length, 0, 8);
    const archive = await readArchive(zip, bytes);

    expect(odditiesOf(archive)).toEqual(['expansion']);
    expect(archive.members[0]?.trouble?.code).toBe('format/limit-exceeded');
    expect(archive.members[0]?.size).toBeLessThan(257 * 2 ** 20);
  });

  it('stops at the bytes that unpacking may give', async () => {
    const zeros = Buffer.alloc(2 ** 20);
    const archive = await readArchive(zip, archiveOf('zeros', deflateRawSync(zeros), zeros.length, crc32(zeros), 8), 1000);

    expect(archive.members[0]?.trouble?.code).toBe('format/limit-exceeded');
  });

  it('that is stored is read by range: no read asks for more than a piece of it', async () => {
    const content = Buffer.alloc(8 * 2 ** 20, 7);
    const bytes = archiveOf('stored', content, content.length, crc32(content), 0);
    let longest = 0;
    const watched: ByteSource = {
      size: bytes.byteLength,
      async read(offset, length) {
        longest = Math.max(longest, length);
        return bytes.subarray(offset, offset + length);
      },
    };
    const model = await zip.read(
      { path: 'x', digest: 'sha256:0', bytes: watched },
      { signal: new AbortController().signal, openCompanion: () => Promise.reject(new Error('none')) },
    );
    const place = model.facets.archive?.members[0]?.place;
    if (place === undefined) throw new Error('no place');
    const member = await openMember(watched, [place], 'x');

    expect(member.size).toBe(content.length);
    expect(Buffer.from(await member.read(content.length - 3, 3))).toEqual(Buffer.from([7, 7, 7]));
    expect(longest).toBeLessThanOrEqual(2 ** 21);
  });
});
