/** What somebody else recorded of a file of a dataset. */
export interface RecordedFile {
  /** Relative to the dataset, with `/`; empty for the dataset as a whole. */
  readonly file: string;
  /** `git` is SHA-1 of a blob; MD5 and SHA-1 say which file it is and vouch for nothing. */
  readonly algorithm: 'sha256' | 'md5' | 'git' | 'md5-folder';
  readonly digest: string;
}

/** A recorded digest with the file that recorded it. */
export interface FileRecord extends RecordedFile {
  readonly record: string;
}
