import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runGate } from '../../../src/gate.ts';
import type { GateRequest } from '../../../src/gate-request.ts';
import type { Inspect } from '../../../src/inspection/inspection.ts';
import { createSupervisor } from '../../../src/inspection/supervise.ts';
import { workerProgram } from '../../../src/inspection/worker-program.ts';
import type { GateReport } from '../../../src/report.ts';
import { temporaryFolder } from '../../artifacts/temporary-folder.ts';
import { policyOf } from '../../policy/evidence.ts';
import { loopingParquet } from '../../support/looping-parquet.ts';

/** Enough for a process to start from source and to begin to read, on a machine that is busy. */
const DEADLINE_SECONDS = 10;

const supervised = createSupervisor({ ...workerProgram(), environment: process.env });
/** The real thing, only less patient with the file that never ends. */
const inspect: Inspect = (request, options) => supervised(request.file.endsWith('loops.parquet') ? { ...request, deadlineSeconds: DEADLINE_SECONDS } : request, options);

async function gate(datasets: readonly string[], root: string): Promise<GateReport> {
  const request: GateRequest = {
    root, datasets, scope: { kind: 'paths', paths: [] }, policy: policyOf({ datasets: [] }), lockfile: undefined, ignoredHeadChanges: [],
    samples: undefined, baseline: undefined, seed: 0, budgetSeconds: undefined, engine: 'auto', threads: 1, warnOnly: false,
  };
  return runGate(request, { inspect, now: () => performance.now(), signal: new AbortController().signal, onProgress: () => undefined });
}

describe('a dataset that keeps its reader busy for ever', () => {
  it('is an error row at the deadline, and the other datasets are read', async () => {
    const root = await temporaryFolder();
    writeFileSync(path.join(root, 'loops.parquet'), loopingParquet());
    writeFileSync(path.join(root, 'reviews.csv'), 'text,label\ngood,1\nbad,0\n');

    const { artifacts } = await gate(['loops.parquet', 'reviews.csv'], root);

    expect(artifacts.map((one) => [one.path, one.error?.code, one.dataset?.samples])).toEqual([
      ['loops.parquet', 'inspection/timed-out', undefined],
      ['reviews.csv', undefined, 2],
    ]);
    expect(artifacts[0]?.findings.map(({ rule }) => rule)).toContain('gate/timed-out');
  });
});
