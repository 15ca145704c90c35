import type { ArtifactReport, Provenance } from '../../report.ts';
import { evidenceOf, type Evidence } from './evidence.ts';

export interface SourceView {
  readonly evidence: Evidence;
  /** One or two words; empty when no lockfile was looked for. */
  readonly word: string;
}

/** Short words for a column; the finding and the details say the rest. */
const WORDS: Readonly<Record<string, string>> = {
  'trusted-source/hash-mismatch': 'differs',
  'trusted-source/size-mismatch': 'differs',
  'trusted-source/unlisted': 'unlisted',
  'trusted-source/untrusted-source': 'untrusted',
  'trusted-source/unresolved-pointer': 'unknown',
  'dataset-source/content-mismatch': 'differs',
  'dataset-source/sample-mismatch': 'differs',
  'dataset-source/contradictory-manifest': 'forged',
  'dataset-source/proposed-change': 'proposed',
  'dataset-source/untrusted-source': 'untrusted',
  'dataset-source/no-source': 'untrusted',
};

const OUTCOME_WORDS: Readonly<Record<Provenance['outcome'], string>> = {
  clear: 'trusted',
  flagged: 'not trusted',
  inconclusive: 'unknown',
  error: 'error',
  'not-applicable': '',
};

/** What the lockfile says of an artifact. That there is none is worth a column only when the policy minds. */
export function viewSource({ provenance, findings }: ArtifactReport): SourceView {
  const { outcome, observations } = provenance;
  if (outcome === 'not-applicable') {
    const isMinded = findings.some(({ rule }) => rule === 'trusted-source/no-lockfile' || rule === 'dataset-source/no-manifest');
    return isMinded ? { evidence: 'untold', word: 'unknown' } : { evidence: 'none', word: '' };
  }
  const rule = outcome === 'clear' ? '' : (observations[0]?.rule ?? '');
  const word = Object.hasOwn(WORDS, rule) ? WORDS[rule] : undefined;
  return { evidence: evidenceOf(outcome), word: word ?? OUTCOME_WORDS[outcome] };
}
