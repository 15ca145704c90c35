import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disabledBut } from '../support/disabled.ts';
import type { GateReport } from '../../src/report.ts';

/** The built CLI, run as a user runs it: as a process, on the demo's models. */
const root = path.resolve(import.meta.dirname, '../..');
const cli = path.join(root, 'dist/cli.js');
/** The Node that runs npm: inside npm's scripts, `node` is the newer one of the action's tests. */
const node = process.env['npm_node_execpath'] ?? process.execPath;
let folder = '';

/** Three models with every detector: a minute on two idle cores, and CI's are not always idle. */
const WHOLE_SCAN_MILLISECONDS = 600_000;

beforeAll(() => {
  if (!existsSync(cli)) throw new Error('dist/cli.js is missing: run "npm run build" first.');
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'modelgate-cli-')));
  for (const name of ['models', 'images', 'modelgate.lock.json']) cpSync(path.join(root, 'fixtures/demo', name), path.join(folder, name), { recursive: true });
  writeFileSync(path.join(folder, 'weights.yml'), `version: 1\nextends: recommended\ndetectors:\n${disabledBut('output-layer-outlier')}`);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function modelgate(args: readonly string[], options: { cwd?: string; env?: Record<string, string> } = {}) {
  const { status, stdout, stderr } = spawnSync(node, [cli, ...args], {
    cwd: options.cwd ?? folder,
    env: { PATH: process.env['PATH'], CI: 'true', ...options.env },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** Wall times are the only difference two runs may have. */
function withoutTimes(json: string): GateReport {
  return JSON.parse(json, (key, value: unknown) => (key === 'seconds' ? 0 : value)) as GateReport;
}

describe('modelgate scan', () => {
  it('passes what is clean, names the backdoored model and the tampered hash, and exits with 1', () => {
    const { status, stdout, stderr } = modelgate(['scan', 'models', '--samples', 'images', '--format', 'json']);

    const report = JSON.parse(stdout) as GateReport;
    const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(path.join(root, 'schema/report.schema.json'), 'utf8')) as object);
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
    expect(stderr).toBe('');
    expect(status).toBe(1);
    const byName = new Map(report.artifacts.map((one) => [path.basename(one.path), one]));
    expect(byName.get('clean.onnx')?.verdict).toBe('pass');
    expect(byName.get('backdoored.onnx')?.results.some((one) => one.outcome === 'flagged')).toBe(true);
    expect(byName.get('release-candidate.onnx')?.findings.map((one) => one.rule)).toContain('trusted-source/hash-mismatch');
    expect(byName.get('backdoored.onnx')?.results.find((one) => one.detector === 'backdoor')?.outcome).toBe('flagged');
  }, WHOLE_SCAN_MILLISECONDS);

  it('gives byte-identical reports, times apart, on one and on two threads and on both runs of the same seed', () => {
    // A smaller search than the default: what is compared are runs, not models.
    const policy = [
      'version: 1', 'extends: recommended', 'detectors:',
      '  adversarial-testing: { screeningImages: 8, heldOutImages: 16, refinements: 0 }',
      '  maximum-margin: { starts: 1, steps: 8 }',
      ...['trigger-inversion', 'universal-perturbation'].map((id) => `  ${id}: { imagesPerStep: 4, stepsPerSize: 2 }`),
      '  universal-mask: { imagesPerStep: 8, stepsPerSize: 2 }', '',
    ].join('\n');
    writeFileSync(path.join(folder, 'quick.yml'), policy);
    const args = ['scan', 'models/backdoored.onnx', '--samples', 'images', '--format', 'json', '--seed', '7', '--policy', 'quick.yml'];

    const [one, two, again] = [['--threads', '1'], ['--threads', '2'], ['--threads', '2']].map((threads) => modelgate([...args, ...threads]).stdout);

    rmSync(path.join(folder, 'quick.yml'));
    expect(withoutTimes(one ?? '').artifacts[0]?.results.length).toBeGreaterThan(0);
    expect(withoutTimes(one ?? '')).toEqual(withoutTimes(two ?? ''));
    expect(JSON.stringify(withoutTimes(two ?? ''))).toBe(JSON.stringify(withoutTimes(again ?? '')));
  }, WHOLE_SCAN_MILLISECONDS);

  it('says what would make a detector run that needs samples', () => {
    writeFileSync(path.join(folder, 'samples.yml'), `version: 1\nextends: recommended\ndetectors:\n${disabledBut()}  pair-inversion: { enabled: true }\n`);
    const { stdout } = modelgate(['scan', 'models/clean.onnx', '--format', 'json', '--policy', 'samples.yml']);
    rmSync(path.join(folder, 'samples.yml'));

    const results = (JSON.parse(stdout) as GateReport).artifacts[0]?.results ?? [];
    const withoutSamples = results.filter((one) => one.outcome === 'not-applicable');
    expect(withoutSamples.length).toBeGreaterThan(0);
    for (const one of withoutSamples) expect(one.reason).toContain('--samples');
  });

  it('never passes a file that cannot be read', () => {
    writeFileSync(path.join(folder, 'models/broken.onnx'), readFileSync(path.join(folder, 'models/clean.onnx')).subarray(0, 5000));

    const { status, stdout } = modelgate(['scan', 'models/broken.onnx', '--format', 'json', '--policy', 'strict']);

    rmSync(path.join(folder, 'models/broken.onnx'));
    expect(status).toBe(1);
    expect((JSON.parse(stdout) as GateReport).artifacts[0]).toMatchObject({ verdict: 'fail', error: { code: 'format/truncated' } });
  });

  it('leaves no secret of its environment to the process that reads the model, and no temporary file behind', () => {
    const out = path.join(folder, 'out.json');

    modelgate(['scan', 'models/clean.onnx', '--format', 'json', '--output', 'out.json', '--policy', 'weights.yml'], { env: { SECRET_TOKEN: 'hunter2' } });

    expect(readFileSync(out, 'utf8')).not.toContain('hunter2');
    expect(readdirSync(folder).sort()).toEqual(['images', 'modelgate.lock.json', 'models', 'out.json', 'weights.yml']);
    rmSync(out);
  });

  it('killed at any moment leaves no half-written report', async () => {
    for (const milliseconds of [50, 300, 800, 1600]) {
      const child = spawn(node, [cli, 'scan', 'models/clean.onnx', '--samples', 'images', '--format', 'json', '--output', 'killed.json'], {
        cwd: folder, env: { PATH: process.env['PATH'], CI: 'true' }, stdio: 'ignore',
      });
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('close', resolve));

      const out = path.join(folder, 'killed.json');
      if (existsSync(out)) expect(() => JSON.parse(readFileSync(out, 'utf8')) as unknown).not.toThrow();
    }
    rmSync(path.join(folder, 'killed.json'), { force: true });
  });

  it.each([
    [['scan', 'nowhere'], 2, 'There is no file or folder "nowhere"'],
    [['scan', '--format', 'xml'], 2, 'Allowed choices are'],
    [['scan', '--seed', '-1'], 2, 'whole number'],
    [['scna'], 2, 'Did you mean scan'],
    [['scan', '--policy', 'absent.yml'], 2, 'There is no policy'],
  ] as const)('%j is the user’s mistake: exit %i', (args, status, message) => {
    const result = modelgate(args);

    expect(result.status).toBe(status);
    expect(result.stderr).toContain(message);
  });

  it('exits with 4 when there is nothing to scan and the policy forbids that', () => {
    expect(modelgate(['scan', 'images', '--policy', 'strict']).status).toBe(4);
    expect(modelgate(['scan', 'images', '--policy', 'recommended']).status).toBe(0);
  });

  it('joins the reports of shards into the report of the whole', () => {
    for (const shard of ['1/2', '2/2']) modelgate(['scan', 'models', '--policy', 'weights.yml', '--shard', shard, '--format', 'json', '--output', `shard-${shard[0] ?? ''}.json`]);

    const merged = JSON.parse(modelgate(['merge', 'shard-1.json', 'shard-2.json', '--format', 'json']).stdout) as GateReport;
    const whole = JSON.parse(modelgate(['scan', 'models', '--policy', 'weights.yml', '--format', 'json']).stdout) as GateReport;

    for (const name of ['shard-1.json', 'shard-2.json']) rmSync(path.join(folder, name));
    expect(merged.artifacts.map((one) => [one.path, one.verdict])).toEqual(whole.artifacts.map((one) => [one.path, one.verdict]));
    expect(merged.coverage).toEqual(whole.coverage);
  });
});

