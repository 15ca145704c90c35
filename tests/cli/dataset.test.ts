import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Writable } from 'node:stream';
import { Ajv } from 'ajv';
import { encode } from 'fast-png';
import { beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/run-cli.ts';
import type { GateReport } from '../../src/report.ts';
import { temporaryFolder } from '../artifacts/temporary-folder.ts';

/** The whole way, from a folder of images to a verdict: lock, tamper, verify, scan a change, quarantine. */

let folder = '';

const SECONDS = 60_000;

function image(seed: number, isPatched = false): Uint8Array {
  const data = Uint8Array.from({ length: 256 }, (_, at) => (31 * at + 97 * seed + ((at * seed) % 13) * 11) % 256);
  if (isPatched) for (const at of [238, 239, 254, 255]) data[at] = 255;
  return encode({ width: 16, height: 16, channels: 1, depth: 8, data });
}

function write(file: string, content: string | Uint8Array): void {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), content);
}

const POLICY = 'version: 1\nextends: observe\ntrustedData: { unlocked: fail, mismatch: fail, proposed: warn, untrusted: fail, relabelled: fail }\n';

beforeEach(async () => {
  folder = await temporaryFolder();
  for (let at = 0; at < 40; at += 1) write(`data/${at % 2 === 0 ? 'cat' : 'dog'}/${String(at)}.png`, image(at));
  write('modelgate.yml', `${POLICY}datasets:\n  - match: data\n`);
});

async function modelgate(...args: readonly string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const texts: [string[], string[]] = [[], []];
  const [stdout, stderr] = texts.map((into) => new Writable({ write: (chunk: Buffer, _encoding, done) => (into.push(chunk.toString()), done()) })) as [Writable, Writable];
  const environment = { CI: 'true', PATH: process.env['PATH'] };
  const code = await runCli(args, { cwd: folder, environment, stdout, stderr, signal: new AbortController().signal });
  return { code, stdout: texts[0].join(''), stderr: texts[1].join('') };
}

const lock = (...rest: readonly string[]) => modelgate('dataset', 'lock', 'data', '--source-repository', 'lab/pets', '--source-revision', 'a'.repeat(40), ...rest);

async function verify(): Promise<{ readonly code: number; readonly rules: readonly string[] }> {
  const { code, stdout } = await modelgate('dataset', 'verify', 'data', '--format', 'json');
  return { code, rules: (JSON.parse(stdout) as GateReport).artifacts.flatMap((one) => one.findings.map(({ rule }) => rule)) };
}

function edit(file: string, change: (text: string) => string): void {
  write(file, change(readFileSync(path.join(folder, file), 'utf8')));
}

function git(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd: folder, encoding: 'utf8' });
  expect(status, stderr).toBe(0);
}

describe('modelgate dataset lock', () => {
  it('writes a manifest that fits its schema, reads well and passes verification', async () => {
    const { code, stdout } = await lock('--licence', 'CC0-1.0', '--approved-by', 'ann', '--approved-at', '2026-01-31');
    const text = readFileSync(path.join(folder, 'data.modelgate-dataset.json'), 'utf8');

    expect([code, stdout]).toEqual([0, expect.stringContaining('40 samples in 40 files, 2 classes')]);
    const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../schema/dataset-manifest.schema.json'), 'utf8')) as object);
    expect(validate(JSON.parse(text)), JSON.stringify(validate.errors)).toBe(true);
    expect(text).toMatch(/\n {4}\["cat\/0\.png", "cat", "[0-9a-f]{32}"\],\n/);
    expect(await verify()).toEqual({ code: 0, rules: [] });
  }, SECONDS);

  it('keeps source and approval of the same data, and lets the approval end with them', async () => {
    await lock('--approved-by', 'ann');
    await modelgate('dataset', 'lock', 'data');
    expect(readFileSync(path.join(folder, 'data.modelgate-dataset.json'), 'utf8')).toContain('"approvedBy": "ann"');

    write('data/cat/new.png', image(90));
    const { stdout } = await modelgate('dataset', 'lock', 'data');
    const text = readFileSync(path.join(folder, 'data.modelgate-dataset.json'), 'utf8');
    expect(text).toContain('lab/pets');
    expect(text).not.toContain('approvedBy');
    expect(stdout).toContain('1 added, 0 removed, 0 changed, 0 relabelled');
  });
});

