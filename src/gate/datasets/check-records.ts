import { createHash } from 'node:crypto';
import path from 'node:path';
import type { DatasetFile, DatasetFiles } from '../../artifacts/dataset-files.ts';
import { openFileSource } from '../../artifacts/file-source.ts';
import { hashFile } from '../../artifacts/hash-file.ts';
import { MAX_POINTER_BYTES } from '../../artifacts/limits.ts';
import type { DatasetManifest } from '../../provenance/dataset-manifest.ts';
import { observeDatasetSource } from '../../provenance/observe-dataset-source.ts';
import { isCroissant, readCroissant } from '../../provenance/records/read-croissant.ts';
import { downloadedFile, readDownload } from '../../provenance/records/read-download.ts';
import { readDvc } from '../../provenance/records/read-dvc.ts';
import type { FileRecord } from '../../provenance/records/recorded-file.ts';
import type { Provenance } from '../../report.ts';
import { readText } from '../judging-files.ts';
import { readPointer } from '../read-pointer.ts';
import type { CollectedDataset } from './collect-datasets.ts';

/** Metadata of a dataset; larger JSON files are data. */
const MAX_RECORD_BYTES = 16 * 2 ** 20;

/** Contradictions that are named one by one. */
const MAX_NAMED = 5;

type Observation = Provenance['observations'][number];

export interface CheckedRecords {
  readonly observations: readonly Observation[];
  /** Records that are there and could not be read, so that nothing was compared with them, in sentences. */
  readonly notes: readonly string[];
}

/**
 * Compares the files with what others recorded of them: Croissant metadata, DVC, downloads from Hugging Face; and finds Git LFS pointers
 * that stand for files. A record can only speak against a file: it comes with the data, so it vouches for nothing.
 */
export async function checkRecords(dataset: CollectedDataset, files: DatasetFiles, manifest: DatasetManifest | undefined, root: string): Promise<CheckedRecords> {
  const notes: string[] = [];
  const unread: Unread = (record, why) => void notes.push(`The record ${record} could not be read (${why}), so nothing was compared with it.`);
  const [downloads, croissant, dvc] = [await downloadsOf(files), await croissantOf(dataset, files, root, unread), await dvcOf(dataset, files, root, unread)];
  const byPath = new Map(files.list.map((one) => [one.path, one]));
  const wrong: Observation[] = [];
  for (const record of [...downloads, ...croissant, ...dvc]) {
    const actual = await digestOf(record, byPath, files);
    if (actual === undefined || actual === record.digest) continue;
    wrong.push(observeDatasetSource('record-mismatch', {
      record: record.record, file: record.file === '' ? dataset.path : record.file, algorithm: NAMES[record.algorithm], stated: record.digest, actual,
    }));
    if (wrong.length >= MAX_NAMED) break;
  }
  return { observations: [...wrong, ...revisionOf(dataset, downloads, manifest), ...(await pointersOf(dataset, files))], notes };
}

type Unread = (record: string, why: string) => void;

const NAMES: Readonly<Record<FileRecord['algorithm'], string>> = { sha256: 'SHA-256', md5: 'MD5', git: 'the git digest', 'md5-folder': 'the folder MD5' };

async function downloadsOf({ folder, downloadRecords }: DatasetFiles): Promise<readonly (FileRecord & { readonly revision: string })[]> {
  const records: (FileRecord & { readonly revision: string })[] = [];
  for (const record of downloadRecords) {
    const file = downloadedFile(record);
    if (file === undefined) continue;
    const read = readDownload(await headOf(path.join(folder, record), record), file);
    if (read !== undefined) records.push({ ...read, record });
  }
  return records;
}

async function croissantOf({ path: name }: CollectedDataset, { folder, isFolder, list }: DatasetFiles, root: string, unread: Unread): Promise<readonly FileRecord[]> {
  const inside = isFolder ? list.filter(({ path: file, size }) => /(?:^|\/)[^/]*(?:croissant|metadata)[^/]*\.json$/i.test(file) && size <= MAX_RECORD_BYTES).map(({ path: file }) => ({ record: file, absolute: path.join(folder, file) })) : [];
  const beside = ['.croissant.json', '-croissant.json'].map((ending) => ({ record: `${name}${ending}`, absolute: path.join(root, `${name}${ending}`) }));
  const records: FileRecord[] = [];
  for (const { record, absolute } of [...inside, ...beside]) {
    const text = await readIfThere(absolute, record, unread);
    if (text === undefined) continue;
    const value = text.length > MAX_RECORD_BYTES ? undefined : parsed(text);
    // Other metadata may be what it likes; what calls itself Croissant should be readable.
    if (value === undefined && /croissant/i.test(path.posix.basename(record))) unread(record, text.length > MAX_RECORD_BYTES ? 'it is too large' : 'it is not JSON');
    if (!isCroissant(value)) continue;
    for (const one of readCroissant(value, list.map(({ path: file }) => file))) records.push({ ...one, record });
  }
  return records;
}

