/** A file that is derived from others. */
export interface Generated {
  /** Relative to the repository root. */
  readonly file: string;
  readonly text: string;
}