describe('every kind of tampering is caught', () => {
  beforeEach(async () => void (await lock()));

  it.each<[string, () => void, string]>([
    ['one byte of one file', () => appendFileSync(path.join(folder, 'data/cat/0.png'), 'x'), 'dataset-source/content-mismatch'],
    ['one label', () => renameSync(path.join(folder, 'data/cat/0.png'), path.join(folder, 'data/dog/0.png')), 'dataset-source/content-mismatch'],
    ['one added file', () => write('data/cat/z.png', image(99)), 'dataset-source/content-mismatch'],
    ['one added file that is hidden', () => write('data/.z', 'x'), 'dataset-source/content-mismatch'],
    ['one removed file', () => rmSync(path.join(folder, 'data/cat/0.png')), 'dataset-source/content-mismatch'],
    ['a label in the manifest', () => edit('data.modelgate-dataset.json', (text) => text.replace('"cat/0.png", "cat"', '"cat/0.png", "dog"').replace('"cat": 20', '"cat": 19').replace('"dog": 20', '"dog": 21')), 'dataset-source/contradictory-manifest'],
    ['a forged root of the files', () => edit('data.modelgate-dataset.json', (text) => text.replace(/"files": "sha256:[0-9a-f]{64}"/, `"files": "sha256:${'0'.repeat(64)}"`)), 'dataset-source/contradictory-manifest'],
    ['a forged root of the samples', () => edit('data.modelgate-dataset.json', (text) => text.replace(/"samples": "sha256:[0-9a-f]{64}"/, `"samples": "sha256:${'0'.repeat(64)}"`)), 'dataset-source/contradictory-manifest'],
    ['a swapped revision', () => write('data/.cache/huggingface/download/cat/0.png.metadata', `${'b'.repeat(40)}\n${'c'.repeat(64)}\n1.0\n`), 'dataset-source/revision-mismatch'],
    ['what Croissant says', () => write('data-croissant.json', JSON.stringify({ conformsTo: 'http://mlcommons.org/croissant/1.0', distribution: [{ '@type': 'cr:FileObject', contentUrl: 'cat/0.png', sha256: 'd'.repeat(64) }] })), 'dataset-source/record-mismatch'],
    ['what DVC says', () => write('data.dvc', `outs:\n- md5: ${'e'.repeat(32)}.dir\n  path: data\n`), 'dataset-source/record-mismatch'],
    ['a Git LFS pointer', () => write('data/cat/p.png', `version https://git-lfs.github.com/spec/v1\noid sha256:${'f'.repeat(64)}\nsize 12\n`), 'dataset-source/unresolved-pointer'],
  ])('%s', async (_what, tamper, rule) => {
    tamper();
    const { code, rules } = await verify();

    expect(code).toBe(1);
    expect(rules).toContain(rule);
  }, SECONDS);

  it('a manifest forged as a whole, lines and roots, for other labels than the files give', async () => {
    const forged = JSON.parse(readFileSync(path.join(folder, 'data.modelgate-dataset.json'), 'utf8')) as { samples: [string, string, string][]; labels: Record<string, number>; root: { samples: string } };
    const { merkleRoot } = await import('../../src/artifacts/merkle-tree.ts');
    forged.samples = forged.samples.map(([id, label, digest]) => [id, id === 'cat/0.png' ? 'dog' : label, digest]);
    forged.labels = { cat: 19, dog: 21 };
    forged.root.samples = merkleRoot(forged.samples.map((one) => JSON.stringify(one)));
    write('data.modelgate-dataset.json', JSON.stringify(forged));

    expect(await verify()).toEqual({ code: 1, rules: ['dataset-source/sample-mismatch'] });
  }, SECONDS);

  it('data from a source that is not allowed, and data without any', async () => {
    write('modelgate.yml', `${POLICY}datasets:\n  - match: data\n    allowedSources: ['lab/other']\n`);
    expect((await verify()).rules).toEqual(['dataset-source/untrusted-source']);

    write('modelgate.yml', `${POLICY}datasets:\n  - match: data\n    allowedSources: ['lab/pets']\n`);
    expect((await verify()).rules).toEqual([]);

    rmSync(path.join(folder, 'data.modelgate-dataset.json'));
    await modelgate('dataset', 'lock', 'data', '--source-repository', 'lab/pets', '--source-revision', '1', '--match', 'cat/**');
    expect((await verify()).rules).toEqual(['dataset-source/no-source']);
  }, SECONDS);
});

