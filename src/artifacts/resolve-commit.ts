import { runGit, type GitPlace } from './run-git.ts';

export type ResolvedCommit =
  | { readonly isFound: true; readonly commit: string }
  /** A sentence that says what is wrong and what the user can do. */
  | { readonly isFound: false; readonly reason: string };

/**
 * Turns a ref, abbreviation or commit id into the id of a commit that is in this clone. After this only ids reach git,
 * so that no ref can be taken for an option (CWE-88) or for a path.
 */
export async function resolveCommit(place: GitPlace, ref: string): Promise<ResolvedCommit> {
  if (/^0{40,64}$/.test(ref)) {
    return { isFound: false, reason: 'The earlier commit is all zeros: the branch was just created, so there is nothing to compare with.' };
  }
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  if (ref === '' || ref.startsWith('-') || ref.includes('..') || /[\s\u0000-\u001f\u007f:]/.test(ref)) {
    return { isFound: false, reason: `${JSON.stringify(ref)} is no name of a commit.` };
  }
  const answer = await runGit(place, ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]);
  if (answer.isDone) return { isFound: true, commit: answer.output.toString('ascii').trim() };

  // Without --quiet's status 1 it is the repository that fails, not the ref; asking again tells the two apart.
  const inside = await runGit(place, ['rev-parse', '--is-shallow-repository']);
  if (!inside.isDone) return { isFound: false, reason: inside.reason };
  const isShallow = inside.output.toString('ascii').trim() === 'true';
  return { isFound: false, reason: missingReason(ref, isShallow) };
}

function missingReason(ref: string, isShallow: boolean): string {
  if (!isShallow) return `The commit ${ref} is not in this clone; fetch it with: git fetch origin ${ref}`;
  return (
    `The commit ${ref} is not in this clone, which is shallow; ` +
    `set "fetch-depth: 0" in the checkout step, or run: git fetch --depth=1 origin ${ref}`
  );
}
