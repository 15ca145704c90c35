import type { Artifact } from '../artifacts/artifact.ts';
import type { MemberPlace } from '../artifacts/member-place.ts';
import { partOf } from '../artifacts/part-of.ts';
import { windowedSource } from '../artifacts/windowed-source.ts';
import { GateError } from '../errors.ts';
import type { ArchiveMember, ArchiveObservation } from '../model/archive.ts';
import type { Model } from '../model/model.ts';
import { checkNames, linkEscapes, shortName, type NamedMember } from './archive/check-names.ts';
import { examineMember, expansionBudget } from './archive/examine-member.ts';
import { isZero } from './archive/is-zero.ts';
import { uniqueNames } from './archive/unique-names.ts';
import type { FormatReader, ReadContext } from './format-reader.ts';
import { parseTarHeader, BLOCK_BYTES } from '../artifacts/tar-header.ts';
import { readTarEntries, type TarEntry } from './tar/read-entries.ts';

/**
 * Tar archives: v7, ustar, pax and GNU. A valid file is headers with right checksums, each followed by its content in whole
 * blocks, then at least two blocks of zeros and nothing else.
 */
export const tar: FormatReader = {
  meta: {
    id: 'tar',
    title: 'Tar archive',
    extensions: ['.tar'],
    specification: 'https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html (POSIX.1-2017), GNU tar 1.35 manual, section "Basic Tar Format"',
    provides: ['archive'],
    isStreamed: true,
    since: '0.2.0',
  },
  match: (head) => (head.byteLength >= BLOCK_BYTES && parseTarHeader(partOf(head, 0, BLOCK_BYTES)) !== undefined ? 'certain' : undefined),
  read: readTar,
};

async function readTar(artifact: Artifact, context: ReadContext): Promise<Model> {
  const source = windowedSource(artifact.bytes);
  const { entries, end, observations: fromHeaders } = await readTarEntries(source, artifact.path);
  const observations: ArchiveObservation[] = [...fromHeaders, ...checkNames(entries.map(namedOf)), ...entries.flatMap(observeKind)];
  const nameOf = uniqueNames();
  const budget = expansionBudget(artifact.bytes, context);
  const members: ArchiveMember[] = [];
  for (const [index, entry] of entries.entries()) {
    context.progress?.(index / entries.length, `member ${index + 1} of ${entries.length}`);
    const { name, kind, offset, size, unread, at } = entry;
    const shown = { name: nameOf(name, at), kind };
    if (unread !== undefined) {
      const error = new GateError({ code: 'format/unsupported', message: unread, where: { offset: at }, nextStep: 'Pack the archive again with plain files.' });
      members.push({ ...shown, size, head: new Uint8Array(0), tail: new Uint8Array(0), isText: false, trouble: error.toData() });
      continue;
    }
    const place: MemberPlace = { offset, length: size, encoding: 'stored', size };
    const { digest, head, tail, isText } = await examineMember(artifact.bytes, place, budget, context);
    members.push({ ...shown, size, digest, place, head, tail, isText });
  }
  const rest = artifact.bytes.size - end;
  if (rest > 0 && !(await isZero(source, end, rest))) {
    observations.push({ oddity: 'appended-data', bytes: { offset: end, length: rest }, detail: `${rest} bytes lie behind the end of the archive; programs that read on take them for members.` });
    const from = await firstNonZeroBlock(source, end);
    const place: MemberPlace = { offset: from, length: artifact.bytes.size - from, encoding: 'stored', size: artifact.bytes.size - from };
    const { digest, head, tail, isText, size } = await examineMember(artifact.bytes, place, budget, context);
    members.push({ name: nameOf('(appended bytes)', from), kind: 'region', size, digest, place, head, tail, isText });
  }
  return { artifact, format: 'tar', facets: { archive: { members, observations } }, problems: {}, absences: {}, unclaimed: [], companions: [], notes: [] };
}

async function firstNonZeroBlock(source: Artifact['bytes'], from: number): Promise<number> {
  let at = from;
  while (at + BLOCK_BYTES < source.size && (await isZero(source, at, BLOCK_BYTES))) at += BLOCK_BYTES;
  return at;
}

function namedOf({ name, kind, at }: TarEntry): NamedMember {
  return { name, isFolder: kind === 'folder', bytes: { offset: at, length: BLOCK_BYTES } };
}

function observeKind({ name, kind, target, isHardLink, at }: TarEntry): ArchiveObservation[] {
  const common = { member: shortName(name), bytes: { offset: at, length: BLOCK_BYTES } };
  if (kind === 'device') return [{ oddity: 'device', ...common, detail: 'It is a device or a pipe.' }];
  if (kind !== 'link' || target === undefined) return [];
  // A hard link names a member from the archive's root, a symbolic one a path from its own folder.
  const escapes = linkEscapes(isHardLink ? 'root' : name, target);
  const shown = JSON.stringify(shortName(target));
  if (escapes) return [{ oddity: 'escaping-link', ...common, detail: `It is a link to ${shown}, outside of the folder that it is unpacked into.` }];
  return [{ oddity: 'link', ...common, detail: `It is a link to ${shown}.` }];
}
