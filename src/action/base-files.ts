import path from 'node:path';
import { readAtRef } from '../artifacts/read-at-ref.ts';
import { GateError, toGateError } from '../errors.ts';
import { filesAtCommit, type JudgingFiles } from '../gate/judging-files.ts';
import type { GitHubApi } from './github-api.ts';
import type { Repository } from './repository.ts';

export interface BaseFilesRequest {
  readonly root: string;
  readonly commit: string;
  readonly repository: Repository | undefined;
  readonly api: GitHubApi | undefined;
  /** Folder of the root in the repository, with `/` at the end; empty for the repository itself. */
  readonly prefix: string;
  /** Default: that of files for people. */
  readonly maxBytes?: number;
}

/** Files as they are at the base commit: by git where it has the commit, else by the API. Throws `changes/unknown` when neither can tell. */
export function baseFiles(request: BaseFilesRequest): JudgingFiles {
  return filesAtCommit(request.root, (file) => readAtBase(request, file));
}

async function readAtBase({ root, commit, repository, api, prefix, maxBytes }: BaseFilesRequest, file: string): Promise<Uint8Array | undefined> {
  let gitReason = 'There is no git repository here.';
  if (repository !== undefined) {
    try {
      return await readAtRef({ ...repository, root, ref: commit, path: file, ...(maxBytes === undefined ? {} : { maxBytes }) });
    } catch (thrown) {
      const error = toGateError(thrown);
      if (error.code !== 'changes/unknown') throw error;
      gitReason = error.message;
    }
  }
  const apiReason = 'GitHub’s API was not asked, because there is no token.';
  if (api === undefined) throw unreadable(file, commit, gitReason, apiReason);
  const inRepository = path.posix.join(prefix, file);
  if (inRepository.startsWith('../')) {
    throw new GateError({ code: 'arguments/invalid', message: `${file} lies outside of the repository.`, nextStep: 'Give an absolute path for a file that the workflow provides.' });
  }
  try {
    return await api.readFile(inRepository, commit);
  } catch (thrown) {
    const error = toGateError(thrown);
    if (error.code !== 'delivery/denied' && error.code !== 'delivery/failed') throw error;
    throw unreadable(file, commit, gitReason, error.message);
  }
}

function unreadable(file: string, commit: string, gitReason: string, apiReason: string): GateError {
  return new GateError({
    code: 'changes/unknown',
    message: `${file} could not be read at the base commit ${commit.slice(0, 12)}, so the rules to judge by are not known. ${gitReason} ${apiReason}`,
    where: { artifact: file },
    nextStep: 'Set "fetch-depth: 0" in the checkout step, or give the action a token with "contents: read".',
  });
}
