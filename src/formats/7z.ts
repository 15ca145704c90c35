import { crc32 } from 'node:zlib';
import { MAX_DIRECTORY_BYTES } from '../artifacts/archive-limits.ts';
import type { Artifact } from '../artifacts/artifact.ts';
import type { ByteSource } from '../artifacts/byte-source.ts';
import { decodeMember } from '../artifacts/decode-member.ts';
import type { Unpacked } from '../artifacts/decode-member/unpacked.ts';
import type { Encoding, MemberPlace } from '../artifacts/member-place.ts';
import { openMember } from '../artifacts/open-member.ts';
import { partOf } from '../artifacts/part-of.ts';
import { GateError } from '../errors.ts';
import type { ArchiveMember, ArchiveObservation } from '../model/archive.ts';
import type { Model } from '../model/model.ts';
import { parseHeader, type SevenZipFile, type SevenZipHeader, type Streams } from './7z/header.ts';
import { checkNames, linkEscapes, shortName } from './archive/check-names.ts';
import { examineContent, examineMember, expansionBudget, type ExpansionBudget } from './archive/examine-member.ts';
import { isZero } from './archive/is-zero.ts';
import { uniqueNames } from './archive/unique-names.ts';
import type { FormatReader, ReadContext } from './format-reader.ts';

const MAGIC = [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c];
const START_BYTES = 32;
const AES = '06f10701';

/** Methods whose result is the content itself. Others (filters for programs, PPMd) are "not read". */
const METHODS: Readonly<Record<string, Encoding>> = { '00': 'stored', '21': 'lzma2-7z', '030101': 'lzma-7z', '040108': 'deflate', '040202': 'bzip2' };

/**
 * 7z archives. A valid file is a start header whose checksum is right, packed streams, and a header that covers them and
 * ends the file. What a stream cannot be unpacked with is trouble of its members; the header itself must be readable.
 */
export const sevenZip: FormatReader = {
  meta: {
    id: '7z',
    title: '7z archive',
    extensions: ['.7z'],
    specification: 'https://github.com/ip7z/7zip/blob/main/DOC/7zFormat.txt (24.09)',
    provides: ['archive'],
    isStreamed: true,
    since: '0.2.0',
  },
  match: (head) => (MAGIC.every((byte, index) => head[index] === byte) ? 'certain' : undefined),
  read: readSevenZip,
};

async function readSevenZip(artifact: Artifact, context: ReadContext): Promise<Model> {
  const source = artifact.bytes;
  const observations: ArchiveObservation[] = [];
  const { header, end } = await readHeader(source, artifact.path, observations);
  const budget = expansionBudget(source, context);
  const members = await readMembers(source, header, budget, context, observations);
  const rest = source.size - end;
  if (rest > 0 && !(await isZero(source, end, rest))) {
    observations.push({ oddity: 'appended-data', bytes: { offset: end, length: rest }, detail: `${rest} bytes lie behind the end of the archive.` });
    const place: MemberPlace = { offset: end, length: rest, encoding: 'stored', size: rest };
    const { digest, head, tail, isText } = await examineMember(source, place, budget, context);
    members.push({ name: '(appended bytes)', kind: 'region', size: rest, digest, place, head, tail, isText });
  }
  return { artifact, format: '7z', facets: { archive: { members, observations } }, problems: {}, absences: {}, unclaimed: [], companions: [], notes: [] };
}

async function readHeader(source: ByteSource, path: string, observations: ArchiveObservation[]): Promise<{ header: SevenZipHeader; end: number }> {
  if (source.size < START_BYTES) throw cut(path, source.size);
  const start = await source.read(0, START_BYTES);
  const view = new DataView(start.buffer, start.byteOffset, START_BYTES);
  if (view.getUint32(8, true) !== crc32(start.slice(12))) observations.push({ oddity: 'bad-checksum', bytes: { offset: 8, length: 4 }, detail: 'The checksum of the start header is wrong.' });
  const [offset, size] = [Number(view.getBigUint64(12, true)), Number(view.getBigUint64(20, true))];
  if (offset > source.size - START_BYTES || size > source.size - START_BYTES - offset) throw cut(path, source.size);
  if (size > MAX_DIRECTORY_BYTES) throw new GateError({ code: 'format/limit-exceeded', message: `The header has ${size} bytes; at most ${MAX_DIRECTORY_BYTES} are read.`, where: { artifact: path }, nextStep: 'Split the archive.' });
  const end = START_BYTES + offset + size;
  if (size === 0) return { header: { streams: undefined, files: [] }, end };
  const bytes = await source.read(START_BYTES + offset, size);
  if (crc32(bytes) !== view.getUint32(28, true)) observations.push({ oddity: 'bad-checksum', bytes: { offset: START_BYTES + offset, length: size }, detail: 'The checksum of the header is wrong.' });
  let parsed = parseHeader(bytes, START_BYTES + offset);
  // A packed header holds a plain one; a second packing hides something.
  if ('packedHeader' in parsed) {
    const place = placeOf(parsed.packedHeader, 0);
    if (typeof place === 'string') throw new GateError({ code: place === ENCRYPTED ? 'format/encrypted' : 'format/unsupported', message: `The list of members: ${place}`, where: { artifact: path }, nextStep: 'Pack the archive again without encryption and further filters.' });
    if (place.size > MAX_DIRECTORY_BYTES) throw new GateError({ code: 'format/limit-exceeded', message: 'The packed header is too large.', where: { artifact: path }, nextStep: 'Split the archive.' });
    const plain = await openMember(source, [place], path);
    parsed = parseHeader(await plain.read(0, plain.size), 0);
  }
  if ('packedHeader' in parsed) throw new GateError({ code: 'format/malformed', message: 'The header is packed twice.', where: { artifact: path }, nextStep: 'Pack the archive again.' });
  return { header: parsed, end };
}

