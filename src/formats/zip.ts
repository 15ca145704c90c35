import type { Artifact } from '../artifacts/artifact.ts';
import type { ByteSource } from '../artifacts/byte-source.ts';
import type { Encoding, MemberPlace } from '../artifacts/member-place.ts';
import { windowedSource } from '../artifacts/windowed-source.ts';
import { GateError } from '../errors.ts';
import type { ArchiveMember, ArchiveObservation } from '../model/archive.ts';
import type { Model } from '../model/model.ts';
import { checkNames, linkEscapes, shortName } from './archive/check-names.ts';
import { examineMember, expansionBudget, type ExaminedMember, type ExpansionBudget } from './archive/examine-member.ts';
import { uniqueNames } from './archive/unique-names.ts';
import type { FormatReader, ReadContext } from './format-reader.ts';
import { structureOfTorchScript } from './torch/structure-of-torchscript.ts';
import { tensorsInZip } from './torch/tensors-in-zip.ts';
import { endsAsZip, findDirectories } from './zip/find-directories.ts';
import { findGaps } from './zip/find-gaps.ts';
import { readEntries, type ZipEntry } from './zip/read-entries.ts';
import { FLAG_DESCRIPTOR, FLAG_ENCRYPTED, FLAG_MASKED, FLAG_PATCHED, FLAG_STRONG_ENCRYPTION } from './zip/records.ts';

/**
 * Zip archives: PyTorch checkpoints, .npz, .keras, .mar, wheels. A valid file has one central directory, whose entries
 * agree with the local headers they point to, and every byte belongs to one of them. What deviates is an observation and
 * no error as long as a member can be found in some way, because some program will find it in that way.
 */
export const zip: FormatReader = {
  meta: {
    id: 'zip',
    title: 'Zip archive',
    extensions: ['.zip', '.pt', '.pth', '.npz', '.keras', '.mar', '.whl'],
    specification: 'https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (6.3.10)',
    provides: ['archive', 'tensors', 'structure'],
    isStreamed: true,
    since: '0.2.0',
  },
  match(head) {
    if (head[0] !== 0x50 || head[1] !== 0x4b) return undefined;
    const kind = (head[2] ?? 0) * 256 + (head[3] ?? 0);
    // A local header, the end record of an empty archive, or the mark of an archive in several parts that fit into one.
    return kind === 0x0304 || kind === 0x0506 || (kind === 0x0708 && head[4] === 0x50 && head[5] === 0x4b) ? 'certain' : undefined;
  },
  matchEnd: (tail, size) => (endsAsZip(tail, size) ? 'certain' : undefined),
  read: readZip,
};

async function readZip(artifact: Artifact, context: ReadContext): Promise<Model> {
  const source = windowedSource(artifact.bytes);
  const directories = await findDirectories(source);
  if (directories.end === undefined) {
    throw new GateError({
      code: 'format/truncated',
      message: 'The archive has no end record: it was cut off, or it is none.',
      where: { artifact: artifact.path, offset: source.size },
      nextStep: 'Fetch or pack the file again.',
    });
  }
  const observations: ArchiveObservation[] = [...directories.observations];
  const entries: ZipEntry[] = [];
  const known = new Set<string>();
  for (const [index, directory] of directories.found.entries()) {
    const read = await readEntries(source, directory);
    observations.push(...read.observations);
    // Two directories mostly list the same members; what both say the same way is one member.
    for (const entry of read.entries) {
      if (index > 0 && known.has(keyOf(entry))) continue;
      known.add(keyOf(entry));
      entries.push(entry);
    }
  }
  if (directories.found.length === 0) {
    observations.push({
      oddity: 'damaged-directory', bytes: { offset: directories.end.offset, length: directories.end.after - directories.end.offset },
      detail: 'The end record leads to no directory.',
    });
  }
  const directoryStart = Math.min(directories.end.offset, ...directories.found.slice(0, 1).map((one) => one.offset));
  const gaps = await findGaps(source, entries, { from: directoryStart, to: directories.end.after });
  observations.push(...gaps.observations);
  const all: ZipEntry[] = [...entries, ...gaps.unlisted.map((local) => ({ listed: undefined, local, extent: { from: local.at, to: local.dataOffset } }))];
  observations.push(...checkNames(all.map(namedOf)));

  const nameOf = uniqueNames();
  const budget = expansionBudget(artifact.bytes, context);
  const members: ArchiveMember[] = [];
  for (const [index, entry] of all.flatMap((one) => [one, ...otherReading(one)]).entries()) {
    context.progress?.(Math.min(1, index / all.length), `member ${index + 1} of ${all.length}`);
    members.push(await memberOf(artifact.bytes, entry, nameOf, budget, context, observations));
  }
  const { comment, after } = directories.end;
  const regions = [...gaps.regions, ...(after > comment ? [{ from: comment, to: after, what: 'comment' as const }] : [])];
  for (const { from, to, what } of regions) {
    if (what !== 'comment') observations.push(regionObservation(from, to, what));
    const place: MemberPlace = { offset: from, length: to - from, encoding: 'stored', size: to - from };
    const { digest, head, tail, isText } = await examineMember(artifact.bytes, place, budget, context);
    members.push({ name: nameOf(`(${what} bytes)`, from), kind: 'region', place, size: to - from, digest, head, tail, isText });
  }
  const torch = await tensorsInZip(artifact.bytes, members, context.signal);
  const structure = await structureOfTorchScript(artifact.bytes, members, context.signal);
  return {
    artifact, format: 'zip', facets: { archive: { members, observations }, ...(torch === undefined ? {} : { tensors: torch.facet }), ...(structure === undefined ? {} : { structure }) },
    problems: {}, absences: {}, unclaimed: [], companions: [], notes: torch === undefined ? [] : [torch.note],
  };
}

