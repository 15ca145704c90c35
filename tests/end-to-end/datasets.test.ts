import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { encode } from 'fast-png';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeRuns, runBuiltAction, type ActionRun } from '../support/action-run.ts';
import { disabledBut } from '../support/disabled.ts';
import { runGitIn } from '../support/git-repository.ts';

/** Training data from the first lock to a pull request that changes them: the built CLI and the built action as processes. */
const cli = path.resolve(import.meta.dirname, '../../dist/cli.js');
const node = process.env['npm_node_execpath'] ?? process.execPath;
const POLICY = `version: 1\nextends: recommended\ndetectors:\n${disabledBut('dataset-diff')}`;
let folder = '';

beforeEach(() => {
  if (!existsSync(cli)) throw new Error('dist/cli.js is missing: run "npm run build" first.');
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'modelgate-datasets-')));
  for (let at = 0; at < 8; at += 1) write(`data/train/${at % 2 === 0 ? 'cat' : 'dog'}/${String(at)}.png`, image(at));
  write('modelgate.yml', POLICY);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
afterAll(removeRuns);

function image(seed: number): Uint8Array {
  return encode({ width: 8, height: 8, channels: 1, depth: 8, data: Uint8Array.from({ length: 64 }, (_, at) => (37 * at + 101 * seed) % 256) });
}

function write(file: string, content: string | Uint8Array): void {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), content);
}

function modelgate(...args: readonly string[]) {
  return spawnSync(node, [cli, ...args], { cwd: folder, env: { PATH: process.env['PATH'], CI: 'true' }, encoding: 'utf8' });
}

function relabelAndAdd(): void {
  renameSync(path.join(folder, 'data/train/cat/2.png'), path.join(folder, 'data/train/dog/2.png'));
  write('data/train/cat/new.png', image(50));
}

describe('modelgate dataset', () => {
  it('locks and verifies a folder, and names what was relabelled and added since', () => {
    const locked = modelgate('dataset', 'lock', 'data/train', '--source-url', 'https://example.org/pets-1.2.zip', '--approved-by', 'alice');
    expect([locked.status, locked.stderr]).toEqual([0, '']);
    expect(locked.stdout).toContain('8 samples in 8 files, 2 classes');
    expect(JSON.parse(readFileSync(path.join(folder, 'data/train.modelgate-dataset.json'), 'utf8'))).toMatchObject({ labels: { cat: 4, dog: 4 }, approvedBy: 'alice' });
    expect(modelgate('dataset', 'verify', 'data/train')).toMatchObject({ status: 0, stdout: expect.stringContaining('1 artifact passes') as string });

    relabelAndAdd();
    const [verified, scanned, compared] = [modelgate('dataset', 'verify', 'data/train'), modelgate('scan', '--dataset', 'data/train'), modelgate('dataset', 'diff', 'data/train')];

    for (const { status, stdout } of [verified, scanned]) {
      expect(status).toBe(1);
      expect(stdout.replaceAll(/\s+│?\s*/g, ' ')).toContain('2 files added, 1 missing, 0 changed, such as cat/new.png');
    }
    expect(verified.stdout).toContain('dataset-source/content-mismatch');
    expect(compared.stdout).toContain('+ cat/new.png  cat');
    expect(compared.stdout).toContain('! dog/2.png  cat → dog');
  });

  it('says how to get a manifest where there is none', () => {
    expect(modelgate('dataset', 'verify', 'data/train')).toMatchObject({ status: 2, stderr: expect.stringContaining('modelgate dataset lock data/train') as string });
    expect(modelgate('dataset', 'diff', 'data/train')).toMatchObject({ status: 2, stderr: expect.stringContaining('modelgate dataset lock data/train') as string });
  });
});

describe('the action', () => {
  const git = (...args: readonly string[]): string => runGitIn(folder, ...args);
  const commit = (message: string): string => (git('add', '--all'), git('commit', '--quiet', '-m', message), git('rev-parse', 'HEAD'));

  /** The head of a pull request, checked out. */
  function pullRequest(base: string, head: string, inputs: Readonly<Record<string, string>>): Promise<ActionRun> {
    const payload = { number: 5, pull_request: { number: 5, base: { sha: base, ref: 'main' }, head: { sha: head, ref: 'topic' } } };
    return runBuiltAction({ workspace: folder, event: 'pull_request', sha: head, payload, inputs });
  }

  it('gates a dataset that a pull request changes by the manifest of the base commit, and a named one whatever changed', async () => {
    git('init', '--quiet', '--initial-branch=main');
    modelgate('dataset', 'lock', 'data/train');
    write('modelgate.yml', `${POLICY}datasets:\n  - match: data/train\n`);
    const base = commit('base');
    write('README.md', 'text');
    const unrelated = commit('docs');

    expect((await pullRequest(base, unrelated, {})).report?.artifacts).toEqual([]);
    const named = await pullRequest(base, unrelated, { dataset: 'data/train' });
    expect([named.status, named.report?.artifacts.map((one) => [one.path, one.verdict])]).toEqual([0, [['data/train', 'pass']]]);

    relabelAndAdd();
    const changed = await pullRequest(base, commit('poison'), {});
    expect(changed.status).toBe(1);
    expect(changed.report?.artifacts[0]?.findings.map(({ rule }) => rule)).toContain('dataset-source/content-mismatch');
    expect(changed.commands.join('\n')).toContain('cat/new.png');

    modelgate('dataset', 'lock', 'data/train');
    const proposed = await pullRequest(base, commit('with its manifest'), {});
    expect(proposed.report?.artifacts[0]?.findings.map(({ rule }) => rule)).toContain('dataset-source/proposed-change');
  });

  it('stops for a dataset that is not there', async () => {
    git('init', '--quiet', '--initial-branch=main');
    const base = commit('base');
    const run = await pullRequest(base, base, { dataset: 'data/tran' });

    expect(run.status).toBe(2);
    expect(run.commands.join('\n')).toContain('data/tran');
  });
});
