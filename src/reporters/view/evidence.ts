import type { ArtifactReport, Finding, Outcome } from '../../report.ts';

/**
 * What was seen, apart from what the policy made of it: something (flagged), nothing (clear), nobody could tell
 * (untold), or nothing was looked at (none). Every surface shows the evidence by its mark and the verdict by its word,
 * so that "could not tell" looks neither like clear nor like flagged, whatever the policy says of it.
 */
export type Evidence = 'flagged' | 'untold' | 'clear' | 'none';

const EVIDENCE_OF: Readonly<Record<Outcome, Evidence>> = {
  flagged: 'flagged',
  inconclusive: 'untold',
  error: 'untold',
  clear: 'clear',
  'not-applicable': 'none',
};

export function evidenceOf(outcome: Outcome): Evidence {
  return EVIDENCE_OF[outcome];
}

/** The strongest evidence about an artifact: flagged before untold before clear. */
export function artifactEvidence(artifact: ArtifactReport): Evidence {
  const all = new Set<Evidence>([
    ...artifact.results.map((result) => EVIDENCE_OF[result.outcome]),
    ...artifact.findings.map((finding) => findingEvidence(finding)),
    EVIDENCE_OF[artifact.provenance.outcome],
    artifact.error === undefined ? 'none' : 'untold',
  ]);
  return (['flagged', 'untold', 'clear'] as const).find((one) => all.has(one)) ?? 'none';
}

/** What the gate states as a fact. Everything else it says of itself (`gate/…`) is that it could not tell. */
const GATE_FACTS: ReadonlySet<string> = new Set([
  'gate/flagged',
  'gate/deleted-but-listed',
  'gate/policy-changed',
  'gate/lockfile-changed',
  'gate/warn-only',
]);
const UNKNOWN_SOURCE: ReadonlySet<string> = new Set(['trusted-source/unresolved-pointer', 'trusted-source/no-lockfile', 'dataset-source/unresolved-pointer', 'dataset-source/no-manifest']);

/** A finding that only says "could not tell" is untold, even where the policy fails the gate for it. */
export function findingEvidence({ rule }: Pick<Finding, 'rule'>): 'flagged' | 'untold' {
  const isUntold = (rule.startsWith('gate/') && !GATE_FACTS.has(rule)) || UNKNOWN_SOURCE.has(rule);
  return isUntold ? 'untold' : 'flagged';
}