const ENCRYPTED = 'it is encrypted.';

/** Where the packed stream of a folder lies and how to unpack it; a text says why it cannot be. */
function placeOf({ packedOffset, packedSizes, folders }: Streams, index: number): MemberPlace | string {
  const folder = folders[index];
  if (folder === undefined) return 'it has no packed stream.';
  const first = folders.slice(0, index).reduce((sum, one) => sum + one.packedStreams, 0);
  const offset = START_BYTES + packedOffset + packedSizes.slice(0, first).reduce((sum, one) => sum + one, 0);
  if (folder.coders.some(({ method }) => method === AES)) return ENCRYPTED;
  const [coder, ...others] = folder.coders;
  const encoding = coder === undefined || others.length > 0 ? undefined : METHODS[coder.method];
  if (coder === undefined || encoding === undefined) {
    return `it is packed with ${folder.coders.length === 0 ? 'many steps' : `the methods ${folder.coders.map(({ method }) => method).join(', ')}`}, which are not read.`;
  }
  const properties = Buffer.from(coder.properties).toString('hex') + (encoding === 'lzma-7z' ? sizeDigits(folder.size) : '');
  return { offset, length: packedSizes[first] ?? 0, encoding, size: folder.size, ...(encoding.startsWith('lzma') && properties !== '' ? { properties } : {}) };
}

/** LZMA without an end mark ends at its size, which its place has to carry. */
function sizeDigits(size: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(size));
  return bytes.toString('hex');
}

async function readMembers(
  source: ByteSource, { streams, files }: SevenZipHeader, budget: ExpansionBudget, context: ReadContext, observations: ArchiveObservation[],
): Promise<ArchiveMember[]> {
  const place = { offset: 0, length: 0 };
  observations.push(...checkNames(files.map(({ name, isFolder }) => ({ name, isFolder, bytes: place }))));
  const nameOf = uniqueNames();
  const members: ArchiveMember[] = [];
  const withStream = files.filter((one) => one.hasStream);
  for (const { name, isFolder } of files.filter((one) => !one.hasStream)) {
    members.push({ name: nameOf(name, 0), kind: isFolder ? 'folder' : 'file', size: 0, head: new Uint8Array(0), tail: new Uint8Array(0), isText: true });
  }
  let next = 0;
  for (const index of (streams?.folders ?? []).keys()) {
    const contents = streams?.contents[index] ?? [];
    const its = withStream.slice(next, next + contents.length);
    next += contents.length;
    if (streams !== undefined) members.push(...(await readFolderMembers(source, streams, index, its, nameOf, budget, context, observations)));
  }
  if (next !== withStream.length) {
    observations.push({ oddity: 'end-record-mismatch', bytes: place, detail: `The header lists ${withStream.length} members with content, its streams hold ${next}.` });
  }
  return members;
}

