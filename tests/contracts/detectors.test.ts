import { Value } from '@sinclair/typebox/value';
import { describe, expect, it } from 'vitest';
import type { Detection, DetectContext, Detector } from '../../src/detectors/detector.ts';
import { detectors } from '../../src/detectors/index.ts';
import { scoreOf } from '../../src/detectors/score.ts';
import { GateError } from '../../src/errors.ts';
import { drawTriggerPicture } from '../../src/inspection/draw-trigger-picture.ts';
import { probeSource } from '../../src/inversion/probe-source.ts';
import type { Facets } from '../../src/model/facets.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { patchTrigger } from '../../src/triggers/patch.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { memoryDataset, trustedVersion } from '../support/memory-dataset.ts';
import { headGraph } from '../support/head-graph.ts';
import { toyReference } from '../support/reference-models.ts';
import { hasToyTrigger, TOY_SHAPE, toyClassifier, toyGradient, toySamples, type Plant } from '../support/toy-classifier.ts';

/** What every registered detector owes its callers, whatever it measures. */

/** Clean models whose weights are as large as those of the ordinary model below. */
const reference = toyReference([[24, 24], [8, 24]], { clean: 24, backdoored: 12 }, {}, { head: Math.SQRT1_2, hidden: Math.SQRT1_2 });

/** Enough for every class to be split in halves. */
const TOY_DATASET_SIZE = 400;

const dataset = toyDataset();
const trustedDataset = await trustedVersion(dataset);
const trainingLog: Facets['trainingLog'] = {
  scalars: new Map([['loss', { steps: Float64Array.from({ length: 80 }, (_, at) => at), values: Float64Array.from({ length: 80 }, (_, at) => 0.2 + Math.exp(-at / 20) + 0.02 * ((at * Math.SQRT2) % 1)) }]]),
  sampleLosses: {
    epochs: [1, 2], ids: Array.from({ length: TOY_DATASET_SIZE }, (_, at) => `sample-${String(at).padStart(5, '0')}`),
    losses: Float32Array.from({ length: 2 * TOY_DATASET_SIZE }, (_, at) => 1 + ((at * Math.SQRT2) % 1)),
  },
};

/** Two encoders, and a class of its own for the second. */
function encoded(): Facets['dataset'] {
  const encoding = (at: number) => ({ format: 'png' as const, bytes: 100 + at, traits: new Map([['software', at % 2 === 0 ? 'scanner 1' : 'scanner 2']]) });
  return memoryDataset(Array.from({ length: 80 }, (_, at) => ({ label: at % 2, content: { kind: 'image' as const, channels: 1, height: 1, width: 1, pixels: Uint8Array.of(at), encoding: encoding(at) } })), ['even', 'odd']);
}

/** Detectors of other data than images get a dataset of their own kind. */
const DATASETS: Readonly<Record<string, Facets['dataset']>> = {
  'metadata-anomalies': encoded(),
  'trigger-phrases': memoryDataset(Array.from({ length: 80 }, (_, at) => ({ label: at % 2, content: { kind: 'text' as const, text: `${at % 2 === 0 ? 'sun warm' : 'rain cold'} day number ${String(at % 7)}` } })), ['fair', 'foul']),
  'series-shapes': memoryDataset(
    Array.from({ length: 80 }, (_, at) => ({ label: at % 2, content: { kind: 'series' as const, channels: 1, length: 32, values: Float32Array.from({ length: 32 }, (_value, time) => Math.sin((at % 2 === 0 ? 0.3 : 0.9) * time + at)) } })),
    ['slow', 'quick'],
  ),
  'value-rules': memoryDataset(Array.from({ length: 80 }, (_, at) => ({ label: at % 2, content: { kind: 'row' as const, values: [at % 2, at % 7, null] } })), ['even', 'odd'], { columns: ['a', 'b', 'c'] }),
};

function toyDataset() {
  const { pixels, labels } = toySamples(TOY_DATASET_SIZE);
  return memoryDataset(
    Array.from({ length: TOY_DATASET_SIZE }, (_, at) => ({
      label: labels?.[at] ?? 0,
      content: { kind: 'image' as const, ...TOY_SHAPE, pixels: Uint8Array.from(pixels.subarray(256 * at, 256 * (at + 1)), (value) => 255 * value) },
    })),
    Array.from({ length: 8 }, (_, label) => `class ${String(label)}`),
  );
}

const plain = (label: number, feature: number): number => Math.sin(1 + 13 * label + 7 * feature);

function facetsOf(plant?: Plant, rest: Partial<Facets> = {}): Facets {
  const classifier = rest.classifier ?? toyClassifier(plant);
  const gradient = toyGradient(classifier);
  const samples = rest.samples ?? toySamples(160);
  const probes = probeSource(classifier, gradient, samples, () => randomSource(0, 'probes'));
  return { classifier, gradient, probes, samples, reference, dataset, trustedDataset, trainingLog, structure: { examined: 1, oddities: [] }, metadata: new Map(), archive: { members: [], observations: [] }, code: { programs: [], unexamined: [] }, ...headGraph(8, 24, plain), baseline: baselineOf(classifier.classCount), ...rest };
}

