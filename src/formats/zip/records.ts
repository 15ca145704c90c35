import { crc32 } from 'node:zlib';
import { partOf } from '../../artifacts/part-of.ts';

/** Signatures and sizes: PKWARE APPNOTE 6.3.10, sections 4.3.6 to 4.3.16. */
export const LOCAL_HEADER = 0x04034b50;
export const DIRECTORY_ENTRY = 0x02014b50;
export const END_RECORD = 0x06054b50;
export const ZIP64_END_RECORD = 0x06064b50;
export const ZIP64_LOCATOR = 0x07064b50;
export const DATA_DESCRIPTOR = 0x08074b50;
export const LOCAL_HEADER_BYTES = 30;
export const DIRECTORY_ENTRY_BYTES = 46;
export const END_RECORD_BYTES = 22;
export const ZIP64_END_RECORD_BYTES = 56;
export const ZIP64_LOCATOR_BYTES = 20;

/** Bits of the general purpose flags, section 4.4.4. */
export const FLAG_ENCRYPTED = 0x1;
export const FLAG_DESCRIPTOR = 0x8;
export const FLAG_PATCHED = 0x20;
export const FLAG_STRONG_ENCRYPTION = 0x40;
export const FLAG_UTF8 = 0x800;
export const FLAG_MASKED = 0x2000;

const ZIP64_EXTRA = 0x0001;
const UNICODE_PATH_EXTRA = 0x7075;

/** What the directory and a local header both say of a member. */
export interface Header {
  readonly name: string;
  readonly nameBytes: Uint8Array;
  /** The name in the Info-ZIP Unicode Path field, where it is there and made for this name. */
  readonly unicodeName?: string;
  readonly flags: number;
  readonly method: number;
  readonly checksum: number;
  readonly packed: number;
  readonly size: number;
}

export interface DirectoryEntry extends Header {
  /** Where the entry itself lies. */
  readonly at: number;
  readonly bytes: number;
  /** As written; what lies in front of the archive may shift it. */
  readonly localOffset: number;
  /** System whose attributes these are: 3 is Unix, 19 macOS. */
  readonly host: number;
  readonly attributes: number;
  readonly disk: number;
  readonly commentBytes: number;
}

export interface LocalHeader extends Header {
  readonly at: number;
  readonly dataOffset: number;
  readonly hasZip64: boolean;
}

/** The entry at the start of `bytes`, which begin at `at` in the file; undefined when none is there or it is cut off. */
export function parseDirectoryEntry(bytes: Uint8Array, at: number): DirectoryEntry | undefined {
  if (bytes.byteLength < DIRECTORY_ENTRY_BYTES) return undefined;
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== DIRECTORY_ENTRY) return undefined;
  const [nameLength, extraLength, commentBytes] = [view.getUint16(28, true), view.getUint16(30, true), view.getUint16(32, true)];
  const length = DIRECTORY_ENTRY_BYTES + nameLength + extraLength + commentBytes;
  if (length > bytes.byteLength) return undefined;
  const flags = view.getUint16(8, true);
  const nameBytes = bytes.slice(DIRECTORY_ENTRY_BYTES, DIRECTORY_ENTRY_BYTES + nameLength);
  const extra = extraFields(partOf(bytes, DIRECTORY_ENTRY_BYTES + nameLength, extraLength));
  const wide = widen(extra.get(ZIP64_EXTRA), [view.getUint32(24, true), view.getUint32(20, true), view.getUint32(42, true)]);
  return {
    at, bytes: length, nameBytes, ...namesOf(nameBytes, flags, extra), flags,
    method: view.getUint16(10, true), checksum: view.getUint32(16, true),
    size: wide[0] ?? 0, packed: wide[1] ?? 0, localOffset: wide[2] ?? 0,
    host: view.getUint8(5), attributes: view.getUint32(38, true), disk: view.getUint16(34, true), commentBytes,
  };
}

/** Name and extra field follow the fixed part: read that first, then as many bytes as it says. */
export function localHeaderBytes(fixed: Uint8Array): number | undefined {
  if (fixed.byteLength < LOCAL_HEADER_BYTES) return undefined;
  const view = viewOf(fixed);
  if (view.getUint32(0, true) !== LOCAL_HEADER) return undefined;
  return LOCAL_HEADER_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
}

export function parseLocalHeader(bytes: Uint8Array, at: number): LocalHeader | undefined {
  const length = localHeaderBytes(bytes);
  if (length === undefined || length > bytes.byteLength) return undefined;
  const view = viewOf(bytes);
  const nameLength = view.getUint16(26, true);
  const flags = view.getUint16(6, true);
  const nameBytes = bytes.slice(LOCAL_HEADER_BYTES, LOCAL_HEADER_BYTES + nameLength);
  const extra = extraFields(partOf(bytes, LOCAL_HEADER_BYTES + nameLength, length - LOCAL_HEADER_BYTES - nameLength));
  const wide = widen(extra.get(ZIP64_EXTRA), [view.getUint32(22, true), view.getUint32(18, true)]);
  return {
    at, dataOffset: at + length, nameBytes, ...namesOf(nameBytes, flags, extra), flags,
    method: view.getUint16(8, true), checksum: view.getUint32(14, true),
    size: wide[0] ?? 0, packed: wide[1] ?? 0, hasZip64: extra.has(ZIP64_EXTRA),
  };
}

/** Extra fields by id. What does not parse is left out: PyTorch pads with it, and older tools wrote anything. */
function extraFields(extra: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const fields = new Map<number, Uint8Array>();
  const view = viewOf(extra);
  for (let at = 0; at + 4 <= extra.byteLength;) {
    const length = view.getUint16(at + 2, true);
    if (at + 4 + length > extra.byteLength) break;
    const id = view.getUint16(at, true);
    if (!fields.has(id)) fields.set(id, partOf(extra, at + 4, length));
    at += 4 + length;
  }
  return fields;
}

/** Values that are all ones stand in the zip64 field, in this order (section 4.5.3). A number too large to be exact stays as it is and reaches past any file. */
function widen(field: Uint8Array | undefined, values: readonly number[]): number[] {
  if (field === undefined) return [...values];
  const view = viewOf(field);
  let at = 0;
  return values.map((value) => {
    if (value !== 0xffff_ffff || at + 8 > field.byteLength) return value;
    at += 8;
    return Number(view.getBigUint64(at - 8, true));
  });
}

function namesOf(nameBytes: Uint8Array, flags: number, extra: ReadonlyMap<number, Uint8Array>): { name: string; unicodeName?: string } {
  const name = decodeName(nameBytes, (flags & FLAG_UTF8) !== 0);
  const field = extra.get(UNICODE_PATH_EXTRA);
  // Version 1, then the checksum of the name that it replaces: one made for another name does not count (Info-ZIP).
  if (field === undefined || field.byteLength < 5 || field[0] !== 1 || viewOf(field).getUint32(1, true) !== crc32(nameBytes)) return { name };
  return { name, unicodeName: decodeName(partOf(field, 5, field.byteLength - 5), true) };
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Tools that write UTF-8 often forget to say so; what is not UTF-8 is shown byte by byte. */
function decodeName(bytes: Uint8Array, isUtf8: boolean): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return isUtf8 ? new TextDecoder().decode(bytes) : Buffer.from(bytes).toString('latin1');
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
