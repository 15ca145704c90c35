import { crc32, inflateRawSync } from 'node:zlib';

/** One array of a .npz: a zip archive of .npy files. */
export interface NpzMember {
  /** Without the `.npy` suffix. */
  readonly name: string;
  readonly expandedBytes: number;
  /** Expands the member; throws when it is not exactly what the archive's directory announces. */
  expand(): Uint8Array;
}

export interface NpzLimits {
  readonly maxMembers: number;
  /** For one member. */
  readonly maxExpandedBytes: number;
}

const LOCAL_ENTRY = 0x04034b50;
const DIRECTORY_ENTRY = 0x02014b50;
const END_OF_DIRECTORY = 0x06054b50;
const ZIP64_LOCATOR = 0x07064b50;
const ZIP64_END_OF_DIRECTORY = 0x06064b50;
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 65_535;
const ENCRYPTED_FLAG = 1;

export function hasZipSignature(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 3 || bytes[2] === 5);
}

/**
 * Lists the arrays of a .npz from its directory and expands nothing yet. fflate, which the package has anyway, checks
 * neither checksums nor that a member ends where it says, so the directory is walked here and zlib inflates with a
 * hard output limit (CWE-409). Throws an Error that says what is wrong.
 */
export function listNpz(bytes: Uint8Array, limits: NpzLimits): readonly NpzMember[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const directory = findDirectory(view);
  if (directory.entries > limits.maxMembers) throw new Error(`the .npz has more than ${limits.maxMembers} members`);
  const members: NpzMember[] = [];
  let offset = directory.offset;
  for (let entry = 0; entry < directory.entries; entry += 1) {
    if (offset + 46 > directory.end || view.getUint32(offset, true) !== DIRECTORY_ENTRY) throw damaged();
    const [flags, method, checksum] = [view.getUint16(offset + 8, true), view.getUint16(offset + 10, true), view.getUint32(offset + 16, true)];
    const [nameBytes, extraBytes, commentBytes] = [view.getUint16(offset + 28, true), view.getUint16(offset + 30, true), view.getUint16(offset + 32, true)];
    const next = offset + 46 + nameBytes + extraBytes + commentBytes;
    if (next > directory.end) throw damaged();
    const name = new TextDecoder().decode(bytes.subarray(offset + 46, offset + 46 + nameBytes));
    const place = entryPlace(view, offset, offset + 46 + nameBytes, extraBytes);
    offset = next;
    if (!name.endsWith('.npy')) continue;
    members.push({
      name: name.slice(0, -'.npy'.length),
      expandedBytes: place.expandedBytes,
      expand: () => expand(bytes, view, { ...place, flags, method, checksum, name }, directory.offset, limits.maxExpandedBytes),
    });
  }
  if (offset !== directory.end) throw damaged();
  if (new Set(members.map((member) => member.name)).size !== members.length) throw new Error('the .npz has two members of the same name');
  return members;
}

interface EntryPlace {
  readonly packedBytes: number;
  readonly expandedBytes: number;
  readonly offset: number;
}

interface Entry extends EntryPlace {
  readonly flags: number;
  readonly method: number;
  readonly checksum: number;
  readonly name: string;
}

function expand(bytes: Uint8Array, view: DataView, entry: Entry, directoryOffset: number, maxBytes: number): Uint8Array {
  if (entry.expandedBytes > maxBytes) throw new Error(`the .npz member ${entry.name} expands to ${entry.expandedBytes} bytes; at most ${maxBytes} are read`);
  if ((entry.flags & ENCRYPTED_FLAG) !== 0) throw new Error('the .npz is encrypted');
  if (entry.offset + 30 > directoryOffset || view.getUint32(entry.offset, true) !== LOCAL_ENTRY) throw damaged();
  const start = entry.offset + 30 + view.getUint16(entry.offset + 26, true) + view.getUint16(entry.offset + 28, true);
  if (start + entry.packedBytes > directoryOffset) throw damaged();
  const packed = bytes.subarray(start, start + entry.packedBytes);
  const content = unpack(packed, entry);
  if (content.length !== entry.expandedBytes || crc32(content) !== entry.checksum) throw new Error(`the .npz member ${entry.name} is damaged`);
  return content;
}

function unpack(packed: Uint8Array, entry: Entry): Uint8Array {
  if (entry.method === 0) return packed;
  if (entry.method !== 8) throw new Error(`the .npz member ${entry.name} uses compression method ${entry.method}, which is not read`);
  try {
    // zlib refuses a limit of zero.
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.expandedBytes) });
  } catch (error) {
    throw new Error(`the .npz member ${entry.name} is damaged`, { cause: error });
  }
}

interface Directory {
  readonly entries: number;
  readonly offset: number;
  readonly end: number;
}

function findDirectory(view: DataView): Directory {
  const size = view.byteLength;
  const earliest = Math.max(0, size - END_BYTES - MAX_COMMENT_BYTES);
  for (let at = size - END_BYTES; at >= earliest; at -= 1) {
    if (view.getUint32(at, true) !== END_OF_DIRECTORY || at + END_BYTES + view.getUint16(at + 20, true) !== size) continue;
    const plain = { entries: view.getUint16(at + 10, true), bytes: view.getUint32(at + 12, true), offset: view.getUint32(at + 16, true) };
    const needs64 = plain.entries === 0xffff || plain.bytes === 0xffffffff || plain.offset === 0xffffffff;
    const found = needs64 ? findDirectory64(view, at) : { ...plain, end: at };
    if (found.offset + found.bytes !== found.end) throw damaged();
    return { entries: found.entries, offset: found.offset, end: found.end };
  }
  throw new Error('truncated .npz: its directory is missing');
}

function findDirectory64(view: DataView, end: number): Directory & { readonly bytes: number } {
  const locator = end - 20;
  if (locator < 0 || view.getUint32(locator, true) !== ZIP64_LOCATOR) throw damaged();
  const at = Number(view.getBigUint64(locator + 8, true));
  if (at + 56 > locator || view.getUint32(at, true) !== ZIP64_END_OF_DIRECTORY) throw damaged();
  return {
    entries: Number(view.getBigUint64(at + 32, true)), bytes: Number(view.getBigUint64(at + 40, true)), offset: Number(view.getBigUint64(at + 48, true)), end: at,
  };
}

/** Sizes and offset of a directory entry; what is all ones there stands in the zip64 extra field, in this order. */
function entryPlace(view: DataView, entry: number, extraStart: number, extraBytes: number): EntryPlace {
  const expanded = view.getUint32(entry + 24, true);
  const packed = view.getUint32(entry + 20, true);
  const offset = view.getUint32(entry + 42, true);
  const wide = [expanded, packed, offset].filter((value) => value === 0xffffffff).length;
  if (wide === 0) return { expandedBytes: expanded, packedBytes: packed, offset };
  for (let at = extraStart; at + 4 <= extraStart + extraBytes;) {
    const length = view.getUint16(at + 2, true);
    if (at + 4 + length > extraStart + extraBytes) break;
    if (view.getUint16(at, true) === 1 && length >= wide * 8) {
      let next = at + 4;
      const widened = (value: number): number => {
        if (value !== 0xffffffff) return value;
        next += 8;
        return Number(view.getBigUint64(next - 8, true));
      };
      return { expandedBytes: widened(expanded), packedBytes: widened(packed), offset: widened(offset) };
    }
    at += 4 + length;
  }
  throw damaged();
}

function damaged(): Error {
  return new Error('the .npz directory is damaged');
}
