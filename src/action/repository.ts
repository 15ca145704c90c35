import { resolveCommit } from '../artifacts/resolve-commit.ts';
import { runGit, type GitPlace } from '../artifacts/run-git.ts';

/** The checked-out repository, as far as git can be asked about it. */
export interface Repository extends GitPlace {
  /** The commit that is checked out: what the files on disk are, whatever the event says. */
  readonly checkedOut: string;
  /** Folder of `root` in the repository, with `/` at the end; empty for the repository's own folder. */
  readonly prefix: string;
}

export type OpenedRepository =
  | { readonly isOpen: true; readonly repository: Repository }
  /** A sentence for the log: no git, no repository (actions/checkout without git downloads an archive). */
  | { readonly isOpen: false; readonly reason: string };

export async function openRepository(place: GitPlace): Promise<OpenedRepository> {
  const prefix = await runGit(place, ['rev-parse', '--show-prefix']);
  if (!prefix.isDone) return { isOpen: false, reason: prefix.reason };
  const head = await resolveCommit(place, 'HEAD');
  if (!head.isFound) return { isOpen: false, reason: head.reason };
  return {
    isOpen: true,
    repository: { ...place, checkedOut: head.commit, prefix: prefix.output.toString('utf8').replace(/\n$/, '') },
  };
}

export async function hasCommit(repository: Repository, commit: string): Promise<boolean> {
  return (await resolveCommit(repository, commit)).isFound;
}

/** Parents as the commit itself names them: also those that a shallow clone does not have. */
export async function parentsOf(repository: Repository, commit: string): Promise<readonly string[]> {
  const answer = await runGit(repository, ['cat-file', 'commit', commit]);
  if (!answer.isDone) return [];
  const header = answer.output.toString('utf8').split('\n\n', 1)[0] ?? '';
  return [...header.matchAll(/^parent ([0-9a-f]{40,64})$/gm)].map((match) => match[1] ?? '');
}