describe('a change of a dataset', () => {
  /** Findings about where the data come from: of four images nothing else can be told. */
  const fromSource = (report: GateReport) => report.artifacts.map(({ path: one, findings }) => [one, findings.map(({ rule }) => rule).filter((rule) => rule.startsWith('dataset-source/'))]);
  const scan = async (): Promise<GateReport> => JSON.parse((await modelgate('scan', '--changed', 'HEAD~1..HEAD', '--format', 'json')).stdout) as GateReport;

  beforeEach(async () => {
    await lock();
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'base');
  });

  it('is gated by the manifest of the base commit, whatever the change makes of it', async () => {
    write('data/cat/new.png', image(77));
    git('add', '.');
    git('commit', '-qm', 'sneak in');
    const sneaked = await scan();
    expect(fromSource(sneaked)).toEqual([['data', ['dataset-source/content-mismatch']]]);

    await modelgate('dataset', 'lock', 'data');
    git('add', '.');
    git('commit', '-q', '--amend', '-m', 'with its manifest');
    const proposed = await scan();
    expect(fromSource(proposed)).toEqual([['data', ['dataset-source/proposed-change']]]);
    expect(proposed.artifacts[0]?.findings.find(({ rule }) => rule === 'dataset-source/proposed-change')?.text).toContain('1 samples added, 0 removed, 0 changed, 0 relabelled');
    expect(proposed.verdict).toBe('warn');
  }, SECONDS);

  it('fails for many changed labels, also with a manifest that fits', async () => {
    for (let at = 0; at < 10; at += 2) renameSync(path.join(folder, `data/cat/${String(at)}.png`), path.join(folder, `data/dog/${String(at)}.png`));
    await modelgate('dataset', 'lock', 'data');
    git('add', '-A');
    git('commit', '-qm', 'relabel');
    const report = await scan();

    expect(report.verdict).toBe('fail');
    expect(report.artifacts[0]?.findings.map(({ rule }) => rule)).toContain('dataset-source/relabelled');
  }, SECONDS);

  it('fails for a swapped source', async () => {
    await modelgate('dataset', 'lock', 'data', '--source-repository', 'lab/pets', '--source-revision', 'b'.repeat(40));
    git('add', '-A');
    git('commit', '-qm', 'another revision');

    expect(fromSource(await scan())[0]?.[1]).toEqual(['dataset-source/source-changed']);
  }, SECONDS);

  it('names the samples that were made from approved ones, draws them, and lists them for a loader', async () => {
    for (let at = 0; at < 12; at += 2) write(`data/dog/p${String(at)}.png`, image(at, true));
    git('add', '-A');
    git('commit', '-qm', 'poison');
    const { stdout } = await modelgate('scan', '--changed', 'HEAD~1..HEAD', '--format', 'json', '--output', 'report.json');
    expect(stdout).toBe('');
    const report = JSON.parse(readFileSync(path.join(folder, 'report.json'), 'utf8')) as GateReport;
    const result = report.artifacts[0]?.results.find(({ detector }) => detector === 'dataset-diff');

    expect(result).toMatchObject({ outcome: 'flagged', suspectCount: 6 });
    expect(result?.suspects?.[0]).toMatchObject({ id: 'dog/p0.png', label: 'dog', place: { file: 'dog/p0.png' }, reason: expect.stringContaining('cat/0.png') as string });
    const [picture] = result?.observations[0]?.pictures ?? [];
    expect(picture).toMatchObject({ kind: 'suspects' });
    expect(readFileSync(path.join(folder, picture?.file ?? '')).subarray(1, 4).toString()).toBe('PNG');

    await modelgate('dataset', 'quarantine', 'report.json', '--output', 'ids.txt');
    expect(readFileSync(path.join(folder, 'ids.txt'), 'utf8').trim().split('\n').sort()).toEqual(['dog/p0.png', 'dog/p10.png', 'dog/p2.png', 'dog/p4.png', 'dog/p6.png', 'dog/p8.png']);
  }, SECONDS);

  it('scans no dataset that did not change', async () => {
    write('README.md', 'text');
    git('add', '-A');
    git('commit', '-qm', 'docs');

    expect((await scan()).artifacts).toEqual([]);
  }, SECONDS);
});

describe('the chain from data and initial weights to a model', () => {
  const gaps = async (): Promise<readonly string[]> => {
    const { stdout } = await modelgate('scan', 'model.onnx', '--format', 'json');
    return (JSON.parse(stdout) as GateReport).artifacts.flatMap((one) => one.provenance.observations.filter(({ rule }) => rule === 'dataset-source/chain-gap').map(({ text }) => text));
  };

  it('is followed, and each gap is a finding', async () => {
    write('model.onnx', 'no model, which is not what this is about');
    write('base.bin', 'weights');
    write('modelgate.yml', `${POLICY}models:\n  - match: model.onnx\n    datasets: [data]\n    initialisedFrom: base.bin\n`);
    expect(await gaps()).toEqual([
      'model.onnx was made from data, which has no manifest in force (data.modelgate-dataset.json).',
      'model.onnx was made from base.bin, and there is no lockfile that approves it.',
    ]);

    await lock();
    await modelgate('lock', 'base.bin');
    expect(await gaps()).toEqual([]);

    write('base.bin', 'other weights');
    appendFileSync(path.join(folder, 'data/cat/0.png'), 'x');
    expect(await gaps()).toEqual([
      'model.onnx was made from data, whose files are not those that its manifest approves.',
      'model.onnx was made from base.bin, whose bytes are not those that the lockfile approves.',
    ]);
  }, SECONDS);
});
