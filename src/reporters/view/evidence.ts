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
    ...artifact.findings.map((finding) => findingEvidence(finding, artifact)),
    EVIDENCE_OF[artifact.provenance.outcome],
    artifact.error === undefined ? 'none' : 'untold',
  ]);
  return (['flagged', 'untold', 'clear'] as const).find((one) => all.has(one)) ?? 'none';
}

/** A finding that only says "could not tell" is untold, even where the policy fails the gate for it. */
export function findingEvidence(finding: Finding, artifact: ArtifactReport | undefined): 'flagged' | 'untold' {
  if (artifact === undefined) return 'flagged';
  if (finding.detector !== undefined) {
    const result = artifact.results.find((one) => one.detector === finding.detector);
    return result === undefined || result.outcome === 'flagged' || result.outcome === 'clear' ? 'flagged' : 'untold';
  }
  if (finding.rule.startsWith('trusted-source/')) {
    return EVIDENCE_OF[artifact.provenance.outcome] === 'untold' ? 'untold' : 'flagged';
  }
  return finding.rule.startsWith('gate/') ? 'untold' : 'flagged';
}
