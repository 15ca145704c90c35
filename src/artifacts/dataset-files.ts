import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { GateErrorData } from '../errors.ts';
import { GateError, toGateError } from '../errors.ts';
import type { Digest } from './artifact.ts';
import { sha256OfFile } from './digest.ts';
import { findArtifacts } from './find-artifacts.ts';
import { merkleRoot } from './merkle-tree.ts';

/** A file of a dataset as it was hashed. */
export interface DatasetFile {
  /** Relative to the dataset, with `/`; of a dataset that is one file, its name. */
  readonly path: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** State of the file while it was hashed, see {@link FileDigest.identity}. */
  readonly identity: string;
  /** Absolute: where it lies if not in the dataset's folder, as an earlier version does. */
  readonly folder?: string;
}

/** All files of a dataset: a folder, or one file. */
export interface DatasetFiles {
  /** Absolute: the folder, or the one that holds the file. */
  readonly folder: string;
  readonly isFolder: boolean;
  /** Sorted by path. */
  readonly list: readonly DatasetFile[];
  /** What the Hugging Face client keeps beside its downloads, with the time of each: no part of the data, so in no digest. */
  readonly downloadRecords: readonly string[];
  /** Files that are there and cannot be read, such as links that lead out of the dataset. */
  readonly problems: readonly { readonly path: string; readonly error: GateErrorData }[];
  /** Merkle root of paths, digests and sizes. */
  readonly root: Digest;
  /** Bytes in all. */
  readonly size: number;
}

/** Folder of the Hugging Face client's own notes below a download. */
const DOWNLOAD_RECORDS = '.cache/huggingface/';

/** Files hashed between two reports of progress. */
const PROGRESS_FILES = 100;

/**
 * Lists and hashes all files of a dataset; git's own and installed packages are left out. Throws `dataset/unreadable` when
 * nothing is there, and `artifact/*` for a file that changes meanwhile.
 */
export async function datasetFiles(absolutePath: string, options: { readonly signal: AbortSignal; readonly onProgress?: (done: number, count: number) => void }): Promise<DatasetFiles> {
  const facts = await stat(absolutePath).catch(() => undefined);
  if (facts === undefined || !(facts.isFile() || facts.isDirectory())) {
    throw new GateError({
      code: 'dataset/unreadable', message: 'There is no dataset at this path.', where: { artifact: path.basename(absolutePath) },
      nextStep: 'Check the path; it is taken from the folder the command runs in.',
    });
  }
  const isFolder = facts.isDirectory();
  const folder = isFolder ? absolutePath : path.dirname(absolutePath);
  const found = isFolder ? await findArtifacts({ root: folder, paths: ['.'], include: ['**'], exclude: [], signal: options.signal }) : { artifacts: [path.basename(absolutePath)], problems: [] };
  const isRecord = (file: string): boolean => file.startsWith(DOWNLOAD_RECORDS);
  const data = found.artifacts.filter((file) => !isRecord(file));
  const list: DatasetFile[] = [];
  const problems = [...found.problems];
  for (const [index, file] of data.entries()) {
    if (index % PROGRESS_FILES === 0) options.onProgress?.(index, data.length);
    try {
      list.push({ path: file, ...(await sha256OfFile(path.join(folder, file), { path: file, signal: options.signal })) });
    } catch (thrown) {
      const error = toGateError(thrown);
      if (error.code !== 'artifact/unreadable') throw error;
      problems.push({ path: file, error: error.toData() });
    }
  }
  return { folder, isFolder, list, downloadRecords: found.artifacts.filter(isRecord), problems, root: filesRoot(list), size: list.reduce((sum, one) => sum + one.size, 0) };
}

/** The Merkle root of files in the order of their paths. */
export function filesRoot(files: readonly Pick<DatasetFile, 'path' | 'digest' | 'size'>[]): Digest {
  const sorted = [...files].sort((left, right) => (left.path < right.path ? -1 : left.path > right.path ? 1 : 0));
  return merkleRoot(leaves(sorted));
}

function* leaves(files: readonly Pick<DatasetFile, 'path' | 'digest' | 'size'>[]): Generator<string> {
  for (const { path: file, digest, size } of files) yield JSON.stringify([file, digest, size]);
}
