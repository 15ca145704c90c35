import { MAX_ARCHIVE_MEMBERS } from '../../artifacts/archive-limits.ts';
import { Cursor } from '../../artifacts/cursor.ts';
import { GateError } from '../../errors.ts';

/** One step of unpacking: the method's id as hexadecimal digits, and what it needs to know. */
export interface Coder {
  readonly method: string;
  readonly properties: Uint8Array;
}

/** A packed stream and the members it unpacks to, one after the other. */
export interface Folder {
  /** Empty where the steps are more than a chain of one. */
  readonly coders: readonly Coder[];
  readonly packedStreams: number;
  readonly size: number;
  readonly checksum?: number;
}

export interface Streams {
  /** From the end of the signature header (byte 32). */
  readonly packedOffset: number;
  readonly packedSizes: readonly number[];
  readonly folders: readonly Folder[];
  /** Sizes and checksums of what each folder holds. */
  readonly contents: readonly (readonly { readonly size: number; readonly checksum?: number }[])[];
}

export interface SevenZipFile {
  readonly name: string;
  readonly hasStream: boolean;
  readonly isFolder: boolean;
  readonly attributes: number;
}

export interface SevenZipHeader {
  readonly streams: Streams | undefined;
  readonly files: readonly SevenZipFile[];
}

/** Ids of 7zFormat.txt, "Property IDs". */
const ID = {
  end: 0x00, header: 0x01, archiveProperties: 0x02, additionalStreams: 0x03, mainStreams: 0x04, files: 0x05, packInfo: 0x06, unpackInfo: 0x07,
  subStreams: 0x08, size: 0x09, checksum: 0x0a, folder: 0x0b, unpackSize: 0x0c, streamCount: 0x0d, emptyStream: 0x0e, emptyFile: 0x0f, names: 0x11,
  attributes: 0x15, encodedHeader: 0x17,
} as const;

const MAX_CODERS = 4;
const MAX_NAMES_BYTES = 64 * 2 ** 20;

/** The header, or the streams in which it is packed. */
export function parseHeader(bytes: Uint8Array, offset: number): SevenZipHeader | { readonly packedHeader: Streams } {
  const cursor = new Cursor(bytes, { offset });
  const kind = cursor.u8();
  if (kind === ID.encodedHeader) return { packedHeader: readStreams(cursor) };
  if (kind !== ID.header) throw cursor.malformed('The header is neither plain nor packed.');
  let streams: Streams | undefined;
  let files: readonly SevenZipFile[] = [];
  for (let id = cursor.u8(); id !== ID.end; id = cursor.u8()) {
    if (id === ID.archiveProperties) skipProperties(cursor);
    else if (id === ID.mainStreams) streams = readStreams(cursor);
    else if (id === ID.files) files = readFiles(cursor);
    else throw cursor.malformed(`The header holds a part ${id}, which is not read.`);
  }
  return { streams, files };
}

/** Numbers of 7z: the leading one bits of the first byte count the bytes that follow. */
function number(cursor: Cursor): number {
  const from = cursor.position;
  const first = cursor.u8();
  let value = 0n;
  let mask = 0x80;
  for (let index = 0; index < 8; index += 1) {
    if ((first & mask) === 0) {
      value |= BigInt(first & (mask - 1)) << BigInt(8 * index);
      break;
    }
    value |= BigInt(cursor.u8()) << BigInt(8 * index);
    mask >>= 1;
  }
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw cursor.malformed('A number is too large.', from);
  return Number(value);
}

/** How many of something; each takes at least a bit of the header, so more than this cannot be meant (CWE-789). */
function count(cursor: Cursor): number {
  const value = number(cursor);
  if (value <= MAX_ARCHIVE_MEMBERS) return value;
  throw new GateError({
    code: 'format/limit-exceeded', message: `The archive counts ${value} of something; at most ${MAX_ARCHIVE_MEMBERS} are read.`,
    where: { offset: cursor.position }, nextStep: 'Split the archive, or unpack it and gate what it holds.',
  });
}

