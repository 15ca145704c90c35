import { MAX_ARCHIVE_MEMBERS } from '../../artifacts/archive-limits.ts';
import type { ByteSource } from '../../artifacts/byte-source.ts';
import { partOf } from '../../artifacts/part-of.ts';
import { GateError } from '../../errors.ts';
import type { ArchiveObservation } from '../../model/archive.ts';
import { shortName } from '../archive/check-names.ts';
import type { FoundDirectory } from './find-directories.ts';
import {
  DATA_DESCRIPTOR, FLAG_DESCRIPTOR, FLAG_ENCRYPTED, LOCAL_HEADER_BYTES, localHeaderBytes, parseDirectoryEntry, parseLocalHeader,
  type DirectoryEntry, type LocalHeader,
} from './records.ts';

/** A member as the directory and its local header describe it; either may be missing. */
export interface ZipEntry {
  readonly listed: DirectoryEntry | undefined;
  readonly local: LocalHeader | undefined;
  /** From its local header to the end of its data descriptor, as far as they are there. */
  readonly extent: { readonly from: number; readonly to: number };
}

export interface ReadEntries {
  readonly entries: readonly ZipEntry[];
  readonly observations: readonly ArchiveObservation[];
}

/** Every entry of a directory with its local header. Throws `format/limit-exceeded` for more members than are read. */
export async function readEntries(source: ByteSource, directory: FoundDirectory): Promise<ReadEntries> {
  const bytes = await source.read(directory.offset, directory.bytes);
  const observations: ArchiveObservation[] = [];
  const entries: ZipEntry[] = [];
  let at = 0;
  while (at < bytes.byteLength) {
    const listed = parseDirectoryEntry(partOf(bytes, at, bytes.byteLength - at), directory.offset + at);
    if (listed === undefined) {
      observations.push({
        oddity: 'damaged-directory', bytes: { offset: directory.offset + at, length: bytes.byteLength - at },
        detail: `After ${entries.length} entries ${bytes.byteLength - at} bytes of it are no entry.`,
      });
      break;
    }
    at += listed.bytes;
    if (entries.length >= MAX_ARCHIVE_MEMBERS) throw tooMany();
    entries.push(await withLocal(source, listed, directory, observations));
  }
  if (entries.length !== directory.entries) {
    observations.push({
      oddity: 'end-record-mismatch', bytes: { offset: directory.offset, length: directory.bytes },
      detail: `The end record counts ${directory.entries} members, the directory holds ${entries.length}.`,
    });
  }
  return { entries, observations };
}

async function withLocal(source: ByteSource, listed: DirectoryEntry, directory: FoundDirectory, observations: ArchiveObservation[]): Promise<ZipEntry> {
  const { localOffset } = listed;
  const shifted = localOffset + directory.shift;
  const local = await readLocal(source, shifted);
  const member = shortName(listed.name);
  // A reader that does not account for what lies in front would start at the offset as it is written.
  if (directory.shift !== 0 && (await readLocal(source, localOffset)) !== undefined) {
    observations.push({
      oddity: 'second-directory', member, bytes: { offset: localOffset, length: LOCAL_HEADER_BYTES },
      detail: `It begins at ${shifted} or at ${localOffset}, depending on whether a program counts the ${directory.shift} bytes in front of the archive.`,
    });
  }
  if (local === undefined) {
    observations.push({
      oddity: 'header-mismatch', member, bytes: { offset: Math.max(0, shifted), length: LOCAL_HEADER_BYTES },
      detail: `The directory says that it begins at ${shifted}, where no member begins.`,
    });
    return { listed, local, extent: { from: shifted, to: shifted } };
  }
  observations.push(...compare(listed, local));
  const dataEnd = local.dataOffset + listed.packed;
  return { listed, local, extent: { from: local.at, to: dataEnd + (await descriptorBytes(source, dataEnd, listed, local, observations)) } };
}

export async function readLocal(source: ByteSource, offset: number): Promise<LocalHeader | undefined> {
  if (!Number.isSafeInteger(offset) || offset < 0 || offset + LOCAL_HEADER_BYTES > source.size) return undefined;
  const length = localHeaderBytes(await source.read(offset, LOCAL_HEADER_BYTES));
  if (length === undefined || offset + length > source.size) return undefined;
  return parseLocalHeader(await source.read(offset, length), offset);
}

