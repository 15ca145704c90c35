import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256Of } from '../../src/artifacts/digest.ts';
import { cachedInspect } from '../../src/inspection/cached-inspect.ts';
import type { Inspect, Inspection, InspectionRequest } from '../../src/inspection/inspection.ts';
import type { Result } from '../../src/report.ts';
import { drawTriggerPicture } from '../../src/inspection/draw-trigger-picture.ts';
import { smallPicture } from '../support/small-picture.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'modelgate-cache-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const clear: Result = { detector: 'output-layer-outlier', outcome: 'clear', examined: 10, seconds: 0.25, score: 0.125, observations: [], measurements: [] };

function request(change: Partial<InspectionRequest> = {}): InspectionRequest {
  return {
    path: 'models/a.onnx',
    file: path.join(folder, 'models/a.onnx'),
    digest: sha256Of('a'),
    size: 1,
    detectors: [{ id: 'output-layer-outlier', required: false, options: { b: 1, a: 2 }, threshold: undefined, timeoutSeconds: 60 }],
    settings: {},
    settingsOrigin: 'none',
    seed: 0,
    engine: 'auto',
    threads: 2,
    deadlineSeconds: 100,
    memoryBytes: 1e9,
    ...change,
  };
}

/** An inspection that counts how often it really ran. */
function counting(answer: Partial<Inspection> = {}): { inspect: Inspect; runs: () => number } {
  let runs = 0;
  return {
    inspect: async () => {
      runs += 1;
      return { format: 'onnx', notes: ['10 classes'], companions: [], results: [clear], ...answer };
    },
    runs: () => runs,
  };
}

function withPicture(): { pictured: Partial<Inspection>; base64: string } {
  const png = drawTriggerPicture(smallPicture())[1]?.png ?? new Uint8Array();
  const digest = sha256Of(png);
  const pictures = [{ file: 'pictures/a-1-mask.png', digest, kind: 'mask' as const, title: 'a patch' }];
  const observation = { rule: 'output-layer-outlier/seen', severity: 'high' as const, text: '', data: {}, location: {}, pictures };
  return { pictured: { results: [{ ...clear, outcome: 'flagged', observations: [observation] }], pictures: new Map([[digest, Buffer.from(png)]]) }, base64: Buffer.from(png).toString('base64') };
}

interface Entry {
  key: string;
  inspection: object;
  pictures: object;
  integrity: string;
}

/** An entry changed by somebody who knows how the integrity digest is made. */
function repaired(text: string, change: (entry: Entry) => void = () => undefined): string {
  const entry = JSON.parse(text) as Entry;
  change(entry);
  return JSON.stringify({ ...entry, integrity: sha256Of(`${entry.key}\n${JSON.stringify(entry.inspection)}\n${JSON.stringify(entry.pictures)}`) });
}

const options = { signal: new AbortController().signal, onProgress: () => undefined };

async function runsFor(first: InspectionRequest, second: InspectionRequest, answer: Partial<Inspection> = {}): Promise<number> {
  const { inspect, runs } = counting(answer);
  await cachedInspect(inspect, { folder: path.join(folder, 'cache'), tool: 't' })(first, options);
  await cachedInspect(inspect, { folder: path.join(folder, 'cache'), tool: 't' })(second, options);
  return runs();
}

