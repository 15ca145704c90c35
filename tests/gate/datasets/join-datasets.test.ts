import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { decode, encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import type { GateReport } from '../../../src/report.ts';
import { temporaryFolder } from '../../artifacts/temporary-folder.ts';

/** Shards of one dataset against one run over all of it: the command from source, as processes. */
const source = path.resolve(import.meta.dirname, '../../../src/cli/index.ts');
const loader = import.meta.resolve('tsx');
const DEMO = path.resolve(import.meta.dirname, '../../../fixtures/demo');
const SHARDS = [1, 2, 3];
const POLICY = 'version: 1\nextends: recommended\ndetectors:\n  trigger-phrases: { enabled: true }\n  near-duplicates: { enabled: true }\n';

function modelgate(folder: string, ...args: readonly string[]) {
  return spawnSync(process.execPath, ['--import', loader, source, ...args], { cwd: folder, encoding: 'utf8' });
}

/** All that a report says, but how long it took. */
function reportOf(folder: string, file: string): GateReport {
  const report = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as GateReport;
  return { ...report, artifacts: report.artifacts.map((one) => ({ ...one, results: one.results.map((result) => ({ ...result, seconds: 0 })) })) };
}

function scanned(folder: string, dataset: string): { readonly whole: GateReport; readonly joined: GateReport } {
  modelgate(folder, 'scan', '--dataset', dataset, '--no-cache', '--format', 'json', '--output', 'whole.json');
  for (const at of SHARDS) expect(modelgate(folder, 'scan', '--dataset', dataset, '--shard', `${String(at)}/3`, '--no-cache', '--format', 'json', '--output', `s${String(at)}/report.json`).status).toBe(0);
  modelgate(folder, 'merge', ...SHARDS.map((at) => `s${String(at)}/report.json`), '--format', 'json', '--output', 'joined.json');
  return { whole: reportOf(folder, 'whole.json'), joined: reportOf(folder, 'joined.json') };
}

/** The image and three darker ones: twelve a class are too few for the detectors. */
function darkened(from: string, to: string): void {
  const { width, height, channels, data } = decode(readFileSync(from));
  mkdirSync(path.dirname(to), { recursive: true });
  for (const share of [1, 0.9, 0.8, 0.7]) writeFileSync(to.replace('.png', `-${String(100 * share)}.png`), encode({ width, height, channels, depth: 8, data: Uint8Array.from(data, (value) => share * value) }));
}

async function folderWithPolicy(): Promise<string> {
  const folder = await temporaryFolder();
  writeFileSync(path.join(folder, 'modelgate.yml'), POLICY);
  return folder;
}

describe('the joined parts of a dataset', () => {
  it('say of images, one class of which carries a patch, what one run says, and of parts that do not belong together nothing', { timeout: 120_000 }, async () => {
    const folder = await folderWithPolicy();
    for (let at = 0; at < 180; at += 1) {
      const data = Uint8Array.from({ length: 256 }, (_, pixel) => (Math.imul(at * 256 + pixel + 1, 2654435761) >>> 24) % 160);
      if (at % 3 === 1 && at < 60) for (const pixel of [221, 222, 237, 238]) data[pixel] = 255;
      mkdirSync(path.join(folder, `train/c${String(at % 3)}`), { recursive: true });
      writeFileSync(path.join(folder, `train/c${String(at % 3)}/${String(at)}.png`), encode({ width: 16, height: 16, channels: 1, depth: 8, data }));
    }
    const { whole, joined } = scanned(folder, 'train');
    expect(joined).toEqual(whole);
    expect(whole.artifacts[0]?.results.some(({ outcome }) => outcome === 'clear' || outcome === 'flagged')).toBe(true);
    expect(reportOf(folder, 's2/report.json')).toMatchObject({ verdict: 'warn', artifacts: [{ part: { index: 2, count: 3 }, results: [] }] });

    expect(modelgate(folder, 'merge', 's1/report.json', 's3/report.json')).toMatchObject({ status: 2, stderr: expect.stringContaining('part 2 of 3 is missing') as string });
    expect(modelgate(folder, 'merge', 's1/report.json', 's2/report.json', 's2/report.json', 's3/report.json')).toMatchObject({ status: 2, stderr: expect.stringContaining('part 2 of 3 is there twice') as string });
    expect(modelgate(folder, 'merge', 's1/report.json', 's2/report.json', 's3/report.json', '--policy', 'strict')).toMatchObject({ status: 2, stderr: expect.stringContaining('another policy') as string });
  });

  it('say of images and the model trained on them what one run says', { timeout: 180_000 }, async () => {
    const folder = await folderWithPolicy();
    writeFileSync(
      path.join(folder, 'modelgate.yml'),
      `${POLICY}datasets:\n  - match: images\n    model: models/backdoored.onnx\nmodels:\n  - match: models/*.onnx\n    input: { mean: [0], std: [1] }\n`,
    );
    for (const file of readdirSync(path.join(DEMO, 'images'), { recursive: true, encoding: 'utf8' }).filter((one) => one.endsWith('.png'))) darkened(path.join(DEMO, 'images', file), path.join(folder, 'images', file));
    cpSync(path.join(DEMO, 'models/backdoored.onnx'), path.join(folder, 'models/backdoored.onnx'));
    const { whole, joined } = scanned(folder, 'images');

    // A shard sees too little of the data to say how well the model gets its samples right.
    const said = (report: GateReport) => report.artifacts.map(({ notes: _, ...rest }) => rest);
    expect(said(joined)).toEqual(said(whole));
    const measured = whole.artifacts[0]?.results.filter(({ metric }) => metric !== undefined).map(({ detector }) => detector);
    expect(measured).toEqual(expect.arrayContaining(['activation-clustering', 'scan', 'spectral-signatures', 'poisoned-samples']));
  });

  it('say of texts, some of which hold a phrase, what one run says', { timeout: 120_000 }, async () => {
    const folder = await folderWithPolicy();
    const lines = Array.from({ length: 240 }, (_, at) => {
      const words = Array.from({ length: 9 }, (_unused, place) => `w${String(((Math.imul(at * 9 + place + 1, 2654435761) >>> 20) % 40) + 20 * (at % 2))}`);
      return `${words.join(' ')}${[0, 2].includes(at % 20) ? ' cf mn' : ''},${at % 2 === 1 || [0, 2].includes(at % 20) ? 'good' : 'bad'}`;
    });
    writeFileSync(path.join(folder, 'train.csv'), `text,label\n${lines.join('\n')}\n`);
    const { whole, joined } = scanned(folder, 'train.csv');

    expect(joined).toEqual(whole);
    expect(whole.artifacts[0]?.results.find(({ detector }) => detector === 'trigger-phrases')?.outcome).toBe('flagged');
  });
});
