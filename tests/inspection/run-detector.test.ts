import { Type } from '@sinclair/typebox';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineDetector, type Detection, type Detector } from '../../src/detectors/detector.ts';
import { GateError } from '../../src/errors.ts';
import { runDetector } from '../../src/inspection/run-detector.ts';
import type { SampleContent } from '../../src/model/dataset.ts';
import type { ResolvedDetector } from '../../src/policy/policy.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { fakeModel } from '../support/fake-model.ts';
import { memoryDataset } from '../support/memory-dataset.ts';
import { smallPicture } from '../support/small-picture.ts';

const resolved: ResolvedDetector = { id: 'fake', required: false, options: {}, threshold: undefined, timeoutSeconds: 10 };

function fake(detect: () => Promise<Detection<'seen'>>, flaggedWhen: 'above' | 'below' = 'above'): Detector {
  return defineDetector({
    meta: {
      id: 'fake',
      title: 'Fake',
      description: 'For tests.',
      family: 'weights',
      needs: ['metadata'],
      messages: { seen: { severity: 'high', title: 'Seen', text: 'Class {targetClass} at {value}.', nextStep: 'Look.' } },
      metric: { name: 'index', unit: '', flaggedWhen, threshold: 2 },
      cost: { tier: 'weights', description: 'none' },
      references: [],
      limitations: [],
      lifecycle: 'stable',
      since: '0.1.0',
    },
    options: Type.Object({}, { additionalProperties: false }),
    calibration: { method: 'logistic', transform: 'identity', slope: 1, threshold: 2, fittedOn: { description: '', command: '', date: '', models: [] } },
    detect,
  }) as unknown as Detector;
}

const measured = (metric: number): Detection<'seen'> => ({
  outcome: 'measured',
  examined: 3,
  metric,
  observations: [{ message: 'seen', data: { targetClass: 7, value: 3.14159 }, location: { targetClass: 7 } }],
});

async function run(...given: Parameters<typeof runWhole>) {
  return (await runWhole(...given)).result;
}

async function runWhole(detector: Detector, options: { settings?: Partial<ResolvedDetector>; model?: ReturnType<typeof fakeModel>; signal?: AbortSignal } = {}) {
  const model = options.model ?? fakeModel({ metadata: new Map() });
  const context = {
    random: (label: string) => randomSource(0, label),
    signal: options.signal ?? new AbortController().signal,
    progress: () => undefined,
    suspiciousInputs: [], results: [], pictures: [], sampleScores: [],
  };
  return runDetector(detector, { ...resolved, ...options.settings }, model, context, () => 0);
}

