import type { ByteSource } from '../artifacts/byte-source.ts';
import type { DatasetFile } from '../artifacts/dataset-files.ts';
import type { Digest } from '../artifacts/artifact.ts';
import type { BrokenSample, SampleContent } from '../model/dataset.ts';
import type { DatasetSettings } from './dataset-settings.ts';

/** One sample as its file has it, before labels have numbers. */
export interface RawSample {
  readonly id: string;
  /** A class name, or a number that may be a class index. */
  readonly label?: string | number;
  /** Of the content where that is cheaper to tell than from what was decoded: an image file's bytes. */
  readonly digest?: Digest;
  readonly place: BrokenSample['place'];
  readonly content: SampleContent;
}

export type RawRecord = { readonly sample: RawSample } | { readonly broken: BrokenSample };

/** What a reader makes of the files it is meant for. */
export interface RecordStream {
  readonly kind: SampleContent['kind'];
  readonly columns?: readonly string[];
  /** Where the files say what class numbers mean. */
  readonly classNames?: readonly string[];
  /** Paths of all files that are part of the dataset to this reader; others that look like data are reported as left unread. */
  readonly claimed: ReadonlySet<string>;
  readonly notes: readonly string[];
  /**
   * From the beginning at every call and always in the same order. A record that is not wanted, by its number from 0, may come as
   * undefined, so that nobody decodes what is left to another shard.
   */
  records(signal: AbortSignal, isWanted?: (record: number) => boolean): AsyncIterable<RawRecord | undefined>;
}

/** Files of a dataset with the bytes they were hashed with. */
export interface ReadableFiles {
  readonly list: readonly DatasetFile[];
  /** Throws `artifact/changed` when the file is no longer the one that was hashed; so do later reads. The caller closes it. */
  open(file: DatasetFile): Promise<ByteSource & { close(): Promise<void> }>;
  /** All bytes. Throws `artifact/changed`, and `dataset/invalid` beyond `maxBytes`. */
  read(file: DatasetFile, maxBytes: number): Promise<Uint8Array>;
}

/** How datasets of one form are read. Nothing of a dataset is ever executed. */
export interface DatasetReader {
  /** Reported as `dataset/<id>`. */
  readonly id: string;
  /** A plural noun phrase: "image folders". */
  readonly title: string;
  /** `files` are those whose content is of this form. */
  open(files: readonly DatasetFile[], all: ReadableFiles, settings: DatasetSettings): Promise<RecordStream>;
}
