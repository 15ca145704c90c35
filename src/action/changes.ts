import { changesByApi } from '../artifacts/changes-by-api.ts';
import { changesByGit } from '../artifacts/changes-by-git.ts';
import type { Changes } from '../artifacts/changes.ts';
import type { Plan } from './comparison-plan.ts';
import type { GitHubApi } from './github-api.ts';
import type { Repository } from './repository.ts';

export interface ChangesSources {
  readonly repository: Repository | undefined;
  readonly api: GitHubApi | undefined;
  /** Folder of the root in the repository, with `/` at the end; empty for the repository itself. */
  readonly prefix: string;
  readonly log: (message: string) => void;
}

type Compared = Extract<Plan['comparison'], { readonly kind: 'commits' }>;

/**
 * What changed between the two commits: by git when it has them, else by the API, else not known. "Nothing changed" is only ever said by somebody who looked.
 */
export async function establishChanges(compared: Compared, sources: ChangesSources): Promise<Changes> {
  if (compared.mismatch !== undefined) return { known: false, reason: compared.mismatch };
  const { repository, api } = sources;

  const byGit = repository === undefined ? undefined : await changesByGit({ ...repository, base: compared.base, head: repository.checkedOut, comparison: compared.how });
  if (byGit?.known === true) return byGit;
  if (api === undefined) return { known: false, reason: `${byGit?.reason ?? 'There is no git repository here.'} GitHub’s API was not asked, because there is no token.` };

  if (byGit !== undefined) sources.log(`git cannot tell what changed (${byGit.reason}) GitHub’s API is asked.`);
  const byApi = await changesByApi({
    client: api,
    base: compared.base,
    head: compared.apiHead,
    comparison: compared.apiHow,
    folder: sources.prefix,
    ...(compared.pullRequest === undefined ? {} : { pull: compared.pullRequest }),
  });
  if (byApi.known || byGit === undefined) return byApi;
  return { known: false, reason: `${byGit.reason} ${byApi.reason}` };
}