async function dvcOf({ path: name }: CollectedDataset, { list, isFolder }: DatasetFiles, root: string, unread: Unread): Promise<readonly FileRecord[]> {
  const base = path.posix.basename(name);
  const folder = path.posix.dirname(name);
  const places = [{ record: `${name}.dvc`, dataset: base }, { record: path.posix.join(folder, 'dvc.lock'), dataset: base }, ...(folder === '.' ? [] : [{ record: 'dvc.lock', dataset: name }])];
  const records: FileRecord[] = [];
  for (const { record, dataset } of places) {
    const text = await readIfThere(path.join(root, record), record, unread);
    if (text === undefined) continue;
    const read = readRecord(() => readDvc(text, record, dataset), record, unread);
    // Of a dataset that is one file, the record of the whole is that of the file.
    for (const one of read) records.push({ ...one, record, file: one.file === '' && !isFolder && one.algorithm === 'md5' ? (list[0]?.path ?? '') : one.file });
  }
  return records;
}

/** What is no record of DVC says nothing about the files, and that is said. */
function readRecord<T>(read: () => readonly T[], record: string, unread: Unread): readonly T[] {
  try {
    return read();
  } catch {
    unread(record, 'it is too large or no YAML');
    return [];
  }
}

async function readIfThere(absolute: string, record: string, unread: Unread): Promise<string | undefined> {
  try {
    return await readText(absolute);
  } catch {
    unread(record, 'it is no file that this user may read');
    return undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The digest that a file has by the algorithm of a record; undefined for a file that is not there. */
async function digestOf({ file, algorithm }: FileRecord, files: ReadonlyMap<string, DatasetFile>, { folder, list }: DatasetFiles): Promise<string | undefined> {
  if (algorithm === 'md5-folder') return folderMd5(folder, list);
  const found = files.get(file);
  if (found === undefined) return undefined;
  if (algorithm === 'sha256') return found.digest.slice('sha256:'.length);
  const absolute = path.join(folder, file);
  return algorithm === 'md5' ? hashFile(absolute, 'md5', file) : hashFile(absolute, 'sha1', file, (size) => `blob ${String(size)}\0`);
}

/** As DVC has it: MD5 of the JSON list of files with their MD5, in the order of their paths and in Python's spacing. */
async function folderMd5(folder: string, list: readonly DatasetFile[]): Promise<string> {
  const entries: string[] = [];
  for (const { path: file } of list) entries.push(`{"md5": "${await hashFile(path.join(folder, file), 'md5', file)}", "relpath": ${asciiJson(file)}}`);
  return createHash('md5').update(`[${entries.join(', ')}]`).digest('hex');
}

function asciiJson(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function revisionOf({ path: name }: CollectedDataset, downloads: readonly { readonly revision: string; readonly record: string }[], manifest: DatasetManifest | undefined): Observation[] {
  const source = manifest?.source;
  if (source === undefined || 'url' in source) return [];
  const other = downloads.find(({ revision }) => revision !== source.revision);
  return other === undefined ? [] : [observeDatasetSource('revision-mismatch', { record: other.record, path: name, actual: other.revision, stated: source.revision })];
}

async function pointersOf({ path: name }: CollectedDataset, { folder, list }: DatasetFiles): Promise<Observation[]> {
  const pointers: string[] = [];
  for (const { path: file, size } of list) {
    if (size <= MAX_POINTER_BYTES && (await readPointer(path.join(folder, file), file)) !== undefined) pointers.push(file);
  }
  const [first] = pointers;
  return first === undefined ? [] : [observeDatasetSource('unresolved-pointer', { path: name, count: pointers.length, first })];
}

/** Three short lines; what is longer is no record. */
async function headOf(absolute: string, name: string): Promise<string> {
  const source = await openFileSource(absolute, name);
  try {
    return new TextDecoder().decode(await source.read(0, Math.min(source.size, MAX_POINTER_BYTES)));
  } finally {
    await source.close();
  }
}
