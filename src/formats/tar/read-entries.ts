import { MAX_ARCHIVE_MEMBERS } from '../../artifacts/archive-limits.ts';
import type { ByteSource } from '../../artifacts/byte-source.ts';
import { partOf } from '../../artifacts/part-of.ts';
import { GateError } from '../../errors.ts';
import type { ArchiveMember, ArchiveObservation } from '../../model/archive.ts';
import { shortName } from '../archive/check-names.ts';
import { BLOCK_BYTES, parseTarHeader, text } from '../../artifacts/tar-header.ts';

export interface TarEntry {
  /** Of its header. */
  readonly at: number;
  readonly name: string;
  readonly kind: ArchiveMember['kind'];
  /** Of its content. */
  readonly offset: number;
  readonly size: number;
  readonly target?: string;
  readonly isHardLink?: boolean;
  /** Why its content cannot be read. */
  readonly unread?: string;
}

export interface TarEntries {
  readonly entries: readonly TarEntry[];
  /** Behind the first block of zeros. */
  readonly end: number;
  readonly observations: readonly ArchiveObservation[];
}

/** A name or an extended header of more bytes is no name (CWE-770). */
const MAX_EXTENDED_BYTES = 1024 * 1024;

/** Numbers up to here fit the octal field, so an extended header has nothing to add. */
const MAX_OCTAL_SIZE = 8 ** 11 - 1;

/** What an extended header says about the next member, or about all that follow. */
type Extension = ReadonlyMap<string, string>;

/** Walks the headers. Throws `format/truncated` when the file ends before the archive does. */
export async function readTarEntries(source: ByteSource, path: string): Promise<TarEntries> {
  const entries: TarEntry[] = [];
  const observations: ArchiveObservation[] = [];
  let global: Extension = new Map();
  let local: Extension = new Map();
  let at = 0;
  for (;;) {
    if (at + BLOCK_BYTES > source.size) throw cut(path, at);
    const block = await source.read(at, BLOCK_BYTES);
    if (block.every((byte) => byte === 0)) {
      // The end is marked by two such blocks; with one of them the file was cut off.
      if (at + 2 * BLOCK_BYTES > source.size) throw cut(path, at);
      return { entries, end: at + BLOCK_BYTES, observations };
    }
    const header = parseTarHeader(block);
    if (header === undefined) {
      if (at === 0) throw new GateError({ code: 'format/malformed', message: 'The first header has a wrong checksum.', where: { artifact: path, offset: 0 }, nextStep: 'Fetch or pack the file again.' });
      observations.push({ oddity: 'damaged-directory', bytes: { offset: at, length: BLOCK_BYTES }, detail: `At ${at} a header is expected, and what is there is none.` });
      return { entries, end: at, observations };
    }
    const offset = at + BLOCK_BYTES;
    const extended = { ...Object.fromEntries(global), ...Object.fromEntries(local) };
    const size = sizeOf(header.size, extended['size'], header.type, shortName(extended['path'] ?? header.name), at, observations);
    if (size > source.size - offset) throw cut(path, source.size);
    const next = offset + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
    if (header.type === 'x' || header.type === 'g' || header.type === 'L' || header.type === 'K') {
      if (size > MAX_EXTENDED_BYTES) throw tooLong(path, at, size);
      const content = await source.read(offset, size);
      if (header.type === 'g') global = new Map([...global, ...paxRecords(content, path, offset)]);
      else if (header.type === 'x') local = new Map([...local, ...paxRecords(content, path, offset)]);
      else local = new Map([...local, [header.type === 'L' ? 'path' : 'linkpath', text(content)]]);
    } else {
      if (entries.length >= MAX_ARCHIVE_MEMBERS) throw tooMany(path);
      const target = extended['linkpath'] ?? header.linkName;
      entries.push({ at, name: extended['path'] ?? header.name, offset, size, ...kindOf(header.type, extended['path'] ?? header.name, target, extended) });
      local = new Map();
    }
    at = next;
  }
}

