import { isMemberPath } from '../../artifacts/member-place.ts';
import type { ArtifactEvidence } from '../evidence.ts';

/** Whether a row is that of an archive's member, which its archive's lockfile entry covers. External data is none. */
export function isArchiveMember({ path, container }: Pick<ArtifactEvidence, 'path' | 'container'>): boolean {
  return container !== undefined && isMemberPath(path, container);
}

/**
 * The paths by which a policy's globs can mean an artifact: its own, and for a member that of the file that holds it.
 * The file is known from the scan, not read out of the path: a folder named `approved.pt!` makes nothing a member.
 */
export function pathsOf(artifact: Pick<ArtifactEvidence, 'path' | 'container'>): readonly string[] {
  return isArchiveMember(artifact) && artifact.container !== undefined ? [artifact.path, artifact.container] : [artifact.path];
}
