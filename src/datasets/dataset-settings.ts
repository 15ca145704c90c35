/** What the policy says of how a dataset is read; what is absent is found out. */
export interface DatasetSettings {
  /** Id of the reader, where content could be read in several ways. */
  readonly format?: string;
  /** Of tables: the cell separator of text files, and which columns hold what. */
  readonly delimiter?: string;
  readonly textColumn?: string;
  readonly labelColumn?: string;
}
