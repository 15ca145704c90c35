import type { Finding } from '../../report.ts';
import type { ArtifactEvidence } from '../evidence.ts';
import type { ResolvedPolicy } from '../policy.ts';
import { gateFinding, subjectOf } from './finding.ts';

/** What could not be read of a dataset was not looked at by any detector, however clear they are about the rest. */
export function judgeBrokenSamples(artifact: ArtifactEvidence, { outcomes }: ResolvedPolicy): Finding[] {
  const [first] = artifact.dataset?.broken ?? [];
  const verdict = outcomes.inconclusive;
  if (artifact.dataset === undefined || artifact.dataset.brokenCount === 0 || verdict === 'pass') return [];
  const place = first === undefined ? 'not listed' : first.record === undefined ? first.file : `record ${String(first.record)} of ${first.file}`;
  return [gateFinding('gate/broken-samples', verdict, { count: artifact.dataset.brokenCount, place, reason: first?.reason ?? '' }, subjectOf(artifact))];
}