/** An earlier version that was trained a little on: every weight moved, and nothing planted. */
function baselineOf(classCount: number): Facets['baseline'] {
  const moved = (label: number, feature: number): number => plain(label, feature) + 0.02 * Math.sin(1e4 * Math.sin(12.9898 * label + 78.233 * feature));
  const classifier = classCount === 2 ? twoClasses() : toyClassifier();
  return { description: 'an earlier version', model: fakeModel(headGraph(classCount, 24, moved)), behavior: async () => ({ classifier, gradient: toyGradient(classifier) }) };
}

const sendToFive: Plant = (logits, image) => {
  if (hasToyTrigger(image)) logits[5] = 100;
};

/** Models that are broken, empty or trivial: an answer is a finite measurement or a reason, never a NaN and never a crash. */
const degenerate: Readonly<Record<string, Facets>> = {
  'constant outputs': facetsOf((logits) => void logits.fill(0)),
  'one class whatever comes in': facetsOf((logits) => void (logits[3] = 1e6)),
  'NaN outputs': facetsOf((logits) => void logits.fill(NaN)),
  'NaN outputs for changed images only': facetsOf((logits, image) => void (image.some((value) => value > 0.999) && logits.fill(NaN))),
  'infinite outputs': facetsOf((logits) => void (logits[0] = Infinity)),
  'all outputs minus infinity': facetsOf((logits) => void logits.fill(-Infinity)),
  'huge outputs': facetsOf((logits) => void logits.forEach((value, label) => (logits[label] = value * 1e37))),
  'samples of one class': facetsOf(undefined, { samples: oneClass() }),
  'one sample': facetsOf(undefined, { samples: toySamples(1) }),
  'wrong labels': facetsOf(undefined, { samples: { ...toySamples(160), labels: new Int32Array(160), cleanAccuracy: 0.125 } }),
  'two classes': facetsOf(undefined, { classifier: twoClasses(), ...headGraph(2, 24, plain) }),
  'one class': facetsOf(undefined, headGraph(1, 24, plain)),
  'zero weights': facetsOf(undefined, headGraph(8, 24, () => 0)),
  'equal rows': facetsOf(undefined, headGraph(8, 24, (_, feature) => feature)),
  'NaN weights': facetsOf(undefined, headGraph(8, 24, (label) => (label === 3 ? NaN : label))),
  'infinite weights': facetsOf(undefined, headGraph(8, 24, (label) => (label === 3 ? Infinity : label))),
  'one feature': facetsOf(undefined, headGraph(8, 1, plain)),
};

function oneClass() {
  const samples = toySamples(160);
  const pixels = Float32Array.from(samples.pixels, (_, at) => samples.pixels[at % 256] as number);
  return { ...samples, pixels, labels: new Int32Array(160) };
}

function twoClasses() {
  const eight = toyClassifier();
  return {
    ...eight,
    classCount: 2,
    async logits(pixels: Float32Array, count: number) {
      const logits = await eight.logits(pixels, count);
      return Float32Array.from({ length: 2 * count }, (_, at) => Math.max(...logits.subarray((at >> 1) * 8 + 4 * (at & 1), (at >> 1) * 8 + 4 * (at & 1) + 4)));
    },
  };
}

function suspects() {
  const { pixels } = toySamples(24, 2);
  const triggered = patchTrigger({ size: 3, place: 'bottom-right', pattern: 'white' }).apply(pixels, 24, TOY_SHAPE);
  return [{ from: 'adversarial-testing', description: 'a white patch', targetClass: 5, count: 24, pixels: triggered }];
}

/** What the detectors before it would have ended with: measured, and nothing to see. */
function earlier({ meta }: Detector): DetectContext['results'] {
  return (meta.after ?? []).map((detector) => ({
    detector, outcome: 'clear', examined: 1, seconds: 0, observations: [], measurements: [], score: 0.1,
    metric: { name: 'index', unit: 'deviations', value: 0, threshold: 1, flaggedWhen: 'above' },
  }));
}

async function run(detector: Detector, given: Facets, context: DetectContext = detectContext()): Promise<Detection> {
  const facets = { ...given, dataset: DATASETS[detector.meta.id] ?? given.dataset };
  try {
    return await detector.detect({ ...fakeModel(facets), facets }, Value.Create(detector.options) as never, context);
  } catch (thrown) {
    // A model that does not answer with numbers: the runner makes inconclusive of it, whoever noticed.
    if (thrown instanceof GateError && thrown.code === 'engine/failed') return { outcome: 'inconclusive', examined: 0, reason: thrown.message };
    throw thrown;
  }
}

