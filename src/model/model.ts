import type { Artifact } from '../artifacts/artifact.ts';
import type { ByteRange } from '../artifacts/byte-source.ts';
import type { FacetName, Facets } from './facets.ts';

/** What a reader hands over: the facets it could establish, and why others that belong here are missing. */
export interface Model {
  readonly artifact: Artifact;
  /** Id of the format reader. */
  readonly format: string;
  readonly facets: Partial<Facets>;
  /**
   * Facets that should be there but could not be provided (the samples do not fit, the engine refuses the graph).
   * A detector that needs one is inconclusive, not not-applicable: somebody meant it to run.
   */
  readonly problems: Partial<Record<FacetName, string>>;
  /** Why a facet does not belong to this model at all ("the output is not a row of class scores"). */
  readonly absences: Partial<Record<FacetName, string>>;
  /** Bytes no part of the format accounts for: where a second file hides. */
  readonly unclaimed: readonly ByteRange[];
  /** Files the model is made of besides the artifact itself (external data); artifacts of their own. */
  readonly companions: readonly Artifact[];
  /** What was inferred and how, for the report. */
  readonly notes: readonly string[];
}