function bits(cursor: Cursor, length: number): boolean[] {
  const values: boolean[] = [];
  let byte = 0;
  for (let index = 0; index < length; index += 1) {
    if (index % 8 === 0) byte = cursor.u8();
    values.push((byte & (0x80 >> (index % 8))) !== 0);
  }
  return values;
}

function bitsOrAll(cursor: Cursor, length: number): boolean[] {
  return cursor.u8() !== 0 ? Array.from({ length }, () => true) : bits(cursor, length);
}

function checksums(cursor: Cursor, length: number): (number | undefined)[] {
  return bitsOrAll(cursor, length).map((isThere) => (isThere ? cursor.u32le() : undefined));
}

function skipProperties(cursor: Cursor): void {
  for (let id = cursor.u8(); id !== ID.end; id = cursor.u8()) cursor.skip(number(cursor));
}

function readStreams(cursor: Cursor): Streams {
  let packedOffset = 0;
  let packedSizes: number[] = [];
  let folders: Folder[] = [];
  let contents: { size: number; checksum?: number }[][] | undefined;
  for (let id = cursor.u8(); id !== ID.end; id = cursor.u8()) {
    if (id === ID.packInfo) {
      packedOffset = number(cursor);
      const length = count(cursor);
      for (let part = cursor.u8(); part !== ID.end; part = cursor.u8()) {
        if (part === ID.size) packedSizes = Array.from({ length }, () => number(cursor));
        else if (part === ID.checksum) checksums(cursor, length);
        else throw cursor.malformed(`The list of packed streams holds a part ${part}, which is not read.`);
      }
    } else if (id === ID.unpackInfo) folders = readFolders(cursor);
    else if (id === ID.subStreams) contents = readSubStreams(cursor, folders);
    else throw cursor.malformed(`The list of streams holds a part ${id}, which is not read.`);
  }
  return { packedOffset, packedSizes, folders, contents: contents ?? folders.map(({ size, checksum }) => [{ size, ...(checksum === undefined ? {} : { checksum }) }]) };
}

function readFolders(cursor: Cursor): Folder[] {
  if (cursor.u8() !== ID.folder) throw cursor.malformed('A list of folders is expected.');
  const length = count(cursor);
  if (cursor.u8() !== 0) throw cursor.malformed('The list of folders lies elsewhere, which is not read.');
  const shapes = Array.from({ length }, () => readFolder(cursor));
  if (cursor.u8() !== ID.unpackSize) throw cursor.malformed('Unpacked sizes are expected.');
  const sizes = shapes.map(({ outputs }) => Array.from({ length: outputs }, () => number(cursor)));
  let sums: (number | undefined)[] = [];
  for (let part = cursor.u8(); part !== ID.end; part = cursor.u8()) {
    if (part !== ID.checksum) throw cursor.malformed(`The list of folders holds a part ${part}, which is not read.`);
    sums = checksums(cursor, length);
  }
  return shapes.map(({ coders, packedStreams, last }, index): Folder => {
    const checksum = sums[index];
    return { coders, packedStreams, size: sizes[index]?.[last] ?? 0, ...(checksum === undefined ? {} : { checksum }) };
  });
}

function readFolder(cursor: Cursor): { coders: Coder[]; packedStreams: number; outputs: number; last: number } {
  const coderCount = number(cursor);
  if (coderCount < 1 || coderCount > 32) throw cursor.malformed(`A folder has ${coderCount} steps.`);
  let [inputs, outputs] = [0, 0];
  const coders = Array.from({ length: coderCount }, (): Coder => {
    const flags = cursor.u8();
    const method = Buffer.from(cursor.bytes(flags & 0x0f)).toString('hex');
    const [its, gives] = (flags & 0x10) === 0 ? [1, 1] : [number(cursor), number(cursor)];
    if (its > 32 || gives > 32) throw cursor.malformed('A step has too many streams.');
    inputs += its;
    outputs += gives;
    return { method, properties: (flags & 0x20) === 0 ? new Uint8Array(0) : cursor.bytes(number(cursor)).slice() };
  });
  const bound = new Set<number>();
  for (let pair = 0; pair < outputs - 1; pair += 1) {
    number(cursor);
    bound.add(number(cursor));
  }
  const packedStreams = inputs - Math.max(0, outputs - 1);
  if (packedStreams < 1) throw cursor.malformed('A folder has no packed stream.');
  if (packedStreams > 1) for (let index = 0; index < packedStreams; index += 1) number(cursor);
  const last = Array.from({ length: outputs }, (_, index) => index).find((index) => !bound.has(index)) ?? 0;
  return { coders: coderCount <= MAX_CODERS ? coders : [], packedStreams, outputs, last };
}

