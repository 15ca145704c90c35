import type { Detector } from '../detectors/detector.ts';
import { documentError } from './document-error.ts';
import { checkMerged } from './load-policy/check-merged.ts';
import { followExtends } from './load-policy/follow-extends.ts';
import { mergeDocuments } from './load-policy/merge-documents.ts';
import { resolveDetectors } from './load-policy/resolve-detectors.ts';
import { sha256Of } from '../artifacts/digest.ts';
import { canonicalJson } from './canonical-json.ts';
import type { ResolvedPolicy } from './policy.ts';

export type PolicySource =
  | { readonly kind: 'built-in'; readonly id: string }
  /** `path` is relative to the repository root, with `/`; `extends` is taken from its folder. */
  | { readonly kind: 'file'; readonly path: string; readonly text: string };

export interface LoadPolicyRequest {
  readonly source: PolicySource;
  /**
   * The text of a file named by `extends`, or undefined when there is none. Called with paths relative to the
   * repository root, with `/`, that never leave it by name; following links is up to the caller (CWE-59).
   */
  readonly readFile: (path: string) => Promise<string | undefined>;
  /** The registry: what may be configured, and what runs when nothing is said. */
  readonly detectors: readonly Detector[];
}

/**
 * Reads a policy and all it extends, checks each file against the schema, merges them (mappings member by member;
 * lists replace, but rules and models are appended, a rule in place of an earlier one of its id; later wins) and fills
 * in every default. A policy that extends nothing extends `recommended`. The digest covers everything that decides.
 * Throws `policy/invalid` or `policy/unknown-detector` that lists all problems of the first file that has any, each
 * with line and column, and `policy/not-found`.
 */
export async function loadPolicy(request: LoadPolicyRequest): Promise<ResolvedPolicy> {
  const chain = await followExtends(request);
  const merged = mergeDocuments(chain.map((one) => one.content));
  const detectors = resolveDetectors(merged.detectors, chain, request.detectors);
  for (const { file, problems } of checkMerged(merged, chain, detectors)) throw documentError(problems, file);

  const decides = {
    id: merged.id,
    artifacts: merged.artifacts,
    trustedSource: merged.trustedSource,
    detectors,
    outcomes: merged.outcomes,
    rules: merged.rules,
    models: merged.models,
    datasets: merged.datasets,
    trustedData: merged.trustedData,
    nothingToScan: merged.nothingToScan,
    unknownChanges: merged.unknownChanges,
    changedInHead: merged.changedInHead,
    unrecognized: merged.unrecognized,
    budgetSeconds: merged.budgetSeconds,
  };
  const { source } = request;
  return { ...decides, digest: sha256Of(canonicalJson(decides)), source: source.kind === 'file' ? source.path : `built-in:${source.id}` };
}