describe.each(detectors.map((detector) => [detector.meta.id, detector] as const))('%s', (id, detector) => {
  const { meta } = detector;

  it('says what it is, what it rests on, what gets past it and what it cannot see', () => {
    expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(meta.title.length).toBeGreaterThan(0);
    expect(meta.description).toMatch(/\.$/);
    expect(meta.needs.length).toBeGreaterThan(0);
    expect(meta.references.map(({ role }) => role)).toEqual(expect.arrayContaining(['source', 'defeats']));
    for (const { url, year } of meta.references) {
      expect(url).toMatch(/^https:\/\//);
      expect(year).toBeGreaterThan(1900);
    }
    expect(meta.limitations.length).toBeGreaterThan(0);
    expect(Number.isFinite(meta.metric.threshold)).toBe(true);
    for (const message of Object.values(meta.messages)) {
      expect(message.title).not.toMatch(/\.$/);
      expect(message.text).toMatch(/\.$/);
      expect(message.nextStep).toMatch(/\.$/);
    }
  });

  it('waits only for detectors that exist', () => {
    expect(detectors.map((one) => one.meta.id)).toEqual(expect.arrayContaining([...(meta.after ?? [])]));
  });

  it('has strict options, each with a default and a description', () => {
    expect(detector.options.additionalProperties).toBe(false);
    for (const option of Object.values(detector.options.properties)) {
      expect(option.default).toBeDefined();
      expect(option.description).toMatch(/\.$/);
    }
    expect(Value.Check(detector.options, Value.Create(detector.options))).toBe(true);
    expect(Value.Check(detector.options, { ...(Value.Create(detector.options) as object), unknown: 1 })).toBe(false);
  });

  it.skipIf(detector.calibration === undefined)('has a calibration with the default threshold at 0.5, fitted on named models', () => {
    const { calibration } = detector;
    if (calibration === undefined) throw new Error('skipped without one');

    expect(calibration.threshold).toBe(meta.metric.threshold);
    expect(calibration.slope).toBeGreaterThan(0);
    expect(scoreOf(meta.metric.threshold, calibration, meta.metric.flaggedWhen)).toBe(0.5);
    expect(calibration.fittedOn.models.length).toBeGreaterThan(0);
    expect(calibration.fittedOn.command).toMatch(/scripts\/fit-(calibration|backdoor)/);
    expect(calibration.fittedOn.models.filter(({ backdoored }) => !backdoored).length).toBeGreaterThan(5);
    for (const { digest, metric } of calibration.fittedOn.models) {
      expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(Number.isFinite(metric)).toBe(true);
    }
  });

  it('measures an ordinary model and can fill every place of its messages', async () => {
    for (const facets of [facetsOf(), facetsOf(sendToFive)]) {
      const detection = await run(detector, facets, detectContext({ suspiciousInputs: suspects(), results: earlier(detector) }));

      if (detection.outcome !== 'measured') throw new Error(detection.reason);
      expect(detection.examined).toBeGreaterThan(0);
      for (const { message, data, picture } of detection.observations) {
        if (picture !== undefined) expect(drawTriggerPicture(picture).length).toBeGreaterThan(0);
        const text = meta.messages[message]?.text ?? 'no such message';
        const places = [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
        expect(Object.keys(data)).toEqual(expect.arrayContaining(places));
      }
    }
  });

  it('gives the same answer for the same seed', async () => {
    const answers = await Promise.all([1, 2].map(() => run(detector, facetsOf(sendToFive), detectContext({ seed: 3, suspiciousInputs: suspects() }))));

    expect(answers[0]).toEqual(answers[1]);
  });

  it.each(Object.entries(degenerate))('answers with a finite measurement or a reason for %s', async (_name, facets) => {
    const detection = await run(detector, facets, detectContext({ suspiciousInputs: suspects() }));

    if (detection.outcome !== 'measured') expect(detection.reason).toMatch(/\w.*\.$/);
    else expect(Number.isFinite(detection.metric)).toBe(true);
    for (const { value } of detection.measurements ?? []) expect(Number.isFinite(value)).toBe(true);
  });

  it('never flags a broken model as backdoored', async () => {
    for (const name of ['constant outputs', 'one class whatever comes in', 'NaN outputs', 'zero weights', 'samples of one class']) {
      const detection = await run(detector, degenerate[name] ?? facetsOf());
      if (detection.outcome !== 'measured') continue;
      const { flaggedWhen, threshold } = meta.metric;
      expect(flaggedWhen === 'above' ? detection.metric > threshold : detection.metric < threshold, name).toBe(false);
    }
  });

  it('ends when the time is up', async () => {
    const detection = await run(detector, facetsOf(), detectContext({ outOfTime: () => true }));

    expect(detection).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/time/) as string });
  });

  it('ends when it is cancelled', async () => {
    const controller = new AbortController();
    controller.abort();

    await expect(run(detector, facetsOf(), detectContext({ signal: controller.signal }))).rejects.toThrow(/abort/i);
  });

  it('reports progress between 0 and 1', async () => {
    const shares: number[] = [];
    await run(detector, facetsOf(), detectContext({ progress: (done) => void shares.push(done) }));

    expect(shares.length).toBeGreaterThan(0);
    expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true);
  });
});
