import { execFile } from 'node:child_process';
import { devNull } from 'node:os';
import path from 'node:path';
import { GIT_TIMEOUT_MILLISECONDS, MAX_GIT_OUTPUT_BYTES } from './limits.ts';

/** Where git runs, and the caller's environment, of which only the search path and the home folder are handed on. */
export interface GitPlace {
  /** Absolute path of a folder inside the repository. */
  readonly root: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

export type GitAnswer =
  | { readonly isDone: true; readonly output: Buffer }
  /** `status` is git's exit status; undefined when git did not run to its end. `reason` is a sentence for the user. */
  | { readonly isDone: false; readonly status: number | undefined; readonly reason: string };

/** Used when the caller gives no environment: where Linux, macOS and Homebrew keep git. */
const DEFAULT_SEARCH_PATH = '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin';

/** What git needs of the caller's environment: where programs are, and where a `safe.directory` may be configured. */
const HANDED_ON = ['PATH', 'Path', 'HOME', 'XDG_CONFIG_HOME', 'SYSTEMROOT', 'SystemRoot', 'USERPROFILE', 'GIT_CONFIG_GLOBAL'];

/**
 * The repository under test may bring its own configuration. These keep it from starting programs (hooks, file-system
 * monitors) or from reaching the network (missing objects of a partial clone). `safe.directory`: the caller has named
 * this repository as the one to look at, and in a container job it usually belongs to another user.
 */
const SETTINGS = [
  '--no-pager',
  '--literal-pathspecs',
  ...['safe.directory=*', 'core.fsmonitor=false', `core.hooksPath=${devNull}`, 'protocol.allow=never'].flatMap((one) => ['-c', one]),
];

/** What git is started with: fixed arguments and a minimal environment. */
export interface GitCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly options: { readonly cwd: string; readonly env: Record<string, string>; readonly windowsHide: true };
}

export function gitCommand(place: GitPlace, args: readonly string[]): GitCommand {
  return {
    program: 'git',
    args: [...SETTINGS, '-C', place.root, ...args],
    // Windows looks for programs in the current folder first, where a checkout could bring its own git.exe.
    options: { cwd: path.dirname(process.execPath), env: environmentOf(place.environment ?? {}), windowsHide: true },
  };
}

/** Runs git with fixed arguments and a minimal environment: the same repository gives the same bytes everywhere. */
export function runGit(place: GitPlace, args: readonly string[]): Promise<GitAnswer> {
  const command = gitCommand(place, args);
  return new Promise((resolve) => {
    execFile(
      command.program,
      command.args,
      {
        ...command.options,
        encoding: 'buffer',
        maxBuffer: MAX_GIT_OUTPUT_BYTES,
        timeout: GIT_TIMEOUT_MILLISECONDS,
        killSignal: 'SIGKILL',
        ...(place.signal === undefined ? {} : { signal: place.signal }),
      },
      (error, output, errors) => {
        if (error === null) return resolve({ isDone: true, output });
        const status = typeof error.code === 'number' ? error.code : undefined;
        resolve({ isDone: false, status, reason: reasonOf(error, errors.toString('utf8'), place.root) });
      },
    );
  });
}

function environmentOf(given: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const handedOn = HANDED_ON.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]] as const]));
  return {
    PATH: DEFAULT_SEARCH_PATH,
    ...Object.fromEntries(handedOn),
    LC_ALL: 'C',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    // `refs/replace/*` would let one object pass for another.
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
  };
}

function reasonOf(error: Error & { code?: unknown; killed?: boolean | undefined }, errors: string, root: string): string {
  if (error.name === 'AbortError') return 'The run was cancelled while git was at work.';
  if (error.code === 'ENOENT') return 'git could not be started; install it and put it on the search path.';
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return `git printed more than ${MAX_GIT_OUTPUT_BYTES} bytes.`;
  if (error.killed === true) return `git did not answer within ${GIT_TIMEOUT_MILLISECONDS / 1000} seconds.`;
  if (errors.includes('not a git repository')) return `${root} is not inside a git repository; check the repository out first.`;
  if (errors.includes('dubious ownership') || errors.includes('unsafe repository')) {
    return `git refuses ${root}, which belongs to another user; run: git config --global --add safe.directory "${root}"`;
  }
  if (errors.includes('lazy fetching disabled') || errors.includes("transport '") || errors.includes('promisor')) {
    return 'The clone is partial and lacks objects that are needed here; fetch them first, or clone without a filter.';
  }
  return `git failed: ${errors.trim().split('\n').at(-1) ?? error.message}`;
}