async function readFolderMembers(
  source: ByteSource, streams: Streams, index: number, files: readonly SevenZipFile[], nameOf: (name: string, offset: number) => string,
  budget: ExpansionBudget, context: ReadContext, observations: ArchiveObservation[],
): Promise<ArchiveMember[]> {
  const place = placeOf(streams, index);
  const contents = streams.contents[index] ?? [];
  const members: ArchiveMember[] = [];
  const unread = (file: SevenZipFile, size: number, error: GateError): void => {
    members.push({ name: nameOf(file.name, index), kind: kindOf(file), size, head: new Uint8Array(0), tail: new Uint8Array(0), isText: false, trouble: error.toData() });
  };
  if (typeof place === 'string' || place.length > source.size - place.offset) {
    const isCut = typeof place !== 'string';
    for (const [at, file] of files.entries()) {
      const reason = isCut ? 'its packed stream passes the end of the file.' : place;
      if (reason === ENCRYPTED) observations.push({ oddity: 'encrypted', member: shortName(file.name), detail: 'It is encrypted, so nothing of its content was examined.' });
      unread(file, contents[at]?.size ?? 0, new GateError({
        code: isCut ? 'format/truncated' : reason === ENCRYPTED ? 'format/encrypted' : 'format/unsupported', message: `The member cannot be read: ${reason}`, where: { offset: 0 },
        nextStep: 'Pack the archive again without encryption and further filters.',
      }));
    }
    return members;
  }
  const bytes = { offset: place.offset, length: place.length };
  const pieces = sharedPieces(decodeMember(source, place));
  let skip = 0;
  let broken: GateError | undefined;
  for (const [at, file] of files.entries()) {
    const { size = 0, checksum } = contents[at] ?? {};
    // Behind the place where a stream breaks nothing of it can be unpacked.
    if (broken !== undefined) {
      unread(file, size, broken);
      continue;
    }
    const examined = await examineContent(() => pieces.take(size), place, budget, context);
    const member = shortName(file.name);
    if (examined.trouble !== undefined) {
      broken = new GateError(examined.trouble);
      observations.push({ oddity: examined.trouble.code === 'format/limit-exceeded' ? 'expansion' : 'unreadable-member', member, bytes, detail: examined.trouble.message });
      members.push({ name: nameOf(file.name, index), kind: kindOf(file), size: examined.size, head: examined.head, tail: examined.tail, isText: false, trouble: examined.trouble });
    } else {
      if (examined.size !== size) observations.push({ oddity: 'size-mismatch', member, bytes, detail: `It is said to unpack to ${size} bytes and unpacks to ${examined.size}.` });
      else if (checksum !== undefined && checksum !== examined.checksum) observations.push({ oddity: 'bad-checksum', member, bytes, detail: 'The checksum in the header is not that of its content.' });
      const { digest, head, tail, isText } = examined;
      const kind = kindOf(file);
      if (kind === 'device') observations.push({ oddity: 'device', member, bytes, detail: 'It is marked as a device, a pipe or a socket.' });
      if (kind === 'link') observations.push(linkObservation(file.name, head, bytes));
      members.push({ name: nameOf(file.name, index), kind, size: examined.size, digest, head, tail, isText, place: { ...place, size: examined.size, skip } });
    }
    skip += size;
  }
  const left = await pieces.end();
  if (broken !== undefined) return members;
  if (left.unpacked > 0) observations.push({ oddity: 'hidden-bytes', bytes, detail: 'A packed stream unpacks to more than its members.' });
  else if (left.consumed !== undefined && left.consumed < place.length) observations.push({ oddity: 'hidden-bytes', bytes, detail: `A packed stream ends ${place.length - left.consumed} bytes before the place it takes up.` });
  return members;
}

/** Shares one unpacked stream between the members that follow each other in it. */
function sharedPieces(pieces: Unpacked): { take(size: number): Unpacked; end(): Promise<{ unpacked: number; consumed: number | undefined }> } {
  let piece = new Uint8Array(0);
  let at = 0;
  let isEnded = false;
  let consumed: number | undefined;
  const more = async (): Promise<boolean> => {
    while (at === piece.byteLength && !isEnded) {
      const { value, done } = await pieces.next();
      isEnded = done === true;
      if (done === true) consumed = value;
      else [piece, at] = [Uint8Array.from(value), 0];
    }
    return at < piece.byteLength;
  };
  return {
    async *take(size) {
      let left = size;
      while (left > 0 && (await more())) {
        const part = partOf(piece, at, Math.min(left, piece.byteLength - at));
        at += part.byteLength;
        left -= part.byteLength;
        yield part;
      }
      return 0;
    },
    async end() {
      const isMore = await more().catch(() => false);
      await pieces.return(0);
      return { unpacked: isMore ? piece.byteLength - at : 0, consumed };
    },
  };
}

/** The high half of the attributes is the Unix mode where bit 15 says so. */
function kindOf({ attributes }: SevenZipFile): ArchiveMember['kind'] {
  const mode = (attributes & 0x8000) === 0 ? 0 : (attributes >>> 16) & 0o170000;
  if (mode === 0o120000) return 'link';
  return mode === 0o010000 || mode === 0o020000 || mode === 0o060000 || mode === 0o140000 ? 'device' : 'file';
}

function linkObservation(name: string, head: Uint8Array, bytes: { offset: number; length: number }): ArchiveObservation {
  const target = new TextDecoder().decode(head);
  const shown = JSON.stringify(shortName(target));
  return linkEscapes(name, target)
    ? { oddity: 'escaping-link', member: shortName(name), bytes, detail: `It is a link to ${shown}, outside of the folder that it is unpacked into.` }
    : { oddity: 'link', member: shortName(name), bytes, detail: `It is a link to ${shown}.` };
}

function cut(path: string, at: number): GateError {
  return new GateError({ code: 'format/truncated', message: 'The file ends before the archive does.', where: { artifact: path, offset: at }, nextStep: 'Fetch or pack the file again.' });
}
