import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from './temporary-folder.ts';

/** A real git repository in a temporary folder, made by git itself, whoever is configured on this machine. */
export interface GitRepository {
  readonly root: string;
  git(...args: string[]): string;
  /** Writes files (undefined removes one), commits everything, and returns the commit's id. */
  commit(files: Readonly<Record<string, string | undefined>>): string;
}

export async function gitRepository(): Promise<GitRepository> {
  const repository = repositoryAt(await temporaryFolder());
  repository.git('init', '--quiet', '--initial-branch=main');
  return repository;
}

export function repositoryAt(root: string): GitRepository {
  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        HOME: root,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_AUTHOR_NAME: 'A',
        GIT_AUTHOR_EMAIL: 'a@example.com',
        GIT_COMMITTER_NAME: 'A',
        GIT_COMMITTER_EMAIL: 'a@example.com',
        GIT_AUTHOR_DATE: '2025-01-01T00:00:00Z',
        GIT_COMMITTER_DATE: '2025-01-01T00:00:00Z',
      },
    }).trim();
  return {
    root,
    git,
    commit(files) {
      for (const [file, content] of Object.entries(files)) {
        const absolute = path.join(root, file);
        mkdirSync(path.dirname(absolute), { recursive: true });
        if (content === undefined) rmSync(absolute);
        else writeFileSync(absolute, content);
      }
      git('add', '--all');
      git('commit', '--quiet', '--allow-empty', '--message', 'commit');
      return git('rev-parse', 'HEAD');
    },
  };
}
