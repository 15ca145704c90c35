import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detectors } from '../../src/detectors/index.ts';
import { runGate } from '../../src/gate.ts';
import { createSupervisor } from '../../src/inspection/supervise.ts';
import { loadPolicy } from '../../src/policy/load-policy.ts';
import type { GateReport } from '../../src/report.ts';
import { reporters } from '../../src/reporters/index.ts';
import { disabledBut } from '../support/disabled.ts';

/** Archives through the whole gate, each member in a process of its own, run from the source. */
const source = path.resolve(import.meta.dirname, '../..');
const inspect = createSupervisor({ workerFile: path.join(source, 'src/inspection/worker.ts'), execArgv: ['--import', 'tsx'] });
const RULES = 'rules:\n  - id: old\n    artifacts: [old.zip]\n    detectors: [archive-structure]\n    outcomes: { flagged: warn }\n';
let root = '';
let report: GateReport;

const fixture = (file: string): string => path.join(source, 'fixtures', file);
const model = readFileSync(fixture('demo/models/clean.onnx'));
const text = Buffer.from('for people\n');

beforeAll(async () => {
  root = realpathSync(mkdtempSync(path.join(tmpdir(), 'modelgate-archives-')));
  const zipped = (files: Record<string, Uint8Array>, level: 0 | 6 = 6): Uint8Array => zipSync(files, { level });
  writeFileSync(path.join(root, 'release.zip'), zipped({ 'models/net.onnx': model, 'readme.txt': text }));
  // The model two archives deep, once packed and once stored.
  writeFileSync(path.join(root, 'nested.zip'), zipped({ 'inner.zip.gz': gzipSync(zipped({ 'net.onnx': model }, 0)), 'readme.txt': text }, 0));
  writeFileSync(path.join(root, 'texts.zip'), zipped({ 'readme.txt': text }));
  // A gzip member whose name is no name but a zip, so that the file ends as one: both are read.
  writeFileSync(path.join(root, 'both.gz'), Buffer.concat([gzipSync(text), zipped({ 'net.onnx': model }, 0)]));
  for (const name of ['encrypted', 'bad-checksum', 'flag-1', 'prepended']) copyFileSync(fixture(`formats/zip/odd/${name}.zip`), path.join(root, `${name}.zip`));
  copyFileSync(fixture('formats/zip/odd/bad-checksum.zip'), path.join(root, 'old.zip'));
  writeFileSync(path.join(root, 'cut.zip'), zipped({ 'models/net.onnx': model }).slice(0, -30));
  mkdirSync(path.join(root, 'release.zip!'));
  writeFileSync(path.join(root, 'release.zip!/readme.bin'), 'no model\n');

  const policy = await loadPolicy({
    source: { kind: 'file', path: 'p.yml', text: `version: 1\nextends: recommended\ntrustedSource: { unlisted: pass }\ndetectors:\n${disabledBut('archive-structure', 'output-layer-outlier')}${RULES}` },
    readFile: async () => undefined, detectors,
  });
  report = await runGate(
    {
      root, scope: { kind: 'paths', paths: ['.'] }, policy, lockfile: undefined, ignoredHeadChanges: [],
      samples: undefined, baseline: undefined, seed: 0, budgetSeconds: undefined, engine: 'auto', threads: 2, warnOnly: false,
    },
    { inspect, now: () => performance.now(), signal: new AbortController().signal, onProgress: () => undefined },
  );
}, 300_000);

afterAll(() => rmSync(root, { recursive: true, force: true }));

function row(file: string) {
  const found = report.artifacts.find((one) => one.path === file);
  if (found === undefined) throw new Error(`no row ${file}; there are ${report.artifacts.map((one) => one.path).join(', ')}`);
  return found;
}
const outcomes = (file: string) => Object.fromEntries(row(file).results.map((one) => [one.detector, one.outcome]));

describe('an archive in the gate', () => {
  it('is a row, and each model in it one under its path, examined like a file', () => {
    expect(row('release.zip')).toMatchObject({ format: 'zip', members: 1, verdict: 'pass', notes: [expect.stringContaining('readme.txt')] });
    expect(outcomes('release.zip')).toMatchObject({ 'archive-structure': 'clear' });
    expect(row('release.zip!/models/net.onnx')).toMatchObject({ format: 'onnx', container: 'release.zip', verdict: 'pass' });
    expect(outcomes('release.zip!/models/net.onnx')['output-layer-outlier']).toBe('clear');
    // The detector that answered for the member is not missed in the archive.
    expect(outcomes('release.zip')['output-layer-outlier']).toBeUndefined();
  });

  it('is followed through every packing', () => {
    expect(row('nested.zip!/inner.zip.gz').format).toBe('gzip');
    expect(row('nested.zip!/inner.zip.gz!/inner.zip').format).toBe('zip');
    expect(row('nested.zip!/inner.zip.gz!/inner.zip!/net.onnx')).toMatchObject({ format: 'onnx', container: 'nested.zip', verdict: 'pass' });
  });

  it('that holds texts passes and says that they were not examined', () => {
    expect(row('texts.zip')).toMatchObject({ verdict: 'pass', members: 0 });
    expect(row('texts.zip').notes.join()).toContain('Not examined: 1 member that is text');
  });

  it('that is something else as well fails and is read as both', () => {
    expect(row('both.gz')).toMatchObject({ verdict: 'fail', error: { code: 'format/ambiguous' } });
    expect(row('both.gz!/(as gzip)').results.some((one) => one.outcome === 'flagged')).toBe(true);
    expect(row('both.gz!/(as zip)!/net.onnx').format).toBe('onnx');
  });

  it.each(['encrypted.zip!/model/data.pkl', 'cut.zip', 'prepended.zip', 'bad-checksum.zip', 'flag-1.zip'])('%s never passes', (file) => {
    expect(row(file).verdict).not.toBe('pass');
  });

  it('is meant by rules that name its file, and a folder of its name is not', () => {
    expect(row('old.zip').verdict).toBe('warn');
    expect(row('bad-checksum.zip').verdict).toBe('fail');
    expect(row('release.zip!/readme.bin').container).toBeUndefined();
  });

  it('is shown by every reporter with its members under it', () => {
    for (const reporter of reporters) expect(reporter.render(report, { color: false, verbose: true }).length).toBeGreaterThan(0);
    const text = reporters.find((one) => one.meta.id === 'text')?.render(report, { color: false, verbose: true }) ?? '';
    expect(text.indexOf('release.zip (archive)')).toBeGreaterThan(0);
    expect(text.indexOf('release.zip!/models/net.onnx (member)')).toBeGreaterThan(text.indexOf('release.zip (archive)'));
  });
});
