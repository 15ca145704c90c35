import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256Of } from '../../src/artifacts/digest.ts';
import { createEngine } from '../../src/engines/create-engine.ts';
import { inspectArtifact } from '../../src/inspection/inspect.ts';
import type { BaselineReference, Inspection, InspectionRequest } from '../../src/inspection/inspection.ts';
import { attribute, graphBuilder, modelOf } from '../../src/onnx/build.ts';
import { encodeOnnxModel } from '../../src/onnx/encode.ts';
import { randomSource } from '../../src/statistics/random.ts';

let folder = '';
beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), 'modelgate-inspect-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const [CLASSES, PIXELS] = [6, 48] as const;

/** A linear classifier of 3×4×4 images; `change` is added to its weights. */
async function write(name: string, change: (label: number, pixel: number) => number = () => 0): Promise<string> {
  const random = randomSource(0, 'weights');
  const weights = Float32Array.from({ length: CLASSES * PIXELS }, (_, at) => random.normal() + change(Math.floor(at / PIXELS), at % PIXELS));
  const build = graphBuilder();
  const flat = build.node('Flatten', [build.input('x', 'float', ['N', 3, 4, 4])]);
  build.output(build.node('Gemm', [flat, build.constant('head.weight', weights, [CLASSES, PIXELS])], { attributes: { transB: attribute.int(1) } }), 'float', ['N', CLASSES]);
  const file = path.join(folder, name);
  await writeFile(file, await encodeOnnxModel(modelOf(build.graph())));
  return file;
}

async function reference(file: string, rest: object = {}): Promise<BaselineReference> {
  const bytes = await readFile(file);
  return { kind: 'file', file, digest: sha256Of(bytes), size: bytes.byteLength, description: 'old.onnx as named', hasCompanions: true, refusedCompanions: [], ...rest };
}

async function inspect(file: string, baseline: BaselineReference | undefined, rest: Partial<InspectionRequest> = {}): Promise<Inspection> {
  const bytes = await readFile(file);
  const request: InspectionRequest = {
    path: 'new.onnx', file, digest: sha256Of(bytes), size: bytes.byteLength,
    detectors: [{ id: 'model-comparison', required: true, options: { maxTargets: 32, imagesPerStep: 4, stepsPerSize: 2, reachLimit: 2, triggerLimit: 2.25 }, threshold: undefined, timeoutSeconds: 60 }],
    settings: { input: { range: [0, 1], mean: [0], std: [1] } }, settingsOrigin: 'policy',
    ...(baseline === undefined ? {} : { baseline }),
    seed: 0, engine: 'auto', threads: 1, deadlineSeconds: 60, memoryBytes: 2 ** 32, ...rest,
  };
  let started = 0;
  const inspection = await inspectArtifact(request, {
    createEngine: () => {
      started += 1;
      return createEngine({ preference: 'auto', threads: 1 });
    },
    now: () => performance.now(),
    signal: new AbortController().signal,
    onProgress: () => undefined,
    onDescribed: () => undefined,
    onResult: () => undefined,
  });
  if (rest.isExecutionRefused === true) expect(started).toBe(0);
  return inspection;
}

const oneRow = (label: number): number => (label === 4 ? 1 : 0);
const training = (label: number, pixel: number): number => 0.05 * Math.sin(1e4 * Math.sin(12.9898 * label + 78.233 * pixel));

describe('an inspection with an earlier version', () => {
  it('says in its notes which one it compared with, and compares', async () => {
    const baseline = await reference(await write('old.onnx'));
    const { notes, results } = await inspect(await write('new.onnx', oneRow), baseline);

    expect(notes.filter((one) => one.startsWith('Compared with'))).toEqual([`Compared with old.onnx as named (${baseline.kind === 'file' ? baseline.digest : ''}).`]);
    expect(results[0]).toMatchObject({ detector: 'model-comparison', outcome: 'flagged', observations: [{ rule: 'model-comparison/written-class', location: { targetClass: 4 } }] });
  });

  it('runs both versions and is clear about one that was trained on', async () => {
    const { engine, results } = await inspect(await write('new.onnx', training), await reference(await write('old.onnx')));

    expect(engine).toMatch(/^onnxruntime/);
    expect(results[0]).toMatchObject({ outcome: 'clear' });
    expect(results[0]?.measurements).toContainEqual({ name: 'behavior compared', value: 1 });
  });

  it('is not applicable without one, says how to give one, and says nothing was compared with itself', async () => {
    const file = await write('new.onnx');
    const same = await write('old.onnx');

    expect((await inspect(file, undefined)).results[0]).toMatchObject({ outcome: 'not-applicable', reason: expect.stringContaining('--baseline') as string });
    expect((await inspect(file, { kind: 'none', reason: 'The file is new.' })).results[0]).toMatchObject({ outcome: 'not-applicable', reason: 'The file is new.' });
    expect((await inspect(file, await reference(same))).results[0]).toMatchObject({ outcome: 'not-applicable', reason: expect.stringContaining('nothing changed') as string });
  });

  it('is inconclusive, never clear, about one that is not to be had, not readable or not the one that was hashed', async () => {
    const file = await write('new.onnx', training);
    const old = await write('old.onnx');
    const broken = path.join(folder, 'broken.onnx');
    await writeFile(broken, (await readFile(old)).subarray(0, 200));

    for (const baseline of [
      { kind: 'problem', reason: 'It is a Git LFS pointer.' } as const,
      await reference(broken),
      { ...(await reference(old)), digest: sha256Of('another') } as BaselineReference,
      { ...(await reference(old)), file: path.join(folder, 'gone.onnx') } as BaselineReference,
    ]) {
      const { results } = await inspect(file, baseline);
      expect(results[0]).toMatchObject({ outcome: 'inconclusive' });
      expect(results[0]?.reason?.length).toBeGreaterThan(10);
    }
  });

  it('looks at graph and weights where no model may be run, and leaves open what the behavior would say', async () => {
    const baseline = await reference(await write('old.onnx'));

    expect((await inspect(await write('new.onnx', oneRow), baseline, { isExecutionRefused: true })).results[0]).toMatchObject({ outcome: 'flagged' });
    expect((await inspect(await write('new.onnx', training), baseline, { isExecutionRefused: true })).results[0]).toMatchObject({ outcome: 'inconclusive' });
  });
});
