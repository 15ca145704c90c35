import type { Finding } from '../../report.ts';
import type { ArtifactEvidence } from '../evidence.ts';
import { gateFinding, subjectOf } from './finding.ts';

/** A part of a dataset never passes, under no policy: what it is, is known when the parts are joined. It does not fail either, so that the other shards go on. */
export function judgePart(artifact: ArtifactEvidence): Finding[] {
  const { part } = artifact;
  return part === undefined ? [] : [gateFinding('gate/part-of-dataset', 'warn', { index: part.index, count: part.count }, subjectOf(artifact))];
}
