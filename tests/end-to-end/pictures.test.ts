import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { Ajv } from 'ajv';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disabledBut } from '../support/disabled.ts';
import type { GateReport, Picture } from '../../src/report.ts';

/** The built CLI on the backdoored demo model, up to the pictures of its trigger. */
const root = path.resolve(import.meta.dirname, '../..');
const cli = path.join(root, 'dist/cli.js');
const node = process.env['npm_node_execpath'] ?? process.execPath;
let folder = '';
let cache = '';

/** A smaller search than the default that still finds the demo's trigger. */
const POLICY = [
  'version: 1',
  'extends: recommended',
  'detectors:',
  '  adversarial-testing: { screeningImages: 16, heldOutImages: 32, refinements: 0 }',
  disabledBut('adversarial-testing'),
].join('\n');

/** A file name that tries to get out of its folder and into a page. */
const HOSTILE = `<img src=x onerror=alert(1)> .. "'&.onnx`;

beforeAll(() => {
  if (!existsSync(cli)) throw new Error('dist/cli.js is missing: run "npm run build" first.');
  const base = realpathSync(mkdtempSync(path.join(tmpdir(), 'modelgate-pictures-')));
  [folder, cache] = [path.join(base, 'repository'), path.join(base, 'cache')];
  mkdirSync(path.join(folder, 'models'), { recursive: true });
  cpSync(path.join(root, 'fixtures/demo/images'), path.join(folder, 'images'), { recursive: true });
  for (const name of ['backdoored.onnx', 'clean.onnx']) cpSync(path.join(root, 'fixtures/demo/models', name), path.join(folder, 'models', name));
  writeFileSync(path.join(folder, 'modelgate.yml'), POLICY);
});
afterAll(() => rmSync(path.dirname(folder), { recursive: true, force: true }));

function modelgate(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(node, [cli, ...args], { cwd: folder, env: { PATH: process.env['PATH'], CI: 'true' }, encoding: 'utf8' });
  return { status, stdout, stderr };
}

const scan = (output: string, ...more: readonly string[]) => {
  mkdirSync(path.dirname(path.join(folder, output)), { recursive: true });
  return modelgate('scan', 'models/backdoored.onnx', '--samples', 'images', '--format', 'json', '--output', output, ...more);
};
const read = (file: string): GateReport => JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as GateReport;
const named = (report: GateReport): Picture[] => report.artifacts.flatMap((one) => one.results.flatMap((result) => result.observations.flatMap((seen) => seen.pictures ?? [])));
const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const bytesOf = (report: string, { file }: Picture): Buffer => readFileSync(path.join(folder, path.dirname(report), file));

