import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Digest } from '../../artifacts/artifact.ts';
import { datasetFiles, type DatasetFiles } from '../../artifacts/dataset-files.ts';
import { SAMPLE_DIGEST_DIGITS, type SampleLine } from '../../artifacts/samples-root.ts';
import { GateError } from '../../errors.ts';
import { openDataset } from '../../datasets/open-dataset.ts';
import { sampleLines } from '../../datasets/sample-lines.ts';
import type { DatasetSettings } from '../../datasets/dataset-settings.ts';
import type { DatasetFacet, DatasetSample, TrustedDataset } from '../../model/dataset.ts';
import type { TrustedVersion } from '../inspection.ts';

export interface CurrentDataset {
  readonly dataset: DatasetFacet;
  /** Absent where the dataset is joined from parts, and its files are elsewhere. */
  readonly files?: DatasetFiles;
  /** With the format it was read as. */
  readonly settings: DatasetSettings;
}

export interface ComparedDataset {
  /** The dataset, with the classes that only the approved version has behind its own. */
  readonly dataset: DatasetFacet;
  readonly trusted: TrustedDataset;
}

/** Digits behind those that a manifest keeps; no sample of today has such a digest. */
const UNKNOWN_DIGITS = '0'.repeat(64 - SAMPLE_DIGEST_DIGITS);

/**
 * The approved version of a dataset: labels and digests of all its samples, and of those that are still there unchanged the samples
 * themselves. A class that is gone keeps a name, so that a sample which was in it is seen as relabelled.
 */
export async function readTrusted(version: TrustedVersion, now: CurrentDataset, signal: AbortSignal): Promise<ComparedDataset> {
  const { dataset } = now;
  const lines = version.kind === 'manifest' ? await linesOf(version.file) : await linesBefore(version, now, signal);
  const classNames = [...dataset.classNames];
  const indexes = new Map(classNames.map((name, index) => [name, index]));
  const samples = new Map<string, { readonly label?: number; readonly digest: Digest }>();
  for (const [id, label, digits] of lines) {
    if (label !== null && !indexes.has(label)) indexes.set(label, classNames.push(label) - 1);
    const index = label === null ? undefined : indexes.get(label);
    samples.set(id, { digest: `sha256:${digits}${UNKNOWN_DIGITS}`, ...(index === undefined ? {} : { label: index }) });
  }

  const classCounts = classNames.map(() => 0);
  let count = 0;
  for await (const { id, label, digest } of dataset.samples(signal)) {
    const approved = samples.get(id);
    if (approved === undefined || !isStart(approved.digest, digest)) continue;
    samples.set(id, { ...approved, digest });
    if (approved.label !== label) continue;
    count += 1;
    if (label !== undefined) classCounts[label] = (classCounts[label] ?? 0) + 1;
  }
  const widened: DatasetFacet = { ...dataset, classNames, classCounts: classNames.map((_, index) => dataset.classCounts[index] ?? 0) };
  const isApproved = ({ id, label, digest }: DatasetSample): boolean => {
    const approved = samples.get(id);
    return approved !== undefined && approved.digest === digest && approved.label === label;
  };
  return {
    dataset: widened,
    trusted: {
      description: version.description,
      samples,
      dataset: {
        ...widened, count, classCounts, broken: [], brokenCount: 0,
        async *samples(inner) {
          for await (const sample of dataset.samples(inner)) if (isApproved(sample)) yield sample;
        },
      },
    },
  };
}

function isStart(approved: Digest, digest: Digest): boolean {
  const length = 'sha256:'.length + SAMPLE_DIGEST_DIGITS;
  return approved.slice(0, length) === digest.slice(0, length);
}

async function linesOf(file: string): Promise<SampleLine[]> {
  const lines: SampleLine[] = [];
  for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
    if (line !== '') lines.push(JSON.parse(line) as SampleLine);
  }
  return lines;
}

/** The dataset as it was: files that the change touches in their earlier version, all others as they are. */
async function linesBefore({ touched, folder }: Extract<TrustedVersion, { kind: 'before' }>, now: CurrentDataset, signal: AbortSignal): Promise<SampleLine[]> {
  if (now.files === undefined) {
    throw new GateError({
      code: 'dataset/unreadable', message: 'The parts of shards hold nothing of the version before the change.', nextStep: 'Write a manifest with "modelgate dataset lock": shards compare with that.',
    });
  }
  const { files } = now;
  const isTouched = new Set(touched);
  const earlier = (await datasetFiles(folder, { signal })).list.map((one) => ({ ...one, folder }));
  const list = [...files.list.filter(({ path }) => !isTouched.has(path)), ...earlier].sort((left, right) => (left.path < right.path ? -1 : 1));
  if (list.length === 0) return [];
  const { facet } = await openDataset({ files: { ...files, list, problems: [] }, settings: now.settings, signal });
  const lines: SampleLine[] = [];
  for await (const line of sampleLines(facet, signal)) lines.push(line);
  return lines;
}