function readSubStreams(cursor: Cursor, folders: readonly Folder[]): { size: number; checksum?: number }[][] {
  let counts = folders.map(() => 1);
  let part = cursor.u8();
  if (part === ID.streamCount) {
    counts = folders.map(() => count(cursor));
    part = cursor.u8();
  }
  const isSized = part === ID.size;
  const sizes = folders.map(({ size }, index): number[] => {
    const length = counts[index] ?? 0;
    if (length === 0) return [];
    const first = Array.from({ length: length - 1 }, () => (isSized ? number(cursor) : 0));
    const rest = size - first.reduce((sum, one) => sum + one, 0);
    if (rest < 0) throw cursor.malformed('The members of a folder are larger than the folder.');
    return [...first, rest];
  });
  if (isSized) part = cursor.u8();
  // A folder of one member has the member's checksum already.
  const isKnown = (index: number): boolean => counts[index] === 1 && folders[index]?.checksum !== undefined;
  let sums: (number | undefined)[] = [];
  for (; part !== ID.end; part = cursor.u8()) {
    if (part !== ID.checksum) throw cursor.malformed(`The list of members' streams holds a part ${part}, which is not read.`);
    sums = checksums(cursor, counts.reduce((sum, one, index) => sum + (isKnown(index) ? 0 : one), 0));
  }
  let next = 0;
  return sizes.map((list, index) => list.map((size) => {
    const checksum = isKnown(index) ? folders[index]?.checksum : sums[next];
    if (!isKnown(index)) next += 1;
    return { size, ...(checksum === undefined ? {} : { checksum }) };
  }));
}

function readFiles(cursor: Cursor): SevenZipFile[] {
  const length = count(cursor);
  let names: string[] = [];
  let empty: boolean[] = [];
  let emptyFile: boolean[] = [];
  let attributes: number[] = [];
  for (let id = cursor.u8(); id !== ID.end; id = cursor.u8()) {
    const part = cursor.sub(number(cursor));
    if (id === ID.names) names = readNames(part, length);
    else if (id === ID.emptyStream) empty = bits(part, length);
    else if (id === ID.emptyFile) emptyFile = bits(part, empty.filter(Boolean).length);
    else if (id === ID.attributes) {
      const there = bitsOrAll(part, length);
      if (part.u8() !== 0) throw cursor.malformed('Attributes lie elsewhere, which is not read.');
      attributes = there.map((isThere) => (isThere ? part.u32le() : 0));
    }
  }
  let emptyIndex = 0;
  return Array.from({ length }, (_, index): SevenZipFile => {
    const hasStream = empty[index] !== true;
    const isFolder = !hasStream && emptyFile[emptyIndex] !== true;
    if (!hasStream) emptyIndex += 1;
    return { name: names[index] ?? '', hasStream, isFolder, attributes: attributes[index] ?? 0 };
  });
}

function readNames(part: Cursor, length: number): string[] {
  if (part.u8() !== 0) throw part.malformed('Names lie elsewhere, which is not read.');
  if (part.remaining > MAX_NAMES_BYTES) throw part.malformed('The names take too many bytes.');
  const text = Buffer.from(part.rest()).toString('utf16le');
  const names = text.split('\0');
  if (names.length !== length + 1 || names.at(-1) !== '') throw part.malformed(`There are ${names.length - 1} names for ${length} members.`);
  return names.slice(0, -1);
}