describe('pictures of a found trigger', () => {
  it('lie beside the JSON report, which names them with their digests', () => {
    const { status, stderr } = scan('out/report.json');
    const report = read('out/report.json');
    const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(path.join(root, 'schema/report.schema.json'), 'utf8')) as object);

    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
    expect(named(report).map((one) => one.kind)).toEqual(['contact-sheet', 'mask', 'pattern']);
    for (const picture of named(report)) expect(sha256(bytesOf('out/report.json', picture))).toBe(picture.digest);
    expect(readdirSync(path.join(folder, 'out')).sort()).toEqual(['pictures', 'report.json']);
    expect(readdirSync(path.join(folder, 'out/pictures')).sort()).toEqual(named(report).map((one) => path.basename(one.file)).sort());
  });

  it('show the demo’s trigger where it is: in the lower right corner', () => {
    const picture = named(read('out/report.json')).find((one) => one.kind === 'mask');
    if (picture === undefined) throw new Error('there is no mask');
    const { width, height, data } = decode(bytesOf('out/report.json', picture));

    expect([width, height]).toEqual([32, 32]);
    const marked = [...data.keys()].filter((at) => (data[at] ?? 0) > 0);
    expect(marked.length).toBeGreaterThan(0);
    for (const at of marked) expect([at % 32 >= 24, at >= 32 * 24]).toEqual([true, true]);
  });

  it('are the same bytes for the same seed, on any number of threads, and from the cache', () => {
    scan('one/report.json', '--threads', '1', '--cache', cache);
    scan('cached/report.json', '--cache', cache);

    const pictures = named(read('out/report.json'));
    for (const other of ['one/report.json', 'cached/report.json']) {
      expect(named(read(other))).toEqual(pictures);
      for (const picture of pictures) expect(sha256(bytesOf(other, picture))).toBe(picture.digest);
    }
    // Times too: what is cached is the inspection as it was.
    expect(read('cached/report.json')).toEqual(read('one/report.json'));
  });

  it('stand in the HTML page itself', () => {
    scan('page/report.html', '--format', 'html', '--cache', cache);
    const page = readFileSync(path.join(folder, 'page/report.html'), 'utf8');
    const shown = [...page.matchAll(/src="data:image\/png;base64,([^"]+)"/g)].map(([, data]) => sha256(Buffer.from(data ?? '', 'base64')));

    expect(shown).toEqual(named(read('out/report.json')).map((one) => one.digest));
  });

  it('are one line on a terminal, and leave no files where no file was asked for', () => {
    const before = readdirSync(folder).sort();
    const { stdout, stderr } = modelgate('scan', 'models/backdoored.onnx', '--samples', 'images', '--cache', cache);

    expect(stdout.split('\n').filter((line) => line.startsWith('  3 pictures'))).toEqual(['  3 pictures of what was found: run with --format html --output report.html to get them']);
    expect(stderr).toBe('');
    expect(readdirSync(folder).sort()).toEqual(before);
  });

  it('follow the reports of shards into the merged one, and are missed aloud when they do not', () => {
    const shards = ['1', '2'].map((index) => {
      const file = `shard-${index}/report.json`;
      mkdirSync(path.join(folder, path.dirname(file)));
      modelgate('scan', 'models', '--samples', 'images', '--format', 'json', '--output', file, '--shard', `${index}/2`, '--cache', cache);
      return file;
    });
    mkdirSync(path.join(folder, 'merged'));
    const merged = modelgate('merge', ...shards, '--format', 'json', '--output', 'merged/report.json');
    const pictures = named(read('merged/report.json'));

    expect({ status: merged.status, stderr: merged.stderr }).toEqual({ status: 1, stderr: '' });
    expect(pictures).toEqual(named(read('out/report.json')));
    for (const picture of pictures) expect(sha256(bytesOf('merged/report.json', picture))).toBe(picture.digest);

    rmSync(path.join(folder, 'shard-1/pictures'), { recursive: true });
    const without = modelgate('merge', ...shards, '--format', 'json');
    expect(without.stderr).toMatch(/^modelgate: shard-1\/report\.json names pictures that are not beside it: pictures\/backdoored-\S+\.png and 2 more\. .*\n$/);
    expect(named(JSON.parse(without.stdout) as GateReport)).toEqual([]);
    expect(without.stdout).toContain('was not beside the report that named it.');
  });

  it.skipIf(process.platform === 'win32')('have safe names and harmless captions whatever the model is called', () => {
    cpSync(path.join(folder, 'models/backdoored.onnx'), path.join(folder, 'models', HOSTILE));
    mkdirSync(path.join(folder, 'hostile'));
    modelgate('scan', `models/${HOSTILE}`, '--samples', 'images', '--format', 'html', '--output', 'hostile/report.html');
    rmSync(path.join(folder, 'models', HOSTILE));

    const files = readdirSync(path.join(folder, 'hostile/pictures'));
    expect(files).toHaveLength(3);
    for (const file of files) expect(file).toMatch(/^img-src-x-onerror-alert-[0-9a-f]{12}-adversarial-testing-1-(sheet|mask|pattern)\.png$/);
    const page = readFileSync(path.join(folder, 'hostile/report.html'), 'utf8');
    for (const [tag] of page.matchAll(/<img[^>]*>/g)) expect(tag).toMatch(/^<img class="[a-z-]+" alt="[^"<>]*" src="data:image\/png;base64,[A-Za-z0-9+/=]+">$/);
  });
});
