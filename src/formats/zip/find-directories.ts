import { MAX_DIRECTORY_BYTES } from '../../artifacts/archive-limits.ts';
import type { ByteSource } from '../../artifacts/byte-source.ts';
import type { ArchiveObservation } from '../../model/archive.ts';
import {
  DIRECTORY_ENTRY, END_RECORD, END_RECORD_BYTES, ZIP64_END_RECORD, ZIP64_END_RECORD_BYTES, ZIP64_LOCATOR, ZIP64_LOCATOR_BYTES,
} from './records.ts';

/** A central directory as some reader would find it. */
export interface FoundDirectory {
  readonly offset: number;
  readonly bytes: number;
  /** As its end record says. */
  readonly entries: number;
  /** How far everything lies behind where the end record says: bytes in front of the archive. */
  readonly shift: number;
}

export interface Directories {
  /** The one most readers take comes first; empty when no end record was found. */
  readonly found: readonly FoundDirectory[];
  /** From the first end record (zip64's own, if there is one) to the end of its comment. */
  readonly end: { readonly offset: number; readonly after: number; /** Where the comment begins. */ readonly comment: number } | undefined;
  readonly observations: readonly ArchiveObservation[];
}

/** A comment has at most 65,535 bytes; a mebibyte more, so that appended data does not hide the archive from us. */
const SEARCH_BYTES = END_RECORD_BYTES + 65_535 + 2 ** 20;

/** End records that are followed; whoever writes more wants us to work. */
const MAX_END_RECORDS = 8;

interface EndRecord {
  readonly at: number;
  readonly entries: number;
  readonly bytes: number;
  readonly offset: number;
  readonly disk: number;
  readonly commentBytes: number;
}

/**
 * Every central directory that a reader could take for the archive's. Readers differ: the last end record (CPython, miniz)
 * or the one whose comment reaches the end of the file (Java, Info-ZIP); the directory right before its end record
 * (CPython) or at the offset written in it (miniz); zip64 numbers or the plain ones. Where they lead to one directory all
 * is well; where not, the archive holds different things for different programs (CWE-436).
 */
export async function findDirectories(source: ByteSource): Promise<Directories> {
  const { size } = source;
  const start = Math.max(0, size - SEARCH_BYTES);
  const tail = await source.read(start, size - start);
  const records = endRecords(tail, start);
  const last = records[0];
  if (last === undefined) return { found: [], end: undefined, observations: [] };
  const reachOf = (one: EndRecord): number => one.at + END_RECORD_BYTES + one.commentBytes;
  // The outermost one in whose comment the last one lies, or the one that reaches the end of the file.
  const main = records.findLast((one) => reachOf(one) <= size && reachOf(one) >= last.at + END_RECORD_BYTES) ?? last;
  const observations: ArchiveObservation[] = [];
  if (last !== main) {
    observations.push({
      oddity: 'second-end-record', bytes: { offset: last.at, length: END_RECORD_BYTES },
      detail: `Its comment holds another end record at ${last.at}; programs that search from the end take that one.`,
    });
  }
  if (reachOf(main) > size) {
    observations.push({
      oddity: 'damaged-directory', bytes: { offset: main.at, length: size - main.at },
      detail: `Its comment is said to have ${main.commentBytes} bytes; the file ends before that.`,
    });
  }
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  const found: FoundDirectory[] = [];
  let endOffset = main.at;
  for (const record of last === main ? [main] : [main, last]) {
    const wide = readZip64(view, start, record, size);
    if (record === main && wide.length > 0) endOffset = Math.min(...wide.map((one) => one.at));
    if (record === main) observations.push(...disagreements(record, wide));
    for (const { at, bytes, offset, entries } of [...wide, plainOf(record)]) {
      // Right before the record, where most readers look, and at the offset written in it. Before a plain record that has a
      // zip64 form stands that form, not the directory.
      const isReplaced = at === record.at && wide.length > 0;
      for (const where of isReplaced ? [offset] : [at - bytes, offset]) {
        if (where < 0 || bytes > MAX_DIRECTORY_BYTES || where + bytes > size || found.some((one) => one.offset === where)) continue;
        if (bytes === 0 ? where !== at : !(await startsWithEntry(source, where))) continue;
        found.push({ offset: where, bytes, entries, shift: where - offset });
      }
    }
  }
  if (found.length > 1) {
    const [first, second] = found;
    observations.push({
      oddity: 'second-directory', bytes: { offset: second?.offset ?? 0, length: second?.bytes ?? 0 },
      detail: `One reading of the end record leads to a directory at ${first?.offset ?? 0}, another to one at ${second?.offset ?? 0}.`,
    });
  }
  return { found, end: { offset: endOffset, after: Math.min(size, main.at + END_RECORD_BYTES + main.commentBytes), comment: main.at + END_RECORD_BYTES }, observations };
}

