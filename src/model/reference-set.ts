import type { Digest } from '../artifacts/artifact.ts';

export type ReferenceLabel = 'clean' | 'backdoored';

/** Ways to take features out of many models' weights at once. */
export type Decomposition = 'iva-gaussian' | 'iva-laplace' | 'mcca-maxvar' | 'mcca-genvar' | 'parafac2';

export type ReferenceClassifier = 'random-forest' | 'support-vector-machine' | 'gradient-boosting';

export interface ReferenceLayer {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface ReferenceModel {
  /** As listed when the reference was built; for people. */
  readonly path: string;
  readonly digest: Digest;
  readonly label: ReferenceLabel;
  /** [layers, projection length]: the weights of each layer, randomly projected. */
  readonly projections: Float64Array;
}

/** Known models of one architecture and task, as a reference file keeps them. */
export interface ReferenceSet {
  /** Of the file. */
  readonly digest: Digest;
  /** Of the random projection. */
  readonly seed: number;
  readonly projectionLength: number;
  /** Share of the variance that principal components keep before the decomposition. */
  readonly varianceKept: number;
  readonly decomposition: Decomposition;
  readonly classifier: ReferenceClassifier;
  readonly layers: readonly ReferenceLayer[];
  readonly models: readonly ReferenceModel[];
}