function keyOf({ listed, local }: ZipEntry): string {
  return JSON.stringify([local?.at, listed?.name, listed?.method, listed?.packed, listed?.size]);
}

/** Where header and directory disagree about the content, programs that believe the header read another member. */
function otherReading({ listed, local }: ZipEntry): ZipEntry[] {
  if (listed === undefined || local === undefined || (local.flags & FLAG_DESCRIPTOR) !== 0) return [];
  if (listed.method === local.method && listed.packed === local.packed) return [];
  return [{ listed: undefined, local, extent: { from: local.at, to: local.dataOffset } }];
}

function namedOf({ listed, local, extent }: ZipEntry) {
  const name = listed?.name ?? local?.name ?? '';
  return { name, isFolder: name.endsWith('/'), bytes: { offset: extent.from < 0 ? 0 : extent.from, length: Math.max(0, (local?.dataOffset ?? extent.from) - extent.from) } };
}

function regionObservation(from: number, to: number, what: 'prepended' | 'between' | 'appended'): ArchiveObservation {
  const bytes = { offset: from, length: to - from };
  if (what === 'prepended') return { oddity: 'prepended-data', bytes, detail: `${to - from} bytes lie in front of the archive.` };
  if (what === 'appended') return { oddity: 'appended-data', bytes, detail: `${to - from} bytes lie behind the end of the archive.` };
  return { oddity: 'hidden-bytes', bytes, detail: `${to - from} bytes at ${from} belong to no member.` };
}

const METHODS: Readonly<Record<number, Encoding>> = { 0: 'stored', 8: 'deflate', 12: 'bzip2', 14: 'lzma-zip', 93: 'zstd', 95: 'xz' };
/** WinZip's AES: the true method stands in an extra field (APPNOTE, section 4.5.10 and annex). */
const METHOD_AES = 99;
const FLAGS_ENCRYPTED = FLAG_ENCRYPTED | FLAG_STRONG_ENCRYPTION;

