import type { Digest } from '../artifacts/artifact.ts';
import type { GateErrorData } from '../errors.ts';
import type { ModelSettings, ResolvedDetector } from '../policy/policy.ts';
import type { Pictures, Result } from '../report.ts';

/** What is asked of one inspection: one artifact, the detectors to run, and what is known of the model. */
export interface InspectionRequest {
  /** As reported. */
  readonly path: string;
  /** Absolute path of the file. */
  readonly file: string;
  readonly digest: Digest;
  readonly size: number;
  readonly detectors: readonly ResolvedDetector[];
  /** The policy's `models:` block or the sidecar, paths already absolute. */
  readonly settings: ModelSettings;
  readonly settingsOrigin: 'policy' | 'sidecar' | 'none';
  readonly seed: number;
  readonly engine: 'auto' | 'onnxruntime-node' | 'onnxruntime-web';
  readonly threads: number;
  /** Hard limit for the whole inspection. */
  readonly deadlineSeconds: number;
  readonly memoryBytes: number;
}

/** Another file the model is made of: becomes an artifact row of its own in the report. */
export interface Companion {
  readonly path: string;
  readonly digest: Digest;
  readonly size: number;
}

export interface Inspection {
  /** Absent when no reader recognised the bytes. */
  readonly format?: string;
  readonly engine?: string;
  readonly notes: readonly string[];
  readonly companions: readonly Companion[];
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
