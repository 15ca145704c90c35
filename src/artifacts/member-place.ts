/** How a member's bytes are packed. Every one of them can be undone by {@link decodeMember}. */
export const ENCODINGS = ['stored', 'deflate', 'zlib', 'gzip', 'bzip2', 'xz', 'lzma', 'lzma-zip', 'lzma-7z', 'lzma2-7z', 'zstd'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/**
 * Where a member lies in its container, so that another process can open it without reading the container's structure
 * again: a range of bytes, how it is packed, and how long the result is.
 */
export interface MemberPlace {
  /** Bytes from the start of the container. */
  readonly offset: number;
  /** Packed bytes. */
  readonly length: number;
  readonly encoding: Encoding;
  /** Unpacked bytes. */
  readonly size: number;
  /** Unpacked bytes before the member, where several share one packed stream (solid 7z archives). */
  readonly skip?: number;
  /** What the encoding needs to know besides its stream, as hexadecimal digits (7z keeps LZMA's properties elsewhere). */
  readonly properties?: string;
}

/** The path of a member: `model.pt!/archive/data.pkl`. */
export function memberPath(container: string, name: string): string {
  return `${container}!/${name}`;
}

/** Whether an artifact with this path lies in that container (external data beside a model does not). */
export function isMemberPath(path: string, container: string): boolean {
  return path.startsWith(`${container}!/`);
}