/** Links, folders and devices have no content, whatever their size field says. */
const WITHOUT_CONTENT = '123456';

/** An extended header overrides the size. Where both can say it and do not agree, programs find other members (CVE-2025-62518). */
function sizeOf(plain: number, extended: string | undefined, type: string, member: string, at: number, observations: ArchiveObservation[]): number {
  if (WITHOUT_CONTENT.includes(type)) return 0;
  if (extended === undefined || type === 'x' || type === 'g' || type === 'L' || type === 'K') return plain;
  const size = Number(extended);
  const isNumber = /^\d+$/.test(extended) && Number.isSafeInteger(size);
  if (!isNumber || (size !== plain && (size <= MAX_OCTAL_SIZE || plain !== 0))) {
    observations.push({ oddity: 'header-mismatch', member, bytes: { offset: at, length: BLOCK_BYTES }, detail: `Its header says ${plain} bytes, its extended header ${JSON.stringify(shortName(extended))}.` });
  }
  return isNumber ? size : plain;
}

function kindOf(type: string, name: string, target: string, extended: Readonly<Record<string, string>>): Pick<TarEntry, 'kind' | 'target' | 'isHardLink' | 'unread'> {
  if (type === '1' || type === '2') return { kind: 'link', target, isHardLink: type === '1' };
  if (type === '3' || type === '4' || type === '6') return { kind: 'device' };
  if (type === '5' || (type === '\0' && name.endsWith('/'))) return { kind: 'folder' };
  const isSparse = type === 'S' || Object.keys(extended).some((key) => key.startsWith('GNU.sparse.'));
  if (isSparse) return { kind: 'file', unread: 'The member is sparse: its content is not stored as a whole.' };
  if (type === '0' || type === '\0' || type === '7') return { kind: 'file' };
  return { kind: 'file', unread: `The member is of kind ${JSON.stringify(type)}, which is not read.` };
}

/** Records "LENGTH KEY=VALUE\n" (POSIX.1-2017, "pax Extended Header"). */
function paxRecords(content: Uint8Array, path: string, offset: number): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < content.byteLength && content[at] !== 0;) {
    const blank = content.indexOf(0x20, at);
    const digits = blank < 0 ? '' : Buffer.from(partOf(content, at, blank - at)).toString('latin1');
    const length = /^\d{1,7}$/.test(digits) ? Number(digits) : 0;
    const end = at + length - 1;
    const equals = content.indexOf(0x3d, blank);
    if (length === 0 || end >= content.byteLength || content[end] !== 0x0a || equals < 0 || equals >= end) {
      throw new GateError({ code: 'format/malformed', message: 'A record of an extended header is damaged.', where: { artifact: path, offset: offset + at }, nextStep: 'Fetch or pack the file again.' });
    }
    records.set(text(partOf(content, blank + 1, equals - blank - 1)), Buffer.from(partOf(content, equals + 1, end - equals - 1)).toString('utf8'));
    at += length;
  }
  return records;
}

function cut(path: string, at: number): GateError {
  return new GateError({ code: 'format/truncated', message: 'The file ends before the archive does.', where: { artifact: path, offset: at }, nextStep: 'Fetch or pack the file again.' });
}

function tooLong(path: string, at: number, size: number): GateError {
  return new GateError({ code: 'format/limit-exceeded', message: `An extended header has ${size} bytes; at most ${MAX_EXTENDED_BYTES} are read.`, where: { artifact: path, offset: at }, nextStep: 'Pack the archive again.' });
}

function tooMany(path: string): GateError {
  return new GateError({ code: 'format/limit-exceeded', message: `The archive has more than ${MAX_ARCHIVE_MEMBERS} members.`, where: { artifact: path }, nextStep: 'Split the archive, or unpack it and gate what it holds.' });
}
