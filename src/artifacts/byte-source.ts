/**
 * Random access to untrusted bytes. `read` returns exactly `length` bytes or rejects with `format/truncated`;
 * it never returns less, because a partial read taken for a whole one is how truncated files pass as clean.
 */
export interface ByteSource {
  readonly size: number;
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Fills the whole target, or rejects as `read` does. For whoever passes over a whole file in one buffer. */
  readInto?(offset: number, target: Uint8Array): Promise<void>;
}

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}
