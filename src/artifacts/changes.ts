/** One changed path between two commits. A renamed file keeps its old path, so the lockfile entry can be followed. */
export interface Change {
  readonly path: string;
  readonly kind: 'added' | 'modified' | 'renamed' | 'deleted';
  readonly previousPath?: string;
}

/** Either the whole list, or why it could not be established. Never an empty list for "unknown". */
export type Changes =
  | { readonly known: true; readonly by: 'git' | 'api' | 'paths'; readonly list: readonly Change[] }
  | { readonly known: false; readonly reason: string };
