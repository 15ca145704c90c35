import type { Artifact } from '../../artifacts/artifact.ts';
import type { Encoding } from '../../artifacts/member-place.ts';
import { GateError } from '../../errors.ts';
import type { ArchiveMember, ArchiveObservation } from '../../model/archive.ts';
import type { Model } from '../../model/model.ts';
import type { ReadContext } from '../format-reader.ts';
import { shortName } from './check-names.ts';
import { examineMember, expansionBudget } from './examine-member.ts';
import { isZero } from './is-zero.ts';

/** Extensions of packed files: what is left of the name is what the content is called. */
const PACKED_NAME = /^(.+)\.(gz|bz2|xz|lzma|zst|zz?|z)$/i;
const PACKED_TAR = /^(.+)\.t(gz|bz2|bz|xz|zst|lz)$/i;

/**
 * A file that is one packed content: a container with one member. What lies behind the packed stream is a member too, since
 * programs differ in whether they mind it. Throws when nothing can be unpacked at all; a stream that breaks later is
 * trouble of its member.
 */
export async function readCompressed(artifact: Artifact, context: ReadContext, format: string, encoding: Encoding): Promise<Model> {
  const { bytes, path } = artifact;
  const observations: ArchiveObservation[] = [];
  const place = { offset: 0, length: bytes.size, encoding };
  const name = contentName(path);
  const budget = expansionBudget(bytes, context);
  const { trouble, size, digest, head, tail, isText, consumed } = await examineMember(bytes, place, budget, context, ({ kind, offset, detail }) => {
    observations.push({ oddity: kind, member: name, bytes: { offset, length: 0 }, detail });
  });
  // Cut off, not packed that way, or not to be unpacked here: the file as a whole is what could not be read.
  if (trouble !== undefined && trouble.code !== 'format/limit-exceeded') {
    throw new GateError({ ...trouble, where: { artifact: path, ...trouble.where } });
  }
  const common = { name, kind: 'file' as const, size, head, tail, isText };
  const members: ArchiveMember[] = [trouble === undefined ? { ...common, digest, place: { ...place, length: consumed, size } } : { ...common, trouble }];
  if (trouble !== undefined) observations.push({ oddity: 'expansion', member: name, bytes: { offset: 0, length: bytes.size }, detail: trouble.message });
  else if (consumed < bytes.size && !(await isZero(bytes, consumed, bytes.size - consumed))) {
    const rest = bytes.size - consumed;
    observations.push({ oddity: 'appended-data', bytes: { offset: consumed, length: rest }, detail: `${rest} bytes lie behind the packed content.` });
    const region = { offset: consumed, length: rest, encoding: 'stored' as const, size: rest };
    const { digest: its, head: first, tail: last, isText: isWords } = await examineMember(bytes, region, budget, context);
    members.push({ name: '(appended bytes)', kind: 'region', place: region, size: rest, digest: its, head: first, tail: last, isText: isWords });
  }
  return { artifact, format, facets: { archive: { members, observations } }, problems: {}, absences: {}, unclaimed: [], companions: [], notes: [] };
}

/** By the file's own name, not by one that the packed file carries and nobody sees. */
function contentName(path: string): string {
  const base = path.split('/').at(-1) ?? '';
  const tar = PACKED_TAR.exec(base)?.[1];
  return shortName(tar === undefined ? (PACKED_NAME.exec(base)?.[1] ?? 'content') : `${tar}.tar`);
}
