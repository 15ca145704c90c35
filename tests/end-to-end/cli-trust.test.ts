import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { disabledBut } from '../support/disabled.ts';
import type { GateReport } from '../../src/report.ts';

/** Who decides by which rules, and what a stopped or unheard run says: the built CLI as a process. */
const root = path.resolve(import.meta.dirname, '../..');
const cli = path.join(root, 'dist/cli.js');
const node = process.env['npm_node_execpath'] ?? process.execPath;
const demo = path.join(root, 'fixtures/demo/models');
const noDetectors = `detectors:\n${disabledBut()}`;
let folder = '';

beforeEach(() => {
  if (!existsSync(cli)) throw new Error('dist/cli.js is missing: run "npm run build" first.');
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'modelgate-trust-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function modelgate(args: readonly string[], cwd = folder) {
  return spawnSync(node, [cli, ...args], { cwd, env: { PATH: process.env['PATH'], CI: 'true' }, encoding: 'utf8' });
}

function git(...args: string[]): void {
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'init.defaultBranch=main', '-c', 'commit.gpgsign=false', ...args], { cwd: folder });
}

const write = (file: string, text: string): void => {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), text);
};

describe('the rules a scan is judged by', () => {
  it('are those of the folder the command runs in, not of what is scanned', () => {
    write('here/modelgate.yml', `version: 1\nid: mine\nextends: strict\n${noDetectors}`);
    write('there/modelgate.yml', `version: 1\nid: theirs\nextends: observe\n${noDetectors}`);
    copyFileSync(path.join(demo, 'clean.onnx'), path.join(folder, 'there/a.onnx'));

    const { stdout, status } = modelgate(['scan', '../there', '--format', 'json'], path.join(folder, 'here'));

    expect((JSON.parse(stdout) as GateReport).policy.id).toBe('mine');
    expect(status).toBe(1);
  });

  it('are those of the base commit with --changed, and a change of them is reported', () => {
    write('modelgate.yml', `version: 1\nextends: strict\n${noDetectors}`);
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'base');
    write('modelgate.yml', `version: 1\nextends: observe\n${noDetectors}`);
    copyFileSync(path.join(demo, 'clean.onnx'), path.join(folder, 'a.onnx'));
    modelgate(['lock', '.']);
    git('add', '.');
    git('commit', '-qm', 'weaken the policy and approve the model');

    const { stdout, status } = modelgate(['scan', '--changed', 'HEAD~1..HEAD', '--format', 'json']);

    const report = JSON.parse(stdout) as GateReport;
    expect(status).toBe(1);
    expect(report.findings.map((one) => one.rule).sort()).toEqual(['gate/lockfile-changed', 'gate/policy-changed']);
    expect(report.artifacts[0]?.findings.map((one) => one.rule)).toContain('trusted-source/no-lockfile');
  });

  it('ask for the commit that is checked out', () => {
    write('a.txt', '1');
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'one');
    write('a.txt', '2');
    git('commit', '-qam', 'two');

    const { status, stderr } = modelgate(['scan', '--changed', 'HEAD..HEAD~1']);

    expect(status).toBe(2);
    expect(stderr).toContain('is checked out');
  });
});

describe('a run that is stopped or not heard', () => {
  it('ends without a verdict when it is stopped', async () => {
    copyFileSync(path.join(demo, 'clean.onnx'), path.join(folder, 'a.onnx'));
    const child = spawn(node, [cli, 'scan', '--samples', path.join(root, 'fixtures/demo/images')], { cwd: folder, env: { PATH: process.env['PATH'], CI: 'true' } });
    let out = '';
    child.stdout.on('data', (data: Buffer) => (out += data.toString()));
    await new Promise((resolve) => setTimeout(resolve, 1200));

    child.kill('SIGTERM');
    const code = await new Promise((resolve) => child.once('close', resolve));

    expect(out).toBe('');
    expect(code).toBe(130);
  });

  it('keeps its exit code, and prints no stack, when nobody reads to the end', async () => {
    copyFileSync(path.join(demo, 'clean.onnx'), path.join(folder, 'a.onnx'));
    write('p.yml', `version: 1\nextends: observe\n${noDetectors}`);

    const child = spawn(node, [cli, 'scan', '-v', '--format', 'html', '--policy', 'p.yml'], { cwd: folder, env: { PATH: process.env['PATH'], CI: 'true' } });
    child.stdout.destroy();
    let errors = '';
    child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
    const code = await new Promise((resolve) => child.once('close', resolve));

    expect(errors).toBe('');
    expect(code).toBe(0);
  });

  it('lets no file name write to the terminal or start a workflow command', () => {
    symlinkSync('nowhere', path.join(folder, 'a\u001b[31mRED\n::error::x.onnx'));

    const { stderr } = modelgate(['lock', '.']);

    expect(stderr).not.toContain('\u001b');
    expect(stderr).not.toMatch(/^\s*::/m);
    expect(stderr).toContain('RED');
  });
});
