import type { Artifact } from '../artifacts/artifact.ts';
import type { ByteRange, ByteSource } from '../artifacts/byte-source.ts';
import type { OnnxModel } from '../onnx/onnx-model.ts';
import type { Baseline } from './baseline.ts';
import type { ArchiveFacet } from './archive.ts';
import type { Classifier } from './classifier.ts';
import type { CodeFacet } from './code.ts';
import type { DatasetFacet, TrainingLog, TrustedDataset } from './dataset.ts';
import type { InputGradient } from './input-gradient.ts';
import type { ProbeSource } from './probes.ts';
import type { ReferenceSet } from './reference-set.ts';
import type { Samples } from './samples.ts';
import type { StructureFacet } from './structure.ts';

/**
 * One named block of numbers of a model, wherever its bytes lie. The range holds its elements and nothing else: row-major,
 * little-endian, types below a byte packed from the lowest bits. `streamTensor` reads it piece by piece.
 */
export interface TensorInfo {
  readonly name: string;
  /** By ONNX's names: `float`, `float16`, `int8` ... */
  readonly dataType: string;
  readonly shape: readonly number[];
  readonly source: ByteSource;
  readonly range: ByteRange;
}

export interface Tensors {
  readonly list: readonly TensorInfo[];
  /** All elements as float64-exact numbers (Float32Array for float types up to 32 bits); rejects for strings. */
  values(name: string): Promise<Float32Array | Float64Array>;
}

/** The computation graph in the one graph language. `bytes` is what an engine loads; external files ride along. */
export interface GraphFacet {
  readonly model: OnnxModel;
  readonly bytes: ByteSource;
  readonly externalFiles: readonly Artifact[];
}

/** What a reader, the policy or the lockfile can provide of a model. */
export interface Facets {
  readonly tensors: Tensors;
  readonly graph: GraphFacet;
  readonly metadata: ReadonlyMap<string, string>;
  /** Of formats whose loading runs instructions of the file. */
  readonly code: CodeFacet;
  readonly classifier: Classifier;
  /** Absent with a reason where an operator has no gradient rule. */
  readonly gradient: InputGradient;
  /** Absent where samples were given and cannot be used, and where there are neither samples nor a gradient. */
  readonly probes: ProbeSource;
  readonly samples: Samples;
  /** Known models of the same architecture and task, where the policy names a reference. */
  readonly reference: ReferenceSet;
  /** The trusted earlier version; only where a detector asks for it. */
  readonly baseline: Baseline;
  /** Of a container: its members and what is odd about its structure. Members are inspected by themselves. */
  readonly archive: ArchiveFacet;
  /** What is odd about a file's layout and declarations. */
  readonly structure: StructureFacet;
  /** Of a dataset; `classifier` is then the model trained on it, where one is named. */
  readonly dataset: DatasetFacet;
  /** The approved version of the dataset. */
  readonly trustedDataset: TrustedDataset;
  readonly trainingLog: TrainingLog;
}

export type FacetName = keyof Facets;
