import type { ByteSource } from '../artifacts/byte-source.ts';
import type { FileSource } from '../artifacts/file-source.ts';
import type { MemberPlace } from '../artifacts/member-place.ts';
import { openMember } from '../artifacts/open-member.ts';
import { unchangedSource } from '../artifacts/unchanged-source.ts';

/** The packed container that was opened last, unpacked: its members are asked for one after the other. */
let last: { readonly key: string; readonly source: ByteSource } | undefined;

/** A member by the places that lead to it. What a packed container unpacks to is held until another one is opened, and not unpacked again for each member. */
export async function openPart(file: FileSource, within: readonly MemberPlace[], path: string): Promise<ByteSource> {
  const source = unchangedSource(file, path);
  const outer = within.slice(0, -1);
  if (outer.every(({ encoding }) => encoding === 'stored')) return openMember(source, within, path);
  const key = JSON.stringify([file.identity, outer]);
  if (last?.key !== key) {
    last = undefined;
    last = { key, source: await openMember(source, outer, path) };
  }
  return openMember(last.source, within.slice(-1), path);
}
