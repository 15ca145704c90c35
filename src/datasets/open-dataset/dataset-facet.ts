import { MAX_LISTED_BROKEN_SAMPLES, type BrokenSample, type DatasetFacet, type DatasetSample } from '../../model/dataset.ts';
import type { RawRecord, RawSample, RecordStream } from '../dataset-reader.ts';
import { MAX_CLASSES, MAX_HELD_BYTES } from '../dataset-limits.ts';
import { bytesOfContent, digestOfContent } from '../sample-content.ts';
import { brokenSample } from './broken-sample.ts';
import { labelNames } from './label-names.ts';

export interface DatasetFacetOptions {
  readonly signal: AbortSignal;
  /** Files that could not be read or that no reader took, ahead of the records. */
  readonly broken: readonly BrokenSample[];
  /** How many of them are not in `broken`. */
  readonly unlistedBroken?: number;
  readonly onProgress?: (done: number) => void;
}

/** Records between two reports of progress. */
const PROGRESS_RECORDS = 1000;

/**
 * A dataset out of the records of a reader. Passes over all of them once to count classes and to find the broken ones; a
 * small dataset is held from then on, a large one is read again at every pass, one sample at a time.
 */
export async function datasetFacet(stream: RecordStream, options: DatasetFacetOptions): Promise<{ readonly facet: DatasetFacet; readonly notes: readonly string[] }> {
  const broken: BrokenSample[] = [];
  let brokenCount = 0;
  const addBroken = (one: BrokenSample): void => {
    brokenCount += 1;
    if (broken.length < MAX_LISTED_BROKEN_SAMPLES) broken.push(one);
  };
  options.broken.forEach(addBroken);
  brokenCount += options.unlistedBroken ?? 0;

  const counts = new Map<string | number, number>();
  let held: RawSample[] | undefined = [];
  let heldBytes = 0;
  let count = 0;
  for await (const record of stream.records(options.signal)) {
    if (record === undefined) continue;
    const usable = usableSample(record, stream);
    if ('broken' in usable) {
      addBroken(usable.broken);
      continue;
    }
    const { sample } = usable;
    count += 1;
    if (count % PROGRESS_RECORDS === 0) options.onProgress?.(count);
    if (sample.label !== undefined && (counts.has(sample.label) || counts.size <= MAX_CLASSES)) counts.set(sample.label, (counts.get(sample.label) ?? 0) + 1);
    heldBytes += bytesOfContent(sample.content) + 2 * sample.id.length;
    if (heldBytes > MAX_HELD_BYTES) held = undefined;
    held?.push(sample);
  }

  const names = labelNames(new Set(counts.keys()), stream.classNames);
  const classCounts = names.classNames.map(() => 0);
  let strange = 0;
  for (const [label, number] of counts) {
    const index = names.indexOf(label);
    if (index === undefined) strange += number;
    else classCounts[index] = (classCounts[index] ?? 0) + number;
  }
  const finished = held?.map((one) => datasetSample(one, names.indexOf));
  const facet: DatasetFacet = {
    kind: stream.kind, classNames: names.classNames, columns: stream.columns ?? [], count, classCounts, broken, brokenCount,
    async *samples(signal) {
      if (finished !== undefined) {
        for (const one of finished) {
          signal.throwIfAborted();
          yield one;
        }
        return;
      }
      for await (const record of stream.records(signal)) {
        if (record === undefined) continue;
        const usable = usableSample(record, stream);
        if ('sample' in usable) yield datasetSample(usable.sample, names.indexOf);
      }
    },
  };
  const unnamed = strange === 0 || names.classNames.length === 0 ? [] : [`${String(strange)} samples have a label that is none of the ${String(names.classNames.length)} classes; they count as unlabelled.`];
  return { facet, notes: [...stream.notes, ...names.notes, ...unnamed] };
}

/** A dataset has one kind of samples; what is of another is as good as broken to whoever trains on it. */
export function usableSample(record: RawRecord, { kind }: Pick<RecordStream, 'kind'>): RawRecord {
  if ('broken' in record || record.sample.content.kind === kind) return record;
  return brokenSample(record.sample.place, new Error(`It is of the kind ${record.sample.content.kind}, and the dataset is of the kind ${kind}.`));
}

function datasetSample({ id, label, digest, place, content }: RawSample, indexOf: (label: string | number) => number | undefined): DatasetSample {
  const index = label === undefined ? undefined : indexOf(label);
  return { id, ...(index === undefined ? {} : { label: index }), digest: digest ?? digestOfContent(content), place, content };
}
