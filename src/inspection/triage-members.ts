import { MAX_INSPECTED_MEMBERS } from '../artifacts/archive-limits.ts';
import { memberPath } from '../artifacts/member-place.ts';
import { GateError, toGateError } from '../errors.ts';
import type { FormatReader } from '../formats/format-reader.ts';
import { identifyFormats } from '../formats/identify.ts';
import { isMacOsMetadata, recognizeInertFile } from '../formats/identify/inert-files.ts';
import { recognizeOtherFile, type OtherFile } from '../formats/identify/other-files.ts';
import type { ArchiveMember } from '../model/archive.ts';
import type { FoundMember } from './inspection.ts';

export interface Triage {
  readonly members: readonly FoundMember[];
  readonly notes: readonly string[];
}

/** How many names a note lists before it counts the rest. */
const LISTED_NAMES = 5;

/**
 * Which members of an archive are inspected by themselves, which are trouble, and which are neither: text (scripts among
 * it), the raw storages of a PyTorch checkpoint and pictures, which no loader of models executes and which are counted in a
 * note. Programs and pickles that no reader knows are trouble as what could not be read is; everything else unknown is
 * trouble as an unknown file is, because whoever loads it may know it.
 */
export function triageMembers(members: readonly ArchiveMember[], container: string, readers: readonly FormatReader[]): Triage {
  const isStorage = storageTest(members);
  const found: FoundMember[] = [];
  const unexamined = new Map<string, string[]>();
  for (const member of members) {
    const fate = fateOf(member, memberPath(container, member.name), isStorage(member), readers);
    if (fate === undefined) continue;
    if (typeof fate === 'string') unexamined.set(fate, [...(unexamined.get(fate) ?? []), member.name]);
    else found.push(fate);
  }
  if (found.length > MAX_INSPECTED_MEMBERS) {
    throw new GateError({
      code: 'format/limit-exceeded',
      message: `${found.length} members of the archive would have to be inspected; ${MAX_INSPECTED_MEMBERS} are.`,
      where: { artifact: container },
      nextStep: 'Split the archive, or unpack it and gate what it holds.',
    });
  }
  return { members: found, notes: [...unexamined].map(([what, names]) => noteOf(what, names)) };
}

/** What is to be done with a member: a text says what it is that is not examined; undefined that there is nothing of it. */
function fateOf(member: ArchiveMember, path: string, isStorage: boolean, readers: readonly FormatReader[]): FoundMember | string | undefined {
  const { name, size, digest, place, trouble, head, tail, isText, kind } = member;
  const common = { name, size, ...(digest === undefined ? {} : { digest }) };
  if (trouble !== undefined) return { ...common, trouble: { ...trouble, where: { ...trouble.where, artifact: path } } };
  if (kind === 'link' || place === undefined || digest === undefined || size === 0) return undefined;
  try {
    identifyFormats({ head, end: { tail, size }, path: isMacOsMetadata(head) ? '' : path }, readers);
    return { ...common, place, ...(isStorage ? { otherwise: STORAGE } : {}) };
  } catch (thrown) {
    const error = toGateError(thrown);
    if (error.code === 'artifact/pointer') return { ...common, trouble: error.toData() };
    if (isStorage) return STORAGE;
    const other = recognizeOtherFile(head);
    const isPickle = other?.runs === true && /pickle/.test(other.what);
    if (isText && !isPickle) return 'text';
    if (other?.runs === true) return { ...common, trouble: unread(other, path) };
    if (other === undefined) {
      const inert = recognizeInertFile(head);
      if (inert !== undefined) return inert;
      if (kind === 'region') return undefined;
    }
    return { ...common, trouble: error.toData() };
  }
}

/** A program or a pickle that nobody examined is no oddity to mention but a reason to stop. */
function unread({ what, nextStep }: OtherFile, path: string) {
  return new GateError({ code: 'format/unsupported', message: `The member is ${what}; modelgate does not read it.`, where: { artifact: path }, nextStep }).toData();
}

const STORAGE = 'raw numbers of a PyTorch checkpoint';

/** PyTorch keeps each storage as `NAME/data/KEY` beside `NAME/data.pkl` and `NAME/version`; TorchScript also constants. */
function storageTest(members: readonly ArchiveMember[]): (member: ArchiveMember) => boolean {
  const names = new Set(members.map((one) => one.name));
  const roots = new Set([...names].flatMap((name) => {
    const root = /^([^/]+)\/data\.pkl$/.exec(name)?.[1];
    return root !== undefined && names.has(`${root}/version`) ? [root] : [];
  }));
  return ({ name, kind, place }) => {
    const match = /^([^/]+)\/(data|constants)\/\d+$/.exec(name);
    // PyTorch maps storages into memory, so it stores them; a packed one is something else.
    return kind === 'file' && place?.encoding === 'stored' && match !== null && roots.has(match[1] ?? '');
  };
}

function noteOf(what: string, names: readonly string[]): string {
  const shown = names.slice(0, LISTED_NAMES).join(', ');
  const rest = names.length > LISTED_NAMES ? ` and ${names.length - LISTED_NAMES} more` : '';
  return `Not examined: ${names.length === 1 ? '1 member that is' : `${names.length} members that are`} ${what} (${shown}${rest}).`;
}
