import { execFile } from 'node:child_process';
import { devNull } from 'node:os';
import { hasCommit, type Repository } from './repository.ts';

/** One commit without its history is some kilobytes and its small files; a server that needs longer does not answer. */
const FETCH_TIMEOUT_MILLISECONDS = 60_000;

/** Policies and lockfiles come along, models do not: to know what changed only their object ids are needed. */
const FILTER = 'blob:limit=1m';

/** Of the runner's environment: where programs and certificates are, and how to get out through a proxy. */
const HANDED_ON = [
  'PATH', 'Path', 'HOME', 'USERPROFILE', 'SYSTEMROOT', 'SystemRoot', 'TEMP', 'TMP', 'XDG_CONFIG_HOME', 'GIT_CONFIG_GLOBAL', 'GIT_SSL_CAINFO',
  'SSL_CERT_FILE', 'http_proxy', 'https_proxy', 'HTTPS_PROXY', 'HTTP_PROXY', 'no_proxy', 'NO_PROXY', 'SSH_AUTH_SOCK',
];

/** Without a token the credentials that the checkout step left in the repository are used, if there are any. */
export interface FetchCredentials {
  readonly token: string;
  /** GITHUB_SERVER_URL: the token is sent nowhere else. */
  readonly serverUrl: string;
}

/** Fetches the commits that are not there, and says how that went. Never fails: there is another way (the API). */
export async function fetchMissing(
  repository: Repository,
  commits: readonly string[],
  credentials: FetchCredentials | undefined,
  say: (message: string) => void,
): Promise<void> {
  for (const commit of commits) {
    if (await hasCommit(repository, commit)) continue;
    const failure = await fetchCommit(repository, commit, credentials);
    say(failure === undefined ? `The base commit ${commit.slice(0, 12)} was fetched.` : `The base commit ${commit.slice(0, 12)} could not be fetched: ${failure}`);
  }
}

/**
 * Fetches one commit from `origin`, without history and without large files. Gives undefined when it is there
 * afterwards, else a sentence why not; never throws, because there is another way (the API). The token travels in the
 * environment: arguments can be read by every process of the machine.
 */
export function fetchCommit(repository: Repository, commit: string, credentials: FetchCredentials | undefined): Promise<string | undefined> {
  const settings = ['safe.directory=*', 'core.fsmonitor=false', `core.hooksPath=${devNull}`, 'gc.auto=0', 'credential.interactive=false'];
  const options = ['--quiet', '--depth=1', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head', `--filter=${FILTER}`];
  return new Promise((resolve) => {
    execFile(
      'git',
      [...settings.flatMap((one) => ['-c', one]), '-C', repository.root, 'fetch', ...options, 'origin', commit],
      {
        env: environmentOf(repository.environment ?? {}, credentials),
        timeout: FETCH_TIMEOUT_MILLISECONDS,
        killSignal: 'SIGKILL',
        windowsHide: true,
        ...(repository.signal === undefined ? {} : { signal: repository.signal }),
      },
      (error, _output, errors) => {
        if (error === null) return resolve(undefined);
        const last = errors.trim().split('\n').at(-1) ?? '';
        resolve(error.killed === true ? `git fetch did not end within ${FETCH_TIMEOUT_MILLISECONDS / 1000} seconds` : last || error.message);
      },
    );
  });
}

function environmentOf(given: Readonly<Record<string, string | undefined>>, credentials: FetchCredentials | undefined): Record<string, string> {
  const handedOn = HANDED_ON.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]] as const]));
  return {
    ...Object.fromEntries(handedOn),
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes',
    ...(credentials === undefined ? {} : authorization(credentials)),
  };
}

/** An empty value first: the header that the checkout step stored would otherwise be sent as a second one and be refused. */
function authorization({ token, serverUrl }: FetchCredentials): Record<string, string> {
  const key = `http.${serverUrl.replace(/\/+$/, '')}/.extraheader`;
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  return {
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: key,
    GIT_CONFIG_VALUE_0: '',
    GIT_CONFIG_KEY_1: key,
    GIT_CONFIG_VALUE_1: `AUTHORIZATION: basic ${basic}`,
  };
}