async function memberOf(
  source: ByteSource, entry: ZipEntry, nameOf: (name: string, offset: number) => string, budget: ExpansionBudget, context: ReadContext, observations: ArchiveObservation[],
): Promise<ArchiveMember> {
  const { listed, local } = entry;
  const header = listed ?? local;
  if (header === undefined) throw new Error('called without a header');
  const name = nameOf(header.name, Math.max(0, entry.extent.from));
  const kind = kindOf(entry);
  const empty = { name, kind, size: 0, head: new Uint8Array(0), tail: new Uint8Array(0), isText: true };
  const failed = (error: GateError): ArchiveMember => ({ ...empty, isText: false, trouble: error.toData() });
  if (local === undefined) return failed(cannotOpen('format/malformed', 'No local header is where the directory says that the member begins.', entry));

  const bytes = { offset: local.at, length: local.dataOffset - local.at };
  const flags = header.flags | local.flags;
  const encoding = header.method === METHOD_AES ? undefined : METHODS[header.method];
  const length = lengthOf(source, entry, header.packed);
  const see = (oddity: ArchiveObservation['oddity'], detail: string): void => void observations.push({ oddity, member: shortName(header.name), bytes, detail });
  if (length === undefined) {
    return failed(cannotOpen('format/truncated', `The member is said to have ${header.packed} packed bytes; the file ends before that.`, entry));
  }
  if (encoding === undefined && (flags & FLAGS_ENCRYPTED) === 0 && header.method !== METHOD_AES) {
    return failed(cannotOpen('format/unsupported', `The member is packed with method ${header.method}, which is not read.`, entry));
  }
  const packedPlace = { offset: local.dataOffset, length, encoding: encoding ?? ('stored' as const) };
  const examined = await examineMember(source, packedPlace, budget, context);
  if ((flags & FLAGS_ENCRYPTED) !== 0 || encoding === undefined) {
    // Programs that do not look at the flag read the content all the same, so a flag that lies hides it from the others only.
    const isReadable = encoding !== undefined && examined.trouble === undefined && examined.size === header.size && examined.consumed === length
      && (encoding !== 'stored' || length === header.size);
    if (!isReadable || (encoding === 'stored' && length === 0 && header.size !== 0)) {
      see('encrypted', 'It is encrypted, so nothing of its content was examined.');
      return failed(cannotOpen('format/encrypted', 'The member is encrypted.', entry));
    }
    see('false-flags', 'It is marked as encrypted and is not.');
  }
  if ((flags & (FLAG_PATCHED | FLAG_MASKED)) !== 0) see('false-flags', 'It is marked as patch data or as masked, which no program in use writes; some refuse it, others read on.');
  observe(entry, header, length, examined, see);
  if (kind === 'link') observeLink(header.name, examined, see);
  if (kind === 'device') see('device', 'It is marked as a device, a pipe or a socket.');
  const { size, digest, head, tail, isText, trouble } = examined;
  const common = { name, kind, size, head, tail, isText };
  if (trouble !== undefined) return { ...common, trouble };
  return { ...common, digest, place: { ...packedPlace, size } };
}

/** Packed bytes that are there: a member that only has a local header may leave its length open. */
function lengthOf(source: ByteSource, { listed, local }: ZipEntry, packed: number): number | undefined {
  if (local === undefined) return undefined;
  const rest = source.size - local.dataOffset;
  if (listed === undefined && (packed === 0 || packed > rest)) return rest;
  return packed > rest ? undefined : packed;
}

function observe(
  { listed }: ZipEntry, header: { size: number; checksum: number }, length: number, examined: ExaminedMember,
  see: (oddity: ArchiveObservation['oddity'], detail: string) => void,
): void {
  const { size, checksum, consumed, trouble } = examined;
  if (trouble !== undefined) {
    see(trouble.code === 'format/limit-exceeded' ? 'expansion' : 'unreadable-member', trouble.message);
    return;
  }
  if (listed === undefined) return;
  if (size !== header.size) see('size-mismatch', `It is said to unpack to ${header.size} bytes and unpacks to ${size}.`);
  if (checksum !== header.checksum) see('bad-checksum', `Its checksum is ${hex(checksum)}; ${hex(header.checksum)} is written. Some programs refuse it, others do not look.`);
  if (consumed < length) see('hidden-bytes', `Its packed content ends ${length - consumed} bytes before the place it takes up.`);
}

function observeLink(name: string, { head, size }: ExaminedMember, see: (oddity: ArchiveObservation['oddity'], detail: string) => void): void {
  const target = new TextDecoder().decode(head);
  if (size > head.byteLength || linkEscapes(name, target)) see('escaping-link', `It is a link to ${JSON.stringify(shortName(target))}, outside of the folder that it is unpacked into.`);
  else see('link', `It is a link to ${JSON.stringify(shortName(target))}.`);
}

const UNIX_HOSTS = [3, 19];

function kindOf({ listed, local }: ZipEntry): ArchiveMember['kind'] {
  const type = listed !== undefined && UNIX_HOSTS.includes(listed.host) ? (listed.attributes >>> 16) & 0o170000 : 0;
  if (type === 0o120000) return 'link';
  if (type === 0o010000 || type === 0o020000 || type === 0o060000 || type === 0o140000) return 'device';
  return (listed ?? local)?.name.endsWith('/') === true ? 'folder' : 'file';
}

function cannotOpen(code: 'format/malformed' | 'format/truncated' | 'format/unsupported' | 'format/encrypted', message: string, { extent }: ZipEntry): GateError {
  return new GateError({ code, message, where: { offset: Math.max(0, extent.from) }, nextStep: code === 'format/encrypted' ? 'Release it without encryption, so that it can be examined.' : 'Fetch or pack the file again.' });
}

function hex(checksum: number): string {
  return checksum.toString(16).padStart(8, '0');
}