/** The local header against the directory. Sizes and checksum may be zero there when a data descriptor follows (section 4.4.4). */
function compare(listed: DirectoryEntry, local: LocalHeader): ArchiveObservation[] {
  const member = shortName(listed.name);
  const bytes = { offset: local.at, length: local.dataOffset - local.at };
  const seen: ArchiveObservation[] = [];
  if (!equal(listed.nameBytes, local.nameBytes)) {
    seen.push({ oddity: 'name-mismatch', member, bytes, detail: `The directory calls it ${quoted(listed.name)}, its local header ${quoted(local.name)}.` });
  }
  for (const { unicodeName, name, nameBytes } of [listed, local]) {
    // The field is there to say what an old name could not: an ASCII name needs no other.
    if (unicodeName === undefined || unicodeName === name || nameBytes.some((byte) => byte >= 0x80)) continue;
    seen.push({ oddity: 'name-mismatch', member, bytes, detail: `A Unicode Path field calls it ${quoted(unicodeName)} for the programs that read it.` });
  }
  const differences = [
    ...(listed.method === local.method ? [] : [`method ${listed.method} or ${local.method}`]),
    ...((listed.flags & FLAG_ENCRYPTED) === (local.flags & FLAG_ENCRYPTED) ? [] : ['encrypted or not']),
    ...differencesOf('packed bytes', listed.packed, local.packed, local),
    ...differencesOf('unpacked bytes', listed.size, local.size, local),
    ...differencesOf('checksum', listed.checksum, local.checksum, local),
  ];
  if (differences.length > 0) {
    seen.push({ oddity: 'header-mismatch', member, bytes, detail: `The directory and its local header disagree: ${differences.join(', ')}.` });
  }
  return seen;
}

function differencesOf(what: string, listed: number, local: number, header: LocalHeader): string[] {
  if (listed === local) return [];
  const isLeftOpen = (header.flags & FLAG_DESCRIPTOR) !== 0 && (local === 0 || local === 0xffff_ffff);
  return isLeftOpen ? [] : [`${what} ${listed} or ${local}`];
}

/** Length of the data descriptor: with or without signature, sizes of 4 or 8 bytes (section 4.3.9). */
async function descriptorBytes(
  source: ByteSource, at: number, listed: DirectoryEntry, local: LocalHeader, observations: ArchiveObservation[],
): Promise<number> {
  if ((local.flags & FLAG_DESCRIPTOR) === 0 || at + 12 > source.size) return 0;
  const bytes = await source.read(at, Math.min(24, source.size - at));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const signed = view.getUint32(0, true) === DATA_DESCRIPTOR ? 4 : 0;
  for (const from of signed === 0 ? [0] : [4, 0]) {
    for (const width of [4, 8]) {
      const length = from + 4 + 2 * width;
      if (length > bytes.byteLength || view.getUint32(from, true) !== listed.checksum) continue;
      const value = (offset: number): number => (width === 4 ? view.getUint32(offset, true) : Number(view.getBigUint64(offset, true)));
      if (value(from + 4) === listed.packed && value(from + 4 + width) === listed.size) return length;
    }
  }
  if (signed === 0) return 0;
  observations.push({
    oddity: 'header-mismatch', member: shortName(listed.name), bytes: { offset: at, length: 16 },
    detail: 'The data descriptor behind it disagrees with the directory about checksum or sizes.',
  });
  return local.hasZip64 && bytes.byteLength >= 24 ? 24 : Math.min(16, bytes.byteLength);
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.byteLength === other.byteLength && one.every((byte, index) => byte === other[index]);
}

export function quoted(name: string): string {
  return JSON.stringify(shortName(name));
}

export function tooMany(): GateError {
  return new GateError({
    code: 'format/limit-exceeded',
    message: `The archive has more than ${MAX_ARCHIVE_MEMBERS} members.`,
    nextStep: 'Split the archive, or unpack it and gate what it holds.',
  });
}
