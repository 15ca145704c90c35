import type { RecordedFile } from './recorded-file.ts';

export interface DownloadRecord extends RecordedFile {
  /** Commit of the repository it was downloaded from. */
  readonly revision: string;
}

const FOLDER = '.cache/huggingface/download/';
const ENDING = '.metadata';

/** The file that a record of the Hugging Face client is about: `.cache/huggingface/download/data/a.parquet.metadata`; undefined for other files. */
export function downloadedFile(path: string): string | undefined {
  return path.startsWith(FOLDER) && path.endsWith(ENDING) ? path.slice(FOLDER.length, -ENDING.length) : undefined;
}

/** Commit, entity tag and time, a line each. The tag is the SHA-256 of a file kept by Git LFS, and git's own digest of any other. */
export function readDownload(text: string, file: string): DownloadRecord | undefined {
  const [revision = '', tag = ''] = text.split('\n').map((line) => line.trim());
  if (!/^[0-9a-f]{40}$/.test(revision)) return undefined;
  if (/^[0-9a-f]{64}$/.test(tag)) return { file, revision, algorithm: 'sha256', digest: tag };
  return /^[0-9a-f]{40}$/.test(tag) ? { file, revision, algorithm: 'git', digest: tag } : undefined;
}
