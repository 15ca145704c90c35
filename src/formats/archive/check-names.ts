import { MAX_MEMBER_NAME_CHARACTERS } from '../../artifacts/archive-limits.ts';
import type { ByteRange } from '../../artifacts/byte-source.ts';
import type { ArchiveObservation } from '../../model/archive.ts';

export interface NamedMember {
  readonly name: string;
  readonly isFolder: boolean;
  readonly bytes: ByteRange;
}

/** Characters by which a name shows people another text than programs see: controls and changes of direction (CVE-2021-42574). */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const MISLEADING = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** What the names of an archive's members can do to whoever unpacks them by name. Linear in the number of members. */
export function checkNames(members: readonly NamedMember[]): ArchiveObservation[] {
  return [...members.flatMap(checkName), ...checkCollisions(members)];
}

function checkName({ name, bytes }: NamedMember): ArchiveObservation[] {
  const seen: ArchiveObservation[] = [];
  const add = (oddity: ArchiveObservation['oddity'], detail: string): void => void seen.push({ oddity, member: shortName(name), bytes, detail });
  if (leavesFolder(name)) add('path-traversal', 'Its name leads out of the folder that it is unpacked into.');
  if (isAbsolute(name)) add('absolute-path', 'Its name is an absolute path.');
  if (MISLEADING.test(name)) add('misleading-name', 'Its name holds a control character or one that changes the direction of writing.');
  if (name.length > MAX_MEMBER_NAME_CHARACTERS) add('misleading-name', `Its name is ${name.length} characters long.`);
  return seen;
}

/** Both separators count: what is a name on one system is a path on another. */
export function leavesFolder(name: string): boolean {
  return name.split(/[/\\]/).includes('..');
}

export function isAbsolute(name: string): boolean {
  return /^([/\\]|[A-Za-z]:)/.test(name);
}

/** Where a link's target leads when it is followed from the link's own folder: out of the archive's folder or not. */
export function linkEscapes(link: string, target: string): boolean {
  if (isAbsolute(target)) return true;
  let depth = link.split('/').filter((part) => part !== '' && part !== '.').length - 1;
  for (const part of target.split(/[/\\]/)) {
    if (part === '' || part === '.') continue;
    depth += part === '..' ? -1 : 1;
    if (depth < 0) return true;
  }
  return false;
}

/** Two members that are one file to some program: by their bytes, or where case or composition of letters does not count. */
function checkCollisions(members: readonly NamedMember[]): ArchiveObservation[] {
  const exact = new Set<string>();
  const folded = new Map<string, string>();
  const seen: ArchiveObservation[] = [];
  for (const { name, isFolder, bytes } of members) {
    const plain = name.replace(/\/+$/, '').split('/').filter((part) => part !== '' && part !== '.').join('/');
    const key = plain.normalize('NFKC').toLowerCase();
    // Folders are often written once for every member in them.
    if (isFolder) continue;
    if (exact.has(plain)) {
      seen.push({ oddity: 'duplicate-name', member: shortName(name), bytes, detail: 'Another member has the same name; programs differ in which of them they take.' });
    } else if (folded.has(key)) {
      seen.push({
        oddity: 'similar-names', member: shortName(name), bytes,
        detail: `Where case and composition of letters do not count it is the same file as ${shortName(folded.get(key) ?? '')}.`,
      });
    }
    exact.add(plain);
    if (!folded.has(key)) folded.set(key, name);
  }
  return seen;
}

export function shortName(name: string): string {
  return name.length <= MAX_MEMBER_NAME_CHARACTERS ? name : `${name.slice(0, MAX_MEMBER_NAME_CHARACTERS - 1)}…`;
}
