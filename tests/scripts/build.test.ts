import { spawnSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleEntries } from '../../scripts/build/bundle-entries.ts';
import { bundleNativeRuntime, bundleWasmRuntime } from '../../scripts/build/bundle-runtimes.ts';
import { collectLicenses } from '../../scripts/build/collect-licenses.ts';
import { compareFolder } from '../../scripts/build/compare-folder.ts';
import type { OutputFile } from '../../scripts/build/output-file.ts';
import { replaceFolder } from '../../scripts/build/replace-folder.ts';
import { disabledBut } from '../support/disabled.ts';

const root = path.resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(tmpdir(), 'modelgate-build-'));
const dist = path.join(folder, 'dist');
const policy = path.join(folder, 'quick.yml');
const nodes = [process.execPath, path.join(root, 'node_modules/node/bin/node')];

let entries: Awaited<ReturnType<typeof bundleEntries>>;
let files: readonly OutputFile[];

beforeAll(async () => {
  entries = await bundleEntries(root);
  const runtimes = [await bundleNativeRuntime(root), await bundleWasmRuntime(root)];
  files = [...entries.files, ...runtimes.flatMap((one) => one.files), { path: 'package.json', content: Buffer.from('{ "type": "module" }\n') }];
  replaceFolder(dist, files);
  // One short search: which engine runs it is what is asked, and WebAssembly takes minutes for all of them.
  writeFileSync(policy, `version: 1\nextends: recommended\ndetectors:\n  maximum-margin: { starts: 1, steps: 8 }\n${disabledBut('maximum-margin')}`);
});
afterAll(() => rmSync(folder, { recursive: true }));

function runCli(node: string, ...args: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync(node, [path.join(dist, 'cli.js'), ...args], { cwd: path.join(root, 'fixtures/demo'), encoding: 'utf8', env: {} });
}

function engineOf(node: string): string | undefined {
  const { stdout, stderr } = runCli(node, 'scan', 'models/clean.onnx', '--format', 'json', '--policy', policy);
  if (!stdout.startsWith('{')) throw new Error(stderr);
  return (JSON.parse(stdout) as { artifacts: { engine?: string }[] }).artifacts[0]?.engine;
}

describe('dist, in a folder without node_modules', () => {
  it.each(nodes)('scans with the native engine it carries, under %s', (node) => {
    expect(engineOf(node)).toMatch(process.platform === 'linux' && process.arch === 'x64' ? /^onnxruntime-node / : /^onnxruntime-/);
  });

  it('scans with WebAssembly where it carries no native engine', () => {
    const [here, away] = [path.join(dist, 'native'), path.join(folder, 'native')];
    renameSync(here, away);
    try {
      expect(engineOf(process.execPath)).toMatch(/^onnxruntime-web /);
    } finally {
      renameSync(away, here);
    }
  });

  it('holds nothing of the machine that made it, and is the same bytes when made again', async () => {
    const code = files.filter(({ path: file }) => /\.(?:js|cjs|mjs)$/.test(file));
    const again = await bundleEntries(root);

    expect(code.filter(({ content }) => Buffer.from(content).includes(root)).map(({ path: file }) => file)).toEqual([]);
    expect(again.files.map(({ path: file }) => file)).toEqual(entries.files.map(({ path: file }) => file));
    again.files.forEach(({ content }, index) => expect(Buffer.compare(content, entries.files[index]?.content ?? Buffer.alloc(0))).toBe(0));
  });
});

describe('the check of dist', () => {
  it('finds nothing after a build', () => {
    expect(compareFolder(dist, files)).toEqual([]);
  });

  it('names what is missing, changed and stale', () => {
    const made = path.join(folder, 'made');
    const text = (name: string, content: string): OutputFile => ({ path: name, content: Buffer.from(content) });
    replaceFolder(made, [text('same.js', '1'), text('changed.js', '1'), text('stale/old.js', '1')]);

    expect(compareFolder(made, [text('same.js', '1'), text('changed.js', '2'), text('new.js', '1')])).toEqual([
      'changed.js: has other content',
      'new.js: is missing',
      'stale/old.js: nothing makes this file any more',
    ]);
  });

  it('is clean again after the next build, which leaves nothing of the last', () => {
    const made = path.join(folder, 'again');
    const one: OutputFile = { path: 'one.js', content: Buffer.from('1') };
    replaceFolder(made, [one]);
    writeFileSync(path.join(made, 'stray.js'), 'stray');
    replaceFolder(made, [one]);

    expect(compareFolder(made, [one])).toEqual([]);
  });
});

describe('the licences in dist', () => {
  it('are those of every package that has a file in it, once and in order', () => {
    const text = collectLicenses(root, ['node_modules/yaml/index.js', 'node_modules/yaml/other.js', 'node_modules/onnxruntime-web/x.js', 'src/errors.ts']);

    expect(text.match(/^[\w@/.-]+ \d+\.\d+\.\d+$/gm)?.map((line) => line.split(' ')[0])).toEqual(['onnxruntime-web', 'yaml']);
    expect(text).toContain('Copyright Eemeli Aro');
    expect(text).toContain('Copyright (c) Microsoft Corporation');
  });

  it('stop the build when a package has none', () => {
    const made = path.join(folder, 'unlicensed');
    replaceFolder(path.join(made, 'node_modules/nobody'), [{ path: 'package.json', content: Buffer.from('{"name":"nobody","version":"1.0.0"}') }]);

    expect(() => collectLicenses(made, ['node_modules/nobody/index.js'])).toThrow('nobody 1.0.0 ships no licence file');
  });
});
