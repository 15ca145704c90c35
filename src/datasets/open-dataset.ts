import type { DatasetFiles } from '../artifacts/dataset-files.ts';
import { GateError } from '../errors.ts';
import type { BrokenSample, DatasetFacet } from '../model/dataset.ts';
import type { DatasetReader, RecordStream } from './dataset-reader.ts';
import type { DatasetSettings } from './dataset-settings.ts';
import { brokenSample } from './open-dataset/broken-sample.ts';
import { datasetFacet } from './open-dataset/dataset-facet.ts';
import { readableFiles } from './open-dataset/readable-files.ts';
import { sniffFiles, type DataKind, type SniffedFile } from './open-dataset/sniff-files.ts';
import { datasetReaders } from './readers/index.ts';

export interface OpenDatasetRequest {
  readonly files: DatasetFiles;
  readonly settings: DatasetSettings;
  readonly signal: AbortSignal;
  /** Samples read so far in the first pass. */
  readonly onProgress?: (samples: number) => void;
}

export interface OpenedDataset {
  readonly facet: DatasetFacet;
  /** `dataset/<reader>`. */
  readonly format: string;
  /** Paths of the files the samples come from. */
  readonly claimed: ReadonlySet<string>;
  /** What was chosen, assumed and left out, in sentences. */
  readonly notes: readonly string[];
}

/** The records of a dataset and what is known of them before any is read. */
export interface OpenedRecords {
  readonly stream: RecordStream;
  /** `dataset/<reader>`. */
  readonly format: string;
  /** Files that could not be read, and files that look like data and that the reader did not take. */
  readonly broken: readonly BrokenSample[];
  /** What else was noticed about the files, in sentences. */
  readonly notes: readonly string[];
}

/**
 * Opens what lies in a dataset's files, whatever they are called: content decides which reader it is, the one that takes
 * most of the bytes, unless the settings name it. What looks like data and is not read is reported as broken, so that
 * nothing can be hidden beside what is read. Throws `dataset/invalid` when no file holds samples.
 */
export async function openRecords({ files, settings, signal }: Omit<OpenDatasetRequest, 'onProgress'>): Promise<OpenedRecords> {
  const readable = readableFiles(files);
  const sniffed = await sniffFiles(readable, signal);
  const reader = chooseReader(sniffed, settings);
  const wanted = sniffed.filter(({ kind }) => kind !== undefined && kindsOf(reader).includes(kind)).map(({ file }) => file);
  const stream = await reader.open(wanted, readable, settings);
  const unread = sniffed.flatMap(({ file, kind }): BrokenSample[] =>
    kind === undefined || stream.claimed.has(file.path) ? [] : [leftUnread(file.path, reader)],
  );
  const programs = readable.list.filter(({ path }) => /\.(?:py|sh|js|dll|so|exe)$/i.test(path));
  return {
    stream,
    format: `dataset/${reader.id}`,
    broken: [...files.problems.map(({ path, error }) => ({ place: { file: path }, error })), ...unread],
    notes: programs.length === 0 ? [] : [`The dataset brings ${String(programs.length)} program files, such as ${programs[0]?.path ?? ''}: whoever loads it with its own script runs them.`],
  };
}

/** {@link openRecords}, and a pass over all of them that counts classes and finds the broken ones. */
export async function openDataset({ onProgress, ...request }: OpenDatasetRequest): Promise<OpenedDataset> {
  const { stream, format, broken, notes: more } = await openRecords(request);
  const { facet, notes } = await datasetFacet(stream, { signal: request.signal, broken, ...(onProgress === undefined ? {} : { onProgress }) });
  return { facet, format, claimed: stream.claimed, notes: [...notes, ...more] };
}

function chooseReader(sniffed: readonly SniffedFile[], { format }: DatasetSettings): DatasetReader {
  if (format !== undefined) {
    const named = datasetReaders.find(({ reader }) => reader.id === format);
    if (named !== undefined) return named.reader;
    throw new GateError({
      code: 'policy/invalid', message: `There is no dataset format "${format}".`, where: { field: 'datasets.format' },
      nextStep: `Known are: ${datasetReaders.map(({ reader }) => reader.id).join(', ')}.`,
    });
  }
  const hasImages = sniffed.some(({ kind }) => kind === 'image');
  const bytesOf = (kinds: readonly DataKind[]): number =>
    sniffed.reduce((sum, { file, kind }) => sum + (kind !== undefined && kinds.includes(kind) ? Math.max(1, file.size) : 0), 0);
  const [best] = datasetReaders
    // A table beside images says what they are called.
    .filter(({ reader }) => !(hasImages && reader.id === 'table'))
    .map(({ reader, kinds }) => ({ reader, bytes: bytesOf(kinds) }))
    .sort((left, right) => right.bytes - left.bytes);
  if (best !== undefined && best.bytes > 0) return best.reader;
  throw new GateError({
    code: 'dataset/invalid',
    message: `${sniffed.length === 1 ? 'Its only file does not hold' : `None of its ${String(sniffed.length)} files holds`} samples that modelgate reads.`,
    nextStep: `Check the path; readable are ${datasetReaders.map(({ reader }) => reader.title).join(', ')}.`,
  });
}

function kindsOf(reader: DatasetReader): readonly DataKind[] {
  return datasetReaders.find((one) => one.reader === reader)?.kinds ?? [];
}

function leftUnread(path: string, reader: DatasetReader): BrokenSample {
  return brokenSample({ file: path }, new Error(`The file looks like data, but was not read: the dataset was taken for ${reader.title}.`)).broken;
}
