import type { Digest } from '../artifacts/artifact.ts';
import type { ByteRange } from '../artifacts/byte-source.ts';
import type { MemberPlace } from '../artifacts/member-place.ts';
import type { GateErrorData } from '../errors.ts';

/** What an archive's structure can do to whoever trusts one reading of it. Closed: a detector has a message for each. */
export const ARCHIVE_ODDITIES = [
  'path-traversal', 'absolute-path', 'escaping-link', 'link', 'device', 'misleading-name',
  'duplicate-name', 'similar-names', 'name-mismatch', 'header-mismatch', 'unlisted-member',
  'second-end-record', 'second-directory', 'end-record-mismatch', 'damaged-directory',
  'overlapping-members', 'hidden-bytes', 'prepended-data', 'appended-data',
  'false-flags', 'bad-checksum', 'size-mismatch', 'expansion', 'encrypted', 'unreadable-member',
] as const;
export type ArchiveOddity = (typeof ARCHIVE_ODDITIES)[number];

/** Something seen in an archive's structure. */
export interface ArchiveObservation {
  readonly oddity: ArchiveOddity;
  /** As the archive names it. */
  readonly member?: string;
  /** In the archive's own bytes. */
  readonly bytes?: ByteRange;
  /** A sentence: what the one part says and what the other. */
  readonly detail: string;
}

/** A member as found, whatever the archive says of it. `region` is no member by the archive's word: bytes around or between. */
export interface ArchiveMember {
  /** Unique in the archive; for reports and globs, never a path to open. */
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'device' | 'region';
  /** Absent for what has no bytes of its own and for what could not be opened. */
  readonly place?: MemberPlace;
  /** Unpacked bytes, as far as they could be unpacked. */
  readonly size: number;
  readonly digest?: Digest;
  /** The first and the last bytes, for telling what it is. */
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
  /** All of it is UTF-8 without control characters. */
  readonly isText: boolean;
  /** Why it could not be opened. */
  readonly trouble?: GateErrorData;
}

/** What a reader of an archive format hands over. */
export interface ArchiveFacet {
  readonly members: readonly ArchiveMember[];
  readonly observations: readonly ArchiveObservation[];
}
