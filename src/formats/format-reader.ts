import type { Artifact } from '../artifacts/artifact.ts';
import type { ByteSource } from '../artifacts/byte-source.ts';
import type { FacetName } from '../model/facets.ts';
import type { Model } from '../model/model.ts';

export interface FormatMeta {
  readonly id: string;
  readonly title: string;
  /** A hint for messages and default globs, never the test. */
  readonly extensions: readonly string[];
  /** URL and version of the specification the code was written against. */
  readonly specification: string;
  readonly provides: readonly FacetName[];
  /** The reader and the model it makes read what they need from the file; without it the file is first read into memory. */
  readonly isStreamed?: true;
  /** Ids of formats that are found from the end and that a file of this one may end with, by its own specification. The reader hands out what they hold. */
  readonly endsWith?: readonly string[];
  readonly since: string;
}

/** Opens a file beside the artifact (external data). Refuses paths that leave the folder, links and absolute paths. */
export type OpenCompanion = (relativePath: string) => Promise<Artifact>;

/** Opens a file beside the artifact for a look, with the same refusals. It is an artifact of its own and not hashed here. */
export type PeekCompanion = (relativePath: string) => Promise<ByteSource>;

export interface ReadContext {
  readonly signal: AbortSignal;
  readonly openCompanion: OpenCompanion;
  /** Absent where nothing can lie beside the artifact, or nobody may look: in an archive, in the history. */
  readonly peekCompanion?: PeekCompanion;
  /** Bytes that unpacking may give, for readers of archives; default: the limit for one file. */
  readonly expansionBytes?: number;
  /** Share done in [0, 1] and what is being done. */
  readonly progress?: (done: number, what: string) => void;
}

export interface FormatReader {
  readonly meta: FormatMeta;
  /** Looks at the first bytes only. Never throws. Two `certain` answers for one artifact are `format/ambiguous`. */
  match(head: Uint8Array, path: string): 'certain' | 'possible' | undefined;
  /** For formats that are found from the end of a file: whether it ends like one. `size` is that of the whole file. */
  matchEnd?(tail: Uint8Array, size: number): 'certain' | undefined;
  /** All or nothing: a complete Model, or a GateError `format/*` that names the offset. */
  read(artifact: Artifact, context: ReadContext): Promise<Model>;
}
