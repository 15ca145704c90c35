import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDataset, type ReadDataset } from '../../../src/cli/dataset/read-dataset.ts';
import { GateError } from '../../../src/errors.ts';
import type { Inspect, Inspection } from '../../../src/inspection/inspection.ts';
import { createSupervisor } from '../../../src/inspection/supervise.ts';
import { workerProgram } from '../../../src/inspection/worker-program.ts';
import { temporaryFolder } from '../../artifacts/temporary-folder.ts';
import { loopingParquet } from '../../support/looping-parquet.ts';

const supervised = createSupervisor({ ...workerProgram(), environment: process.env });
const impatient: Inspect = (request, options) => supervised({ ...request, deadlineSeconds: 10 }, options);

const READ: Inspection = {
  format: 'dataset/table', notes: [], companions: [], results: [],
  dataset: { kind: 'text', samples: 1, unlabelled: 0, classCount: 1, classes: [], brokenCount: 0, broken: [] },
};

async function folderWith(file: string, content: string | Uint8Array): Promise<string> {
  const folder = await temporaryFolder();
  writeFileSync(path.join(folder, file), content);
  return folder;
}

function read(cwd: string, dataset: string, inspect: Inspect): Promise<ReadDataset> {
  const [stdout, stderr] = [new Writable(), new Writable()];
  return readDataset(dataset, {}, { cwd, environment: {}, stdout, stderr, signal: new AbortController().signal }, inspect);
}

/** An inspection process that says it has read the dataset and wrote these lines. */
const writes = (text: string): Inspect => (request) => {
  writeFileSync(request.dataset?.samplesFile ?? '', text);
  return Promise.resolve(READ);
};

describe('readDataset', () => {
  it('ends at its deadline with a file that keeps its reader busy, and says what to do', async () => {
    const cwd = await folderWith('train.parquet', loopingParquet());

    await expect(read(cwd, 'train.parquet', impatient)).rejects.toMatchObject({ code: 'inspection/timed-out', nextStep: expect.stringContaining('Do not approve these data') as string });
  });

  it('gives hostile files time by their size and not by what they say', async () => {
    const deadlines: number[] = [];
    const asked: Inspect = (request) => {
      deadlines.push(request.deadlineSeconds);
      return writes('')(request, { signal: new AbortController().signal, onProgress: () => undefined });
    };
    await read(await folderWith('small.csv', 'text,label\n'), 'small.csv', asked);
    await read(await folderWith('large.csv', 'x'.repeat(2 ** 24)), 'large.csv', asked);

    expect(deadlines[0]).toBeLessThan(310);
    expect(deadlines[1]).toBeGreaterThan(deadlines[0] ?? 0);
  });

  it('takes the samples that the process lists', async () => {
    const cwd = await folderWith('a.csv', 'text,label\nx,1\n');
    const samples = [['a.csv#0', '1', '0'.repeat(32)], ['a.csv#1', null, 'f'.repeat(32)]];

    expect((await read(cwd, 'a.csv', writes(samples.map((one) => `${JSON.stringify(one)}\n`).join('')))).samples).toEqual(samples);
  });

  it('takes nothing else from it', async () => {
    const cwd = await folderWith('a.csv', 'text,label\nx,1\n');
    const refused = async (text: string): Promise<void> => {
      await expect(read(cwd, 'a.csv', writes(text)), text.slice(0, 100)).rejects.toMatchObject({ code: 'detector/invalid-result' });
    };
    for (const text of ['{', '[]\n', '["a", "b"]\n', '["a", 1, "00"]\n', `["a", "b", "${'0'.repeat(31)}"]\n`, `["a", "b", "${'G'.repeat(32)}"]\n`, `["${'a'.repeat(2 ** 20)}", "b", "${'0'.repeat(32)}"]\n`]) await refused(text);
    await fc.assert(fc.asyncProperty(fc.jsonValue(), (value) => refused(`${JSON.stringify(value)}\n`)), { numRuns: 50 });
    await expect(read(cwd, 'a.csv', () => Promise.resolve({ notes: [], companions: [], results: [] }))).rejects.toBeInstanceOf(GateError);
  });
});
