import type { Changes } from './artifacts/changes.ts';
import type { EarlierVersions } from './artifacts/earlier-versions.ts';
import type { Inspect, InspectionProgress } from './inspection/inspection.ts';
import type { ResolvedPolicy } from './policy/policy.ts';
import type { Lockfile } from './provenance/lockfile.ts';

/** Everything the gate needs to know, read at the edge (cli, action) into one object. */
export interface GateRequest {
  /** Absolute path of the folder that artifact paths are relative to. */
  readonly root: string;
  /**
   * What to look at. `paths`: every artifact below these files and folders. `changes`: only what changed (and the
   * policy's globs take). Paths are relative to root, with `/`.
   */
  readonly scope: { readonly kind: 'paths'; readonly paths: readonly string[] } | { readonly kind: 'changes'; readonly changes: Changes };
  readonly policy: ResolvedPolicy;
  /** The lockfile in force (of the base commit in a pull request); absolute path; undefined when there is none. */
  readonly lockfile: { readonly path: string; readonly content: Lockfile } | undefined;
  /** Changes of the policy or lockfile in the head that take no effect on this run. */
  readonly ignoredHeadChanges: readonly { readonly file: string; readonly kind: 'policy' | 'lockfile' }[];
  /** Overrides the samples of every model block. Absolute path. */
  readonly samples: string | undefined;
  /** Overrides the baseline of every model block. Absolute path. */
  readonly baseline: string | undefined;
  /**
   * All that the change under test touches, also outside of `scope`; undefined where the files on disk are trusted as a
   * whole. A baseline is never taken from what is touched.
   */
  readonly changes?: Changes;
  /** Files as they were before; absent where there is no repository. */
  readonly earlier?: EarlierVersions;
  readonly seed: number;
  readonly budgetSeconds: number | undefined;
  readonly engine: 'auto' | 'onnxruntime-node' | 'onnxruntime-web';
  /** Processor threads for the whole run; several artifacts share them. */
  readonly threads: number;
  /** Part `index` of `count` of the artifacts, in path order, and of the samples of every dataset; index starts at 1. */
  readonly shard?: { readonly index: number; readonly count: number };
  /** Datasets to gate whatever the policy names; relative to root. */
  readonly datasets?: readonly string[];
  /** True where every dataset of the policy is meant, whatever the paths of the scope are. */
  readonly hasAllDatasets?: boolean;
  /**
   * A file as whoever judges trusts it, relative to root: as it is at the base commit in a pull request. Undefined where what is on disk
   * is trusted.
   */
  readonly readTrusted?: (file: string) => Promise<string | undefined>;
  /** Absolute path of the folder of the report: there a shard leaves its parts of datasets. */
  readonly partsFolder?: string;
  /** Absolute path of a file that gets every score of every sample of a dataset. */
  readonly scoresFile?: string;
  /** Turns fail into warn for the whole run (roll-out). */
  readonly warnOnly: boolean;
}

/** What the gate may not do itself: clock, processes, cancellation, chatter. */
export interface GatePorts {
  readonly inspect: Inspect;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: InspectionProgress) => void;
  /** Told every picture that the report will name, once or more; who keeps none has a report whose files are not there. */
  readonly onPicture?: (digest: string, bytes: Uint8Array) => void;
}
