import type { Digest } from '../artifacts/artifact.ts';
import type { MemberPlace } from '../artifacts/member-place.ts';
import type { GateErrorData } from '../errors.ts';
import type { ModelSettings, ResolvedDetector } from '../policy/policy.ts';
import type { DatasetSettings } from '../datasets/dataset-settings.ts';
import type { DatasetSummary, Pictures, Result } from '../report.ts';

/** What is asked of one inspection: one artifact, the detectors to run, and what is known of the model. */
export interface InspectionRequest {
  /** As reported. */
  readonly path: string;
  /** Absolute path of the file; for a member, of the file that holds it. */
  readonly file: string;
  /** For a member of an archive: where it lies, from the file inwards. Digest and size are then the member's. */
  readonly within?: readonly MemberPlace[];
  /** Id of the format to read the bytes as, where they are valid as several. */
  readonly readAs?: string;
  /** Bytes that unpacking members may give; default: the limit for one file. */
  readonly expansionBytes?: number;
  readonly digest: Digest;
  readonly size: number;
  /** Set where the artifact is a dataset: `file` is then its folder or file, `digest` the Merkle root of its files. */
  readonly dataset?: DatasetRequest;
  /** Of the file when it was hashed: one that is still the same is not hashed again where it is read by range. */
  readonly identity?: string;
  readonly detectors: readonly ResolvedDetector[];
  /** The policy's `models:` block or the sidecar, paths already absolute. */
  readonly settings: ModelSettings;
  /** The trusted earlier version; absent when no detector was asked for that compares. `settings.baseline` is not looked at. */
  readonly baseline?: BaselineReference;
  /** True where a model's graph must not be run: detectors that only use a classifier when it is there go without. */
  readonly isExecutionRefused?: boolean;
  readonly settingsOrigin: 'policy' | 'sidecar' | 'none';
  readonly seed: number;
  readonly engine: 'auto' | 'onnxruntime-node' | 'onnxruntime-web';
  readonly threads: number;
  /** Hard limit for the whole inspection. */
  readonly deadlineSeconds: number;
  readonly memoryBytes: number;
}

/** What is known of a dataset. All paths are absolute. */
export interface DatasetRequest {
  readonly settings: DatasetSettings;
  /** The model trained on it, with what the policy says of it. */
  readonly model?: { readonly path: string; readonly file: string; readonly settings: ModelSettings; readonly settingsOrigin: 'policy' | 'sidecar' | 'none' };
  readonly trainingLog?: string;
  readonly trusted?: TrustedVersion;
  /** True where a manifest has to be compared with what the files hold. */
  readonly wantsSamplesRoot: boolean;
  /** Where every score of every detector is written, a line of JSON a sample. */
  readonly scoresFile?: string;
  /** Where every sample is written as a manifest lists it, a line of JSON each. */
  readonly samplesFile?: string;
  /** Set where only a shard's part is read, and no detector runs. */
  readonly part?: DatasetPart;
  /** Files that the shards have written of all parts, in their order: the dataset is read from these and need not be there. */
  readonly joined?: readonly string[];
}

/** Every `count`-th record of a dataset, from `index` on, which starts at 1. */
export interface DatasetPart {
  readonly index: number;
  readonly count: number;
  /** Where what detectors look at is written. */
  readonly file: string;
}

/** The approved version of a dataset: as its manifest lists it, or as it was before the change under test. */
export type TrustedVersion =
  | { readonly kind: 'manifest'; readonly description: string; readonly file: string }
  | {
      readonly kind: 'before';
      readonly description: string;
      /** Files that the change touches, relative to the dataset; all others are as they were. */
      readonly touched: readonly string[];
      /** Holds the earlier versions of touched files, by the same names. */
      readonly folder: string;
    };

/** Which file the trusted earlier version is, or why there is none. */
export type BaselineReference =
  | {
      readonly kind: 'file';
      /** Absolute path. */
      readonly file: string;
      readonly digest: Digest;
      readonly size: number;
      /** What it is and where it came from, as the end of "Compared with …". */
      readonly description: string;
      /** False for a single file taken out of the history: external data does not lie beside it. */
      readonly hasCompanions: boolean;
      /** Files that must not be read as its external data, relative to it: the change under test touches them. */
      readonly refusedCompanions: readonly string[];
    }
  /** A model in several files. */
  | {
      readonly kind: 'index';
      /** Merkle root of the digests of the index and its files. */
      readonly digest: Digest;
      readonly description: string;
      readonly index: BaselineFile;
      /** Every file that the index names, by what it calls it. */
      readonly parts: readonly BaselineFile[];
    }
  /** It was meant to be there: what compares is inconclusive. */
  | { readonly kind: 'problem'; readonly reason: string }
  | { readonly kind: 'none'; readonly reason: string };

/** One of the files of an earlier version that lies in several. */
export interface BaselineFile {
  /** Relative to the index. */
  readonly name: string;
  /** Absolute path. */
  readonly file: string;
  readonly digest: Digest;
  /** Of the file when it was hashed: one that is still the same is not hashed again. */
  readonly identity: string;
}

/** Another file the model is made of: becomes an artifact row of its own in the report. */
export interface Companion {
  readonly path: string;
  readonly digest: Digest;
  readonly size: number;
}

/**
 * A member that is worth a row of its own: it is to be inspected (`place`), or it could not be opened or recognized
 * (`trouble`). What is neither is counted in the notes.
 */
export interface FoundMember {
  /** Unique in its container. */
  readonly name: string;
  readonly size: number;
  readonly digest?: Digest;
  /** Absent when the member is the container itself, read in another way. */
  readonly place?: MemberPlace;
  readonly readAs?: string;
  readonly trouble?: GateErrorData;
  /** What it is by its place in the archive when it cannot be read as what its first bytes say: raw numbers can begin like anything. */
  readonly otherwise?: string;
}

export interface Inspection {
  /** Absent when no reader recognised the bytes. */
  readonly format?: string;
  readonly engine?: string;
  readonly notes: readonly string[];
  readonly companions: readonly Companion[];
  /** External data of the earlier version; paths relative to it. No artifacts of this run. */
  readonly baselineCompanions?: readonly Companion[];
  /** Of an archive: what has to be looked at besides its structure. */
  readonly members?: readonly FoundMember[];
  /** Of a dataset. */
  readonly dataset?: DatasetSummary;
  /** Of a dataset, where it was asked for: the Merkle root of its samples as a manifest lists them. */
  readonly samplesRoot?: Digest;
  /** Of a dataset: files that its samples come from, the first of them where there are very many. */
  readonly claimed?: readonly string[];
  /** One for each requested detector, whatever happened. */
  readonly results: readonly Result[];
  /** Bytes of every picture the results name. */
  readonly pictures?: Pictures;
  /** Set when the artifact as a whole could not be inspected. */
  readonly error?: GateErrorData;
}

export interface InspectionProgress {
  readonly path: string;
  readonly detector?: string;
  readonly done: number;
  readonly what: string;
}

/** How the gate has an artifact inspected; the real one is a supervised process, tests may pass a plain function. */
export type Inspect = (
  request: InspectionRequest,
  options: { readonly signal: AbortSignal; readonly onProgress: (progress: InspectionProgress) => void },
) => Promise<Inspection>;