/** Whether the file ends with the end record of a zip, its comment reaching exactly to the end of the file. */
export function endsAsZip(tail: Uint8Array, size: number): boolean {
  const start = size - tail.byteLength;
  return endRecords(tail, start).some(
    (one) => one.at + END_RECORD_BYTES + one.commentBytes === size && one.disk === 0 && (one.entries > 0 || one.bytes === 0) && one.bytes <= one.at,
  );
}

/** From the last to the first. */
function endRecords(tail: Uint8Array, start: number): EndRecord[] {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  const records: EndRecord[] = [];
  for (let at = tail.byteLength - END_RECORD_BYTES; at >= 0 && records.length < MAX_END_RECORDS; at -= 1) {
    if (tail[at] !== 0x50 || view.getUint32(at, true) !== END_RECORD) continue;
    records.push({
      at: start + at, disk: view.getUint16(at + 4, true), entries: view.getUint16(at + 10, true),
      bytes: view.getUint32(at + 12, true), offset: view.getUint32(at + 16, true), commentBytes: view.getUint16(at + 20, true),
    });
  }
  return records;
}

interface Reading {
  /** Where the directory has to end. */
  readonly at: number;
  readonly bytes: number;
  readonly offset: number;
  readonly entries: number;
}

function plainOf({ at, bytes, offset, entries }: EndRecord): Reading {
  return { at, bytes, offset, entries };
}

/** The zip64 record at the offset that its locator names and the one right before the locator: often the same. */
function readZip64(tail: DataView, start: number, { at }: EndRecord, size: number): Reading[] {
  const locator = at - ZIP64_LOCATOR_BYTES - start;
  if (locator < 0 || tail.getUint32(locator, true) !== ZIP64_LOCATOR) return [];
  const named = Number(tail.getBigUint64(locator + 8, true));
  const readings: Reading[] = [];
  for (const where of new Set([at - ZIP64_LOCATOR_BYTES - ZIP64_END_RECORD_BYTES, named])) {
    const inTail = where - start;
    if (inTail < 0 || where + ZIP64_END_RECORD_BYTES > size || tail.getUint32(inTail, true) !== ZIP64_END_RECORD) continue;
    readings.push({
      at: where, entries: Number(tail.getBigUint64(inTail + 32, true)),
      bytes: Number(tail.getBigUint64(inTail + 40, true)), offset: Number(tail.getBigUint64(inTail + 48, true)),
    });
  }
  return readings;
}

function disagreements(record: EndRecord, wide: readonly Reading[]): ArchiveObservation[] {
  const bytes = { offset: record.at, length: END_RECORD_BYTES };
  const seen: ArchiveObservation[] = [];
  if (record.disk !== 0 && record.disk !== 0xffff) seen.push({ oddity: 'end-record-mismatch', bytes, detail: `It says that it is part ${record.disk} of an archive in several files.` });
  for (const one of wide) {
    const differs = (plain: number, most: number, value: number): boolean => plain !== most && plain !== value;
    if (differs(record.entries, 0xffff, one.entries) || differs(record.bytes, 0xffff_ffff, one.bytes) || differs(record.offset, 0xffff_ffff, one.offset)) {
      seen.push({ oddity: 'end-record-mismatch', bytes, detail: 'The end record and its zip64 form disagree about where the directory is.' });
    }
  }
  return seen;
}

async function startsWithEntry(source: ByteSource, offset: number): Promise<boolean> {
  if (offset + 4 > source.size) return false;
  const head = await source.read(offset, 4);
  return new DataView(head.buffer, head.byteOffset, 4).getUint32(0, true) === DIRECTORY_ENTRY;
}
