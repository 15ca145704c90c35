/**
 * Random access to untrusted bytes. `read` returns exactly `length` bytes or rejects with `format/truncated`;
 * it never returns less, because a partial read taken for a whole one is how truncated files pass as clean.
 */
export interface ByteSource {
  readonly size: number;
  read(offset: number, length: number): Promise<Uint8Array>;
}

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}