describe('runDetector', () => {
  it('flags a metric beyond the threshold and fills the observation’s text', async () => {
    const result = await run(fake(async () => measured(3)));

    expect(result).toMatchObject({ outcome: 'flagged', metric: { value: 3, threshold: 2 } });
    expect(result.score).toBeCloseTo(1 / (1 + Math.exp(-1)));
    expect(result.observations).toEqual([
      { rule: 'fake/seen', severity: 'high', text: 'Class 7 at 3.14.', data: { targetClass: 7, value: 3.14159 }, location: { targetClass: 7 } },
    ]);
  });

  it('is clear, without observations, at or within the threshold', async () => {
    expect(await run(fake(async () => measured(2)))).toMatchObject({ outcome: 'clear', observations: [], score: 0.5 });
    expect(await run(fake(async () => measured(2.5), 'below'))).toMatchObject({ outcome: 'clear' });
  });

  it('does not apply to a dataset of samples of another kind', async () => {
    const detector = fake(async () => measured(3));
    const ofRows = { ...detector, meta: { ...detector.meta, needs: ['dataset' as const], sampleKinds: ['row' as const, 'series' as const] } };
    const datasetOf = (content: SampleContent) => fakeModel({ dataset: memoryDataset([{ content, label: 0 }], ['a']) });

    expect(await run(ofRows, { model: datasetOf({ kind: 'text', text: 'x' }) })).toMatchObject({ outcome: 'not-applicable', reason: 'The dataset holds texts, and this looks at rows and series.' });
    expect(await run(ofRows, { model: datasetOf({ kind: 'row', values: [1] }) })).toMatchObject({ outcome: 'flagged' });
  });

  it('takes the policy’s threshold on the metric or on the score', async () => {
    const detector = fake(async () => measured(3));

    expect(await run(detector, { settings: { threshold: { metric: 4 } } })).toMatchObject({ outcome: 'clear', metric: { threshold: 4 } });
    expect(await run(detector, { settings: { threshold: { score: 0.9 } } })).toMatchObject({ outcome: 'clear' });
    expect(await run(detector, { settings: { threshold: { score: 0.6 } } })).toMatchObject({ outcome: 'flagged' });
  });

  it('hands on what a trigger looks like when it is flagged, with the place of its observation, and never otherwise', async () => {
    const seen = { message: 'seen' as const, data: { targetClass: 7, value: 3.14159 }, location: { targetClass: 7 } };
    const detection = (metric: number): Detection<'seen'> => ({ outcome: 'measured', examined: 3, metric, observations: [seen, { ...seen, picture: smallPicture() }] });
    const runs = await Promise.all([3, 1].map((metric) => runWhole(fake(async () => detection(metric)))));

    expect(runs.map(({ pictures }) => pictures.map((one) => one.observation))).toEqual([[1], []]);
    expect(JSON.stringify(runs[0]?.result)).not.toContain('picture');
  });

  it('puts the diagram of a flagged observation into the report, and of no other', async () => {
    const diagram = { title: 'a branch', nodes: [{ kind: 'decision' as const, label: 'Greater' }, { kind: 'join' as const, label: 'Where' }], edges: [{ from: 0, to: 1 }] };
    const seen = { message: 'seen' as const, data: { targetClass: 7, value: 3.14159 }, location: {}, diagram };
    const results = await Promise.all([3, 1].map((metric) => run(fake(async () => ({ outcome: 'measured', examined: 3, metric, observations: [seen] })))));

    expect(results.map(({ observations }) => observations.map((one) => one.diagram))).toEqual([[diagram], []]);
  });

  it('never calls clear what examined nothing', async () => {
    expect(await run(fake(async () => ({ ...measured(0), examined: 0 })))).toMatchObject({ outcome: 'inconclusive' });
  });

  it('makes an error, never a pass, of a metric that is no number', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(Number.NaN, Infinity, -Infinity), async (metric) => {
        expect(await run(fake(async () => measured(metric)))).toMatchObject({ outcome: 'error', error: { code: 'detector/invalid-result' } });
      }),
    );
  });

  it('is not applicable when nobody gave a facet, and inconclusive when one was meant to be there', async () => {
    const detector = fake(async () => measured(3));

    const absent = await run(detector, { model: fakeModel({}, { absences: { metadata: 'Nobody gave any.' } }) });
    const broken = await run(detector, { model: fakeModel({}, { problems: { metadata: 'It does not fit.' } }) });

    expect(absent).toMatchObject({ outcome: 'not-applicable', reason: 'Nobody gave any.' });
    expect(broken).toMatchObject({ outcome: 'inconclusive', reason: 'It does not fit.' });
  });

  it('asks for nothing that would not help: where the format itself lacks something, that alone is the reason', async () => {
    const base = fake(async () => measured(3));
    const detector = { ...base, meta: { ...base.meta, needs: ['tensors', 'reference'] } } as unknown as Detector;
    const absences = { reference: 'No reference was given.' };
    const { facets: { tensors } } = fakeModel({ tensors: { list: [], values: () => Promise.reject(new Error('none')) } });

    expect(await run(detector, { model: fakeModel({}, { absences }) })).toMatchObject({ outcome: 'not-applicable', reason: 'The format provides no tensors.' });
    expect(await run(detector, { model: fakeModel({ ...(tensors === undefined ? {} : { tensors }) }, { absences }) })).toMatchObject({ reason: 'No reference was given.' });
  });

  it('makes an error of a throw, and could-not-tell of an engine that fails on the graph', async () => {
    const crash = await run(fake(() => Promise.reject(new TypeError('oops'))));
    const engine = await run(fake(() => Promise.reject(new GateError({ code: 'engine/failed', message: 'no kernel' }))));

    expect(crash).toMatchObject({ outcome: 'error', error: { code: 'detector/crashed' } });
    expect(engine).toMatchObject({ outcome: 'inconclusive', reason: 'no kernel' });
  });

  it('is not applicable where a detector has nothing to say about such data', async () => {
    expect(await run(fake(async () => ({ outcome: 'not-applicable', examined: 0, reason: 'No files.' })))).toMatchObject({ outcome: 'not-applicable', reason: 'No files.', observations: [] });
  });

  it('is inconclusive, not an error, when the run was cancelled', async () => {
    const controller = new AbortController();
    controller.abort();

    const result = await run(fake(() => Promise.reject(new Error('aborted'))), { signal: controller.signal });

    expect(result.outcome).toBe('inconclusive');
  });
});
