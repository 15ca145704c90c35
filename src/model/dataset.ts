import type { Digest } from '../artifacts/artifact.ts';
import type { GateErrorData } from '../errors.ts';

/** What a sample is. Numbers are as stored: nothing is scaled, centered or resized. */
export type SampleContent =
  | {
      readonly kind: 'image';
      readonly channels: number;
      readonly height: number;
      readonly width: number;
      /** Channels first, 0 to 255: [channels, height, width]. */
      readonly pixels: Uint8Array;
      /** Of an image in a file of its own: what its encoder left behind. */
      readonly encoding?: ImageEncoding;
    }
  | { readonly kind: 'text'; readonly text: string }
  /** One value a column of `DatasetFacet.columns`; null where it is missing. */
  | { readonly kind: 'row'; readonly values: readonly (number | string | null)[] }
  /** Channels first: [channels, length]. */
  | { readonly kind: 'series'; readonly channels: number; readonly length: number; readonly values: Float32Array };

export interface ImageEncoding {
  readonly format: 'png' | 'jpeg';
  readonly bytes: number;
  /** Encoder settings that rarely differ within one source: quantization tables' digest, bit depth, chunk names, software ... */
  readonly traits: ReadonlyMap<string, string>;
}

/** One labelled sample. */
export interface DatasetSample {
  /** Stable over versions of the dataset and unique in it: a relative path, or `train.csv#12`. */
  readonly id: string;
  /** Index into `classNames`; absent for a sample without a label. */
  readonly label?: number;
  /** Of the content alone, so that a changed label is seen as one. */
  readonly digest: Digest;
  /** The file that holds it, relative to the dataset, and the record in it, counted from 0. */
  readonly place: { readonly file: string; readonly record?: number };
  readonly content: SampleContent;
}

/** A record that could not be read; the ones around it were. */
export interface BrokenSample {
  readonly place: DatasetSample['place'];
  readonly error: GateErrorData;
}

/** A dataset as detectors see it. */
export interface DatasetFacet {
  readonly kind: SampleContent['kind'];
  readonly classNames: readonly string[];
  /** Names of the columns where `kind` is `row`; empty otherwise. */
  readonly columns: readonly string[];
  readonly count: number;
  /** Samples a class, in the order of `classNames`; unlabelled ones are in none. */
  readonly classCounts: readonly number[];
  /** At most MAX_LISTED_BROKEN_SAMPLES of them. */
  readonly broken: readonly BrokenSample[];
  readonly brokenCount: number;
  /** From the beginning at every call and always in the same order; one sample in memory at a time. */
  samples(signal: AbortSignal): AsyncIterable<DatasetSample>;
}

export const MAX_LISTED_BROKEN_SAMPLES = 100;

/** The version of the dataset somebody approved, to compare with. */
export interface TrustedDataset {
  /** Which version it is and where it came from, as the end of "Compared with …". */
  readonly description: string;
  /** Label and digest of each approved sample, by id. */
  readonly samples: ReadonlyMap<string, { readonly label?: number; readonly digest: Digest }>;
  /** The approved samples themselves, where they can be read. */
  readonly dataset?: DatasetFacet;
}

/** What a training job wrote: numbers over time, for the run and for each sample. */
export interface TrainingLog {
  /** By name (`loss`, `gradient_norm` ...), in the order of the steps. */
  readonly scalars: ReadonlyMap<string, { readonly steps: Float64Array; readonly values: Float64Array }>;
  /** Losses of single samples: [epochs, samples], row-major; NaN where a sample was not seen. */
  readonly sampleLosses?: {
    readonly epochs: readonly number[];
    /** Ids of the dataset's samples. */
    readonly ids: readonly string[];
    readonly losses: Float32Array;
    /** Gradient norms, same shape, where they were written. */
    readonly gradientNorms?: Float32Array;
  };
}