describe('cachedInspect', () => {
  it('answers an equal request with the very same inspection, without inspecting again', async () => {
    const { inspect, runs } = counting();
    const cached = cachedInspect(inspect, { folder: path.join(folder, 'cache'), tool: 't' });

    const first = await cached(request(), options);
    const second = await cached(request(), options);

    expect(second).toEqual(first);
    expect(runs()).toBe(1);
  });

  it.each<[string, Partial<InspectionRequest>]>([
    ['the number of threads', { threads: 1 }],
    ['the deadline', { deadlineSeconds: 5 }],
    ['the memory ceiling', { memoryBytes: 5e8 }],
    ['the checkout folder', { file: '/elsewhere/models/a.onnx' }],
    ['the order of options', { detectors: [{ id: 'output-layer-outlier', required: false, options: { a: 2, b: 1 }, threshold: undefined, timeoutSeconds: 60 }] }],
  ])('does not depend on %s', async (_what, change) => {
    expect(await runsFor(request(), request(change))).toBe(1);
  });

  it.each<[string, Partial<InspectionRequest>]>([
    ['digest', { digest: sha256Of('b') }],
    ['path', { path: 'models/b.onnx' }],
    ['seed', { seed: 1 }],
    ['engine', { engine: 'onnxruntime-web' }],
    ['options', { detectors: [{ id: 'output-layer-outlier', required: false, options: { a: 3, b: 1 }, threshold: undefined, timeoutSeconds: 60 }] }],
    ['threshold', { detectors: [{ id: 'output-layer-outlier', required: false, options: { a: 2, b: 1 }, threshold: { score: 0.9 }, timeoutSeconds: 60 }] }],
    ['model settings', { settings: { labels: ['stop'] } }],
    ['origin of the settings', { settingsOrigin: 'sidecar' }],
  ])('inspects again when the %s differs', async (_what, change) => {
    expect(await runsFor(request(), request(change))).toBe(2);
  });

  describe('of a comparison with an earlier version', () => {
    const baseline = (change: object = {}): Partial<InspectionRequest> => ({
      baseline: { kind: 'file', file: '/checkout/old.onnx', digest: sha256Of('old'), size: 3, description: 'old.onnx as named', hasCompanions: true, refusedCompanions: [], ...change },
    });

    it('does not depend on where the earlier version lies', async () => {
      expect(await runsFor(request(baseline()), request(baseline({ file: '/tmp/another/place' })))).toBe(1);
    });

    it.each<[string, Partial<InspectionRequest>]>([
      ['another digest', baseline({ digest: sha256Of('older') })],
      ['another origin', baseline({ description: 'models/a.onnx at commit abc' })],
      ['no earlier version', {}],
      ['one that is not to be had', { baseline: { kind: 'problem', reason: 'gone' } }],
      ['a refusal to run the model', { ...baseline(), isExecutionRefused: true }],
    ])('inspects again with %s', async (_what, change) => {
      expect(await runsFor(request(baseline()), request(change))).toBe(2);
    });

    it('knows an earlier version in several files by what each of them holds, wherever they lie', async () => {
      const several = (file: string, content: string): Partial<InspectionRequest> => {
        const one = (name: string, text: string) => ({ name, file: `${file}/${name}`, digest: sha256Of(text), identity: file });
        return { baseline: { kind: 'index', digest: sha256Of('root'), description: 'old as named', index: one('index', 'index'), parts: [one('part', content)] } };
      };
      expect(await runsFor(request(several('/checkout', 'old')), request(several('/elsewhere', 'old')))).toBe(1);
      expect(await runsFor(request(several('/checkout', 'one')), request(several('/checkout', 'two')))).toBe(2);
    });

    it('inspects again when the external data of the earlier version changed', async () => {
      await writeFile(path.join(folder, 'old.onnx'), 'old');
      await writeFile(path.join(folder, 'old.data'), 'one');
      const { inspect, runs } = counting({ baselineCompanions: [{ path: 'old.data', digest: sha256Of('one'), size: 3 }] });
      const cached = cachedInspect(inspect, { folder: path.join(folder, 'cache'), tool: 't' });
      const beside = baseline({ file: path.join(folder, 'old.onnx') });
      await cached(request(beside), options);
      await cached(request(beside), options);
      expect(runs()).toBe(1);

      await writeFile(path.join(folder, 'old.data'), 'two');
      await cached(request(beside), options);
      expect(runs()).toBe(2);
    });
  });

  it('inspects again with another version of the tool', async () => {
    const { inspect, runs } = counting();
    await cachedInspect(inspect, { folder, tool: '1' })(request(), options);
    await cachedInspect(inspect, { folder, tool: '2' })(request(), options);

    expect(runs()).toBe(2);
  });

  it('inspects again when the content of the samples changed under the same name', async () => {
    const samples = path.join(folder, 'samples');
    await mkdir(samples);
    await writeFile(path.join(samples, 'a.png'), 'one');
    const { inspect, runs } = counting();
    const inspectOnce = (): Promise<Inspection> => cachedInspect(inspect, { folder: path.join(folder, 'cache'), tool: 't' })(request({ settings: { samples } }), options);

    await inspectOnce();
    await inspectOnce();
    expect(runs()).toBe(1);
    await writeFile(path.join(samples, 'a.png'), 'two');
    await inspectOnce();
    expect(runs()).toBe(2);
  });

  it('inspects again when the content of the reference changed under the same name, and keeps nothing when it cannot be read', async () => {
    const reference = path.join(folder, 'reference.json');
    await writeFile(reference, 'one');
    const { inspect, runs } = counting();
    const inspectOnce = (): Promise<Inspection> => cachedInspect(inspect, { folder: path.join(folder, 'cache'), tool: 't' })(request({ settings: { reference } }), options);

    await inspectOnce();
    await inspectOnce();
    expect(runs()).toBe(1);
    await writeFile(reference, 'two');
    await inspectOnce();
    expect(runs()).toBe(2);
    const missing = request({ settings: { reference: path.join(folder, 'missing') } });
    expect(await runsFor(missing, missing)).toBe(2);
  });

  it('keeps nothing when the samples cannot be read', async () => {
    const missing = request({ settings: { samples: path.join(folder, 'missing') } });

    expect(await runsFor(missing, missing)).toBe(2);
  });

  it.each<[string, Partial<Inspection>]>([
    ['inconclusive', { results: [{ ...clear, outcome: 'inconclusive', reason: 'too few classes' }] }],
    ['an error', { results: [{ ...clear, outcome: 'error' }] }],
    ['missing', { results: [] }],
    ['perhaps cut short by its time limit', { results: [{ ...clear, seconds: 54 }] }],
  ])('never keeps an inspection in which a result is %s', async (_what, answer) => {
    expect(await runsFor(request(), request(), answer)).toBe(2);
  });

  it('never keeps the inspection of an artifact that could not be read', async () => {
    expect(await runsFor(request(), request(), { error: { code: 'format/truncated', message: 'short', blame: 'artifact' } })).toBe(2);
  });

  it('checks the external data of a kept inspection again', async () => {
    const data = path.join(folder, 'models', 'a.bin');
    await mkdir(path.dirname(data));
    await writeFile(data, 'weights');
    const { inspect, runs } = counting({ companions: [{ path: 'models/a.bin', digest: sha256Of('weights'), size: 7 }] });
    const inspectOnce = (): Promise<Inspection> => cachedInspect(inspect, { folder: path.join(folder, 'cache'), tool: 't' })(request(), options);

    await inspectOnce();
    await inspectOnce();
    expect(runs()).toBe(1);
    await writeFile(data, 'WEIGHTS');
    await inspectOnce();
    expect(runs()).toBe(2);
  });

  it('keeps the pictures, and hands back the very same bytes', async () => {
    const { pictured } = withPicture();
    const { inspect, runs } = counting(pictured);
    const cached = cachedInspect(inspect, { folder: path.join(folder, 'cache'), tool: 't' });

    const first = await cached(request(), options);
    const second = await cached(request(), options);

    expect(runs()).toBe(1);
    expect(second).toEqual(first);
    expect([...(second.pictures ?? [])].map(([digest, bytes]) => [digest, sha256Of(bytes)])).toEqual([...(pictured.pictures ?? [])].map(([digest]) => [digest, digest]));
  });

  it.each<[string, (text: string, base64: string) => string]>([
    ['lacks a picture', (text) => repaired(text, (entry) => void (entry.pictures = {}))],
    ['has another picture than it says', (text, base64) => repaired(text.replace(base64, Buffer.from('<svg/>').toString('base64')))],
  ])('inspects again when the entry %s, even with the right integrity digest', async (_what, damage) => {
    const { pictured, base64 } = withPicture();
    const { inspect, runs } = counting(pictured);
    const cached = cachedInspect(inspect, { folder, tool: 't' });
    await cached(request(), options);
    const file = path.join(folder, (await readdir(folder)).find((one) => one.endsWith('.json')) ?? '');
    await writeFile(file, damage(await readFile(file, 'utf8'), base64));
    await cached(request(), options);

    expect(runs()).toBe(2);
  });

  it.each<[string, (text: string) => string]>([
    ['cut off', (text) => text.slice(0, -20)],
    ['changed without its integrity digest', (text) => text.replace('"outcome":"clear"', '"outcome":"not-applicable"')],
    ['of another shape', () => '{"version":1}'],
    ['empty', () => ''],
  ])('inspects again when the entry is %s', async (_what, damage) => {
    const { inspect, runs } = counting();
    const cached = cachedInspect(inspect, { folder, tool: 't' });
    await cached(request(), options);
    const name = (await readdir(folder)).find((one) => one.endsWith('.json')) ?? '';
    const file = path.join(folder, name);
    await writeFile(file, damage(await readFile(file, 'utf8')));
    await cached(request(), options);

    expect(runs()).toBe(2);
  });

  it('says once that the folder cannot be written, and goes on without it', async () => {
    const blocked = path.join(folder, 'file');
    await writeFile(blocked, '');
    const problems: string[] = [];
    const { inspect, runs } = counting();
    const cached = cachedInspect(inspect, { folder: blocked, tool: 't', onProblem: (message) => problems.push(message) });
    await cached(request(), options);
    await cached(request(), options);

    expect(runs()).toBe(2);
    expect(problems).toHaveLength(1);
  });
});
