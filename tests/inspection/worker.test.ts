import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Inspection } from '../../src/inspection/inspection.ts';
import { createSupervisor } from '../../src/inspection/supervise.ts';

const root = path.resolve(import.meta.dirname, '../..');
const inspect = createSupervisor({ workerFile: path.join(root, 'src/inspection/worker.ts'), execArgv: ['--import', 'tsx'] });

function run(model: string, bytes = readFileSync(path.join(root, model))): Promise<Inspection> {
  return inspect(
    {
      path: model,
      file: path.join(root, model),
      digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
      size: bytes.byteLength,
      detectors: [
        { id: 'output-layer-outlier', required: false, options: {}, threshold: undefined, timeoutSeconds: 60 },
        { id: 'model-comparison', required: false, options: {}, threshold: undefined, timeoutSeconds: 60 },
      ],
      settings: {},
      settingsOrigin: 'none',
      seed: 1,
      engine: 'auto',
      threads: 1,
      deadlineSeconds: 120,
      memoryBytes: 2 * 2 ** 30,
    },
    { signal: new AbortController().signal, onProgress: () => undefined },
  );
}

describe('the inspection process', () => {
  it('reads a model, starts the engine and answers for every detector', async () => {
    const inspection = await run('fixtures/demo/models/clean.onnx');

    expect(inspection.error).toBeUndefined();
    expect(inspection.format).toBe('onnx');
    expect(inspection.engine).toMatch(/^onnxruntime-(node|web) \d+\.\d+\.\d+$/);
    expect(inspection.results.map(({ detector, outcome }) => `${detector} ${outcome}`)).toEqual([
      'output-layer-outlier clear',
      'model-comparison not-applicable',
    ]);
  });

  it('refuses what is no model with a code', async () => {
    const inspection = await run('fixtures/demo/README.md');

    expect(inspection.error?.code).toMatch(/^format\//);
    expect(inspection.results.map(({ outcome }) => outcome)).toEqual(['error', 'error']);
  });

  it('refuses a file whose bytes are not those that were hashed', async () => {
    const inspection = await run('fixtures/demo/models/clean.onnx', Buffer.from('other bytes'));

    expect(inspection.error?.code).toBe('artifact/changed');
  });
});
