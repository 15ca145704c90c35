import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import path from 'node:path';

/** A real repository in a temporary folder. Commits have fixed authors and dates, so their ids are the same every time. */
export interface GitRepository {
  readonly root: string;
  readonly git: (...args: readonly string[]) => string;
  readonly write: (file: string, content: string | Uint8Array) => void;
  /** Commits everything; gives the id. */
  readonly commit: (message: string) => string;
  readonly remove: () => void;
}

export function gitRepository(): GitRepository {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'modelgate-repository-')));
  const git = (...args: readonly string[]): string => runGitIn(root, ...args);
  git('init', '--quiet', '--initial-branch=main');
  return {
    root,
    git,
    write(file, content) {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      writeFileSync(path.join(root, file), content);
    },
    commit(message) {
      git('add', '--all');
      git('commit', '--quiet', '--allow-empty', '-m', message);
      return git('rev-parse', 'HEAD');
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** git without the machine's own configuration. */
export function runGitIn(root: string, ...args: readonly string[]): string {
  const person = { name: 'Test', email: 'test@example.com', date: '2026-01-01T00:00:00Z' };
  return execFileSync('git', ['-C', root, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: root,
      GIT_CONFIG_GLOBAL: devNull,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: person.name,
      GIT_AUTHOR_EMAIL: person.email,
      GIT_AUTHOR_DATE: person.date,
      GIT_COMMITTER_NAME: person.name,
      GIT_COMMITTER_EMAIL: person.email,
      GIT_COMMITTER_DATE: person.date,
    },
  }).trim();
}
