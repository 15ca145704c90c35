import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readAtRef } from '../artifacts/read-at-ref.ts';
import { GateError, toGateError } from '../errors.ts';
import type { GitHubApi } from './github-api.ts';
import type { Repository } from './repository.ts';

/** Reads the files that say how the change is judged: policy, lockfile, what they extend. Paths relative to root, with `/`. */
export interface JudgingFiles {
  /** undefined: there is no such file. */
  read(file: string): Promise<string | undefined>;
  /**
   * The files read so far (and those looked for in vain) that differ on disk: what the head changes of the rules it is
   * judged by, without effect on this run. Sorted.
   */
  ignoredChanges(): Promise<readonly string[]>;
}

export interface BaseFilesRequest {
  readonly root: string;
  readonly commit: string;
  readonly repository: Repository | undefined;
  readonly api: GitHubApi | undefined;
  /** Folder of the root in the repository, with `/` at the end; empty for the repository itself. */
  readonly prefix: string;
}

/**
 * Files as they are at the base commit: by git where it has the commit, else by the API. Never from disk: whoever
 * proposes a change must not choose the rule it is judged by. `read` throws `changes/unknown` when neither can tell,
 * because "cannot be read" taken for "is not there" would replace a strict policy by the default one.
 */
export function baseFiles(request: BaseFilesRequest): JudgingFiles {
  const seen = new Map<string, string | undefined>();
  return {
    async read(file) {
      const normalized = path.posix.normalize(file);
      const bytes = await readAtBase(request, normalized);
      const text = bytes === undefined ? undefined : decode(bytes, file);
      seen.set(normalized, text);
      return text;
    },
    async ignoredChanges() {
      const changed: string[] = [];
      for (const [file, text] of seen) {
        const onDisk = await readText(path.join(request.root, file)).catch(() => null);
        if (onDisk === null || withoutCarriageReturns(onDisk) !== withoutCarriageReturns(text)) changed.push(file);
      }
      return changed.sort();
    },
  };
}

/** Files as they are on disk: for events in which the commit under test is already trusted. */
export function diskFiles(root: string): JudgingFiles {
  return {
    read: (file) => readText(path.resolve(root, file)),
    ignoredChanges: async () => [],
  };
}

async function readAtBase({ root, commit, repository, api, prefix }: BaseFilesRequest, file: string): Promise<Uint8Array | undefined> {
  let gitReason = 'There is no git repository here.';
  if (repository !== undefined) {
    try {
      return await readAtRef({ ...repository, root, ref: commit, path: file });
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

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new GateError({ code: 'artifact/unreadable', message: `${file} is not UTF-8 text.`, where: { artifact: file }, nextStep: 'Save the file as UTF-8.', cause });
  }
}

/** Text of a file on disk; undefined when there is none. */
export async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new GateError({ code: 'artifact/unreadable', message: `${file} could not be read.`, where: { artifact: file }, nextStep: 'Check that it is a file and may be read.', cause: thrown });
  }
}

/** git on Windows writes CRLF to disk for what is LF in the commit; that is no change. */
function withoutCarriageReturns(text: string | undefined): string | undefined {
  return text?.replaceAll('\r\n', '\n');
}
