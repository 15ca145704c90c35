import { MAX_ARCHIVE_MEMBERS } from '../../artifacts/archive-limits.ts';
import type { ByteSource } from '../../artifacts/byte-source.ts';
import type { ArchiveObservation } from '../../model/archive.ts';
import { shortName } from '../archive/check-names.ts';
import { isZero } from '../archive/is-zero.ts';
import { quoted, readLocal, tooMany, type ZipEntry } from './read-entries.ts';
import type { LocalHeader } from './records.ts';

export interface Region {
  readonly from: number;
  readonly to: number;
}

export interface Gaps {
  /** Members that only a reader of local headers sees. */
  readonly unlisted: readonly LocalHeader[];
  /** Bytes that belong to nothing and are not all zero. */
  readonly regions: readonly (Region & { readonly what: 'prepended' | 'between' | 'appended' })[];
  readonly observations: readonly ArchiveObservation[];
}

/**
 * Whether the members, the directory and the end record cover the file, each byte once. Members that share bytes are how
 * a small archive expands to a huge one (Fifield 2019); bytes that nothing covers are where a second file hides.
 */
export async function findGaps(source: ByteSource, entries: readonly ZipEntry[], tail: Region): Promise<Gaps> {
  const extents = entries
    .filter((one) => one.local !== undefined)
    .map((one) => ({ ...one.extent, name: one.listed?.name ?? '' }))
    .sort((one, other) => one.from - other.from || one.to - other.to);
  const observations: ArchiveObservation[] = [];
  const unlisted: LocalHeader[] = [];
  const regions: (Region & { what: 'prepended' | 'between' | 'appended' })[] = [];
  let covered = 0;
  let last = '';
  for (const { from, to, name } of [...extents, { ...tail, name: '' }]) {
    if (from < covered) {
      const end = Math.min(covered, Math.max(to, from));
      observations.push({
        oddity: 'overlapping-members', ...(name === '' ? {} : { member: shortName(name) }), bytes: { offset: from, length: end - from },
        detail: `It shares ${end - from} bytes with ${last === '' ? 'what comes before it' : quoted(last)}.`,
      });
    } else if (from > covered) {
      await lookInto(source, { from: covered, to: from }, covered === 0, unlisted, regions);
    }
    if (to > covered) [covered, last] = [to, name];
  }
  if (covered < source.size && !(await isZero(source, covered, source.size - covered))) regions.push({ from: covered, to: source.size, what: 'appended' });
  for (const local of unlisted) {
    observations.push({
      oddity: 'unlisted-member', member: shortName(local.name), bytes: { offset: local.at, length: local.dataOffset - local.at },
      detail: 'It has a local header but is not in the directory: programs that read front to back see it, others do not.',
    });
  }
  return { unlisted, regions, observations };
}

/** Members may hide in a gap, one after the other; what is left of it is a region. Zeros are padding. */
async function lookInto(
  source: ByteSource, gap: Region, isFirst: boolean, unlisted: LocalHeader[], regions: (Region & { what: 'prepended' | 'between' | 'appended' })[],
): Promise<void> {
  let at = gap.from;
  for (;;) {
    const local = await readLocal(source, at);
    if (local === undefined || local.dataOffset > gap.to) break;
    if (unlisted.length >= MAX_ARCHIVE_MEMBERS) throw tooMany();
    unlisted.push(local);
    // Without a length of its own (a data descriptor follows) it may reach to the end of the gap.
    at = local.packed > 0 && local.packed !== 0xffff_ffff ? Math.min(gap.to, local.dataOffset + local.packed) : gap.to;
    if (at >= gap.to) return;
  }
  if (at < gap.to && !(await isZero(source, at, gap.to - at))) regions.push({ from: at, to: gap.to, what: isFirst && at === 0 ? 'prepended' : 'between' });
}
