import { GateError } from '../../errors.ts';
import type { ArtifactEvidence } from '../evidence.ts';
import type { ResolvedPolicy } from '../policy.ts';
import { isDataset } from './is-dataset.ts';
import { isArchiveMember } from './paths-of.ts';

/**
 * Throws `policy/missing-result` when an enabled detector has no result for an artifact it covers, and
 * `detector/invalid-result` when one has two. Not covered, because nothing of them can be examined: what could not be
 * read (its error is a finding), what is deleted, external data (examined as a part of its model), and archives.
 */
export function checkComplete(artifact: ArtifactEvidence, policy: ResolvedPolicy): void {
  const ids = artifact.results.map((one) => one.detector);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) {
    throw new GateError({
      code: 'detector/invalid-result',
      message: `There are two results of detector ${twice} for ${artifact.path}.`,
      where: { artifact: artifact.path },
    });
  }
  if (artifact.error !== undefined || artifact.change === 'deleted') return;
  // A shard's part of a dataset has a finding of its own instead.
  if (artifact.part !== undefined) return;
  // External data has no results; an archive none of the detectors that answered for its members.
  if ((artifact.container !== undefined && !isArchiveMember(artifact) && !isDataset(artifact)) || artifact.members !== undefined) return;

  const subject = isDataset(artifact) ? 'dataset' : undefined;
  const missing = policy.detectors.filter((one) => one.subject === subject).map((one) => one.id).filter((id) => !ids.includes(id));
  if (missing.length === 0) return;
  throw new GateError({
    code: 'policy/missing-result',
    message: `There is no result of ${missing.join(', ')} for ${artifact.path}, so nothing can be decided about it.`,
    where: { artifact: artifact.path },
    nextStep: 'Please report this: every enabled detector has to answer for every artifact, be it that it could not tell.',
  });
}
