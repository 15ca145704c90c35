import type { ArtifactReport } from '../report.ts';

/**
 * What is known of one artifact before anybody judges it. `error` is set when the artifact as a whole could not be
 * read or inspected; its code decides which action of the policy applies: `format/unrecognized` → unrecognized;
 * `inspection/timed-out` and `inspection/cancelled` and `format/encrypted` → inconclusive; `artifact/pointer` (a Git LFS pointer whose file
 * is not there) → the lockfile's word, and inconclusive where that approves the digest; any other → error. Results may
 * be missing only for such artifacts, for deleted ones, for external data (`container`) and for archives (`members`).
 */
export type ArtifactEvidence = Omit<ArtifactReport, 'verdict' | 'findings'>;

/** Something about the run as a whole that a reader has to know. */
export type RunEvent =
  | { readonly kind: 'nothing-to-scan'; readonly reason: string }
  | { readonly kind: 'changes-unknown'; readonly reason: string }
  | { readonly kind: 'policy-changed'; readonly file: string }
  | { readonly kind: 'lockfile-changed'; readonly file: string }
  | { readonly kind: 'deleted-but-listed'; readonly file: string }
  | { readonly kind: 'budget-reached'; readonly seconds: number };

export interface RunEvidence {
  readonly artifacts: readonly ArtifactEvidence[];
  readonly events: readonly RunEvent[];
}