describe('modelgate lock and verify', () => {
  it('approve the bytes that are there, and notice one that changes', () => {
    const locked = modelgate(['lock', 'models', '--lockfile', 'new.lock.json', '--approved-by', 'alice', '--source-url', 'https://example.org/models']);
    const good = modelgate(['verify', '--lockfile', 'new.lock.json']);
    const file = path.join(folder, 'models/clean.onnx');
    const original = readFileSync(file);
    writeFileSync(file, Buffer.concat([original, Buffer.from([0])]));
    const bad = modelgate(['verify', '--lockfile', 'new.lock.json']);
    writeFileSync(file, original);
    rmSync(path.join(folder, 'new.lock.json'));

    expect(locked.status).toBe(0);
    expect(locked.stdout).toContain('3 added, 0 changed, 0 removed, 0 unchanged');
    expect(good.status).toBe(0);
    expect(bad.status).toBe(1);
    expect(bad.stdout).toContain('models/clean.onnx');
  });
});

describe('modelgate policy check, detectors and explain', () => {
  it('name the line and column of a mistake and the nearest key', () => {
    writeFileSync(path.join(folder, 'bad.yml'), 'version: 1\nextends: recommended\noutcmes:\n  flagged: pass\n');

    const { status, stderr } = modelgate(['policy', 'check', 'bad.yml']);

    rmSync(path.join(folder, 'bad.yml'));
    expect(status).toBe(2);
    expect(stderr).toContain('bad.yml:3:1');
    expect(stderr).toContain('outcomes');
  });

  it.each(['observe', 'recommended', 'strict'])('accept the ready policy %s', (id) => {
    expect(modelgate(['policy', 'check', id])).toMatchObject({ status: 0, stderr: '' });
  });

  it('list the detectors and explain every rule in the reference', () => {
    expect(modelgate(['detectors']).stdout).toContain('output-layer-outlier');
    const rules = [...readFileSync(path.join(root, 'docs/reference/rules.md'), 'utf8').matchAll(/^\| `([^`]+)`/gm)].map((match) => match[1] ?? '');
    expect(rules.length).toBeGreaterThan(10);
    for (const rule of [rules[0], rules.at(-1)]) expect(modelgate(['explain', rule ?? '']).stdout).toContain('What to do');
    expect(modelgate(['explain', 'trusted-source/hash-mismtch']).stderr).toContain('trusted-source/hash-mismatch');
  });
});
