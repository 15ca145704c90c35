import type { ByteSource } from './byte-source.ts';

export type Digest = `sha256:${string}`;

/** A file (or archive member) under test. */
export interface Artifact {
  /** As the user wrote it, always with `/`; a member of an archive is `model.pt!/data.pkl`. */
  readonly path: string;
  readonly digest: Digest;
  readonly bytes: ByteSource;
  readonly container?: Artifact;
}
