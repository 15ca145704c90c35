/** A file of dist/, before it is written. */
export interface OutputFile {
  /** Relative to dist/, with `/`. */
  readonly path: string;
  readonly content: Uint8Array;
  readonly isExecutable?: boolean;
}

/** What one bundling made, and the source files that went into it (relative to the root, with `/`). */
export interface Bundled {
  readonly files: readonly OutputFile[];
  readonly inputs: readonly string[];
}
