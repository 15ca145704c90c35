import ort from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_MIN_AGREEMENT, fitInput, type FitInputRequest, type InputFit } from '../../src/datasets/fit-input.ts';
import type { InputDescription } from '../../src/datasets/fit-input/input-description.ts';
import { loadSamples } from '../../src/datasets/load-samples.ts';
import type { LoadedSamples } from '../../src/datasets/loaded-samples.ts';
import type { Classifier, InputSpecification } from '../../src/model/classifier.ts';
import { fixturePath } from './fixture-files.ts';

/** How the model under test wants its input; the demo model itself takes pixels from 0 to 1. */
interface Wanted {
  readonly range: readonly [number, number];
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

const AS_THEY_ARE: Wanted = { range: [0, 1], mean: [0, 0, 0], std: [1, 1, 1] };
const IMAGENET: Wanted = { range: [0, 1], mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const DESCRIPTION: InputDescription = {
  kind: 'image', layout: 'nchw', channels: 3, height: 32, width: 32, integer: false, normalizes: false, classCount: 10,
};

let samples: LoadedSamples;
let logitsOf: (pixels: Float32Array, count: number) => Promise<Float32Array>;
let calls = 0;

beforeAll(async () => {
  samples = await loadSamples({ path: fixturePath('demo', 'images'), target: { channels: 3, height: 32, width: 32, classCount: 10 }, limits: { maxSamples: 60 } });
  const session = await ort.InferenceSession.create(fixturePath('demo', 'models', 'clean.onnx'), { intraOpNumThreads: 1, logSeverityLevel: 3 });
  logitsOf = async (pixels, count) => {
    calls += count;
    const answer = await session.run({ pixels: new ort.Tensor('float32', pixels, [count, 3, 32, 32]) });
    return Float32Array.from(answer['logits']?.data as Float32Array);
  };
});

/** The demo model as if it had been trained on input normalized in the wanted way. */
function modelWanting(wanted: Wanted): FitInputRequest['classifier'] {
  return (input: InputSpecification): Classifier => ({
    input, classCount: 10, outputKind: 'logits', engine: 'test',
    activations: () => Promise.reject(new Error('not needed')),
    innerValues: () => Promise.reject(new Error('not needed')),
    openInnerLayer: () => Promise.reject(new Error('not needed')),
    logits(pixels, count) {
      const seen = pixels.map((pixel, index) => {
        const channel = Math.floor(index / 1024) % 3;
        const fed = (input.range[0] + pixel * (input.range[1] - input.range[0]) - (input.mean[channel] ?? 0)) / (input.std[channel] ?? 1);
        return (fed * (wanted.std[channel] ?? 1) + (wanted.mean[channel] ?? 0) - wanted.range[0]) / (wanted.range[1] - wanted.range[0]);
      });
      return logitsOf(seen, count);
    },
  });
}

function fit(wanted: Wanted, changes: Partial<FitInputRequest> = {}): Promise<InputFit> {
  return fitInput({ description: DESCRIPTION, settings: {}, settingsOrigin: 'none', samples, classifier: modelWanting(wanted), ...changes });
}

function unlabelled(from: LoadedSamples): LoadedSamples {
  const { count, channels, height, width, pixels, ids, notes } = from;
  return { count, channels, height, width, pixels, ids, notes };
}

/** Every n-th pixel of the samples, shuffled over the images: pictures of nothing. */
function scrambled(from: LoadedSamples): LoadedSamples {
  return { ...from, pixels: from.pixels.map((_, index) => from.pixels[(index * 7919) % from.pixels.length] ?? 0) };
}

describe('fitInput with labelled samples', () => {
  it('keeps pixels as they are when nothing is clearly better', async () => {
    const found = await fit(AS_THEY_ARE);

    expect(found.problem).toBeUndefined();
    expect(found.specification).toMatchObject({ range: [0, 1], mean: [0, 0, 0], std: [1, 1, 1] });
    expect(found.specification.origin).toEqual({ layout: 'graph', size: 'graph', range: 'default', normalization: 'default' });
    expect(found.samples?.cleanAccuracy).toBe(1);
    expect(found.notes).toMatchInlineSnapshot(`
      [
        "Class names of the samples were numbered in alphabetical order ("circle-bar" is class 0); give \`labels\` in the policy when the model's order differs.",
        "Of 120 images, 60 were used, chosen evenly over the classes.",
        "With pixels from 0 to 1 as they are, the model gets 100.0 % of 60 samples right.",
      ]
    `);
  });

  it.each([
    ['ImageNet statistics', IMAGENET],
    ['pixels from -1 to 1', { range: [-1, 1], mean: [0, 0, 0], std: [1, 1, 1] }],
    ['pixels from 0 to 255', { range: [0, 255], mean: [0, 0, 0], std: [1, 1, 1] }],
    ['statistics of its own training set', { range: [0, 1], mean: [0.51, 0.5, 0.49], std: [0.29, 0.29, 0.28] }],
    ['pixels from 0 to 255 less a mean', { range: [0, 255], mean: [123.68, 116.779, 103.939], std: [1, 1, 1] }],
  ] as const)('finds out that a model wants %s', async (_, wanted) => {
    const found = await fit(wanted);

    expect(found.problem).toBeUndefined();
    expect(found.samples?.cleanAccuracy).toBeGreaterThanOrEqual(0.97);
    expect(found.specification.origin.normalization).toBe('samples');
    expect(found.classifier.input).toBe(found.specification);
    expect(found.notes.at(-1)).toMatch(/^Input normalization inferred from samples: with .* samples right, with pixels from 0 to 1 as they are \d/);
  });

  it('takes what the policy says as it is, tries nothing else and says how well it does', async () => {
    calls = 0;
    const found = await fit(IMAGENET, { settings: { input: { mean: [...IMAGENET.mean], std: [...IMAGENET.std] } }, settingsOrigin: 'policy' });

    expect(calls).toBe(samples.count);
    expect(found.specification).toMatchObject({ range: [0, 1], mean: IMAGENET.mean, std: IMAGENET.std });
    expect(found.specification.origin.normalization).toBe('policy');
    expect(found.notes.at(-1)).toBe('With the policy’s mean and standard deviation, the model gets 100.0 % of 60 samples right.');
  });

  it('reports a problem and not a better guess when what the policy says is wrong', async () => {
    const found = await fit({ range: [0, 255], mean: [0, 0, 0], std: [1, 1, 1] }, { settings: { input: { mean: [0.5], std: [0.5] } }, settingsOrigin: 'sidecar' });

    expect(found.samples).toBeUndefined();
    expect(found.problem).toContain('do not fit the model');
    expect(found.specification.origin.normalization).toBe('sidecar');
  });

  it('looks for mean and std over the range the policy gives', async () => {
    const found = await fit({ range: [0, 255], mean: IMAGENET.mean.map((mean) => mean * 255), std: IMAGENET.std.map((std) => std * 255) }, {
      settings: { input: { range: [0, 255] } }, settingsOrigin: 'policy',
    });

    expect(found.samples?.cleanAccuracy).toBeGreaterThanOrEqual(0.97);
    expect(found.specification.range).toEqual([0, 255]);
    expect(found.specification.origin).toMatchObject({ range: 'policy', normalization: 'samples' });
  });

  it('leaves the normalization to a graph that normalizes, and finds only its range', async () => {
    const found = await fit({ range: [0, 255], mean: [0, 0, 0], std: [1, 1, 1] }, { description: { ...DESCRIPTION, normalizes: true } });

    expect(found.specification).toMatchObject({ range: [0, 255], mean: [0, 0, 0], std: [1, 1, 1] });
    expect(found.specification.origin).toMatchObject({ range: 'samples', normalization: 'graph' });
    expect(found.notes.at(-1)).toMatch(/^Input range inferred/);
  });

  it('corrects the order of classes and says so', async () => {
    const labels = samples.labels?.map((label) => (label * 3 + 4) % 10) ?? new Int32Array(0);

    const found = await fit(IMAGENET, { samples: { ...samples, labels } });

    expect(found.problem).toBeUndefined();
    expect([...(found.samples?.labels ?? [])]).toEqual([...(samples.labels ?? [])]);
    expect(found.samples?.cleanAccuracy).toBeGreaterThanOrEqual(0.97);
    expect(found.notes.at(-2)).toBe(
      'The samples number their classes in another order than the model: 0 is 2, 1 is 9, 2 is 6, 4 is 0, 5 is 7 and 3 more. ' +
        'Renumbered, the model gets 100.0 % right instead of 15.0 %; give `labels` in the policy to make the order certain.',
    );
  });

  it('accepts samples of some of the classes', async () => {
    const few = take(samples, (label) => label >= 4 && label < 7);

    expect((await fit(AS_THEY_ARE, { samples: few })).samples?.cleanAccuracy).toBe(1);
  });

  it.each([
    ['labels that mean nothing', (from: LoadedSamples) => ({ ...from, labels: Int32Array.from({ length: from.count }, (_, index) => (index * 7) % 10) })],
    ['pictures of nothing', scrambled],
  ])('reports %s as a problem', async (_, change) => {
    const found = await fit(AS_THEY_ARE, { samples: change(samples) });

    expect(found.samples).toBeUndefined();
    expect(found.problem).toMatch(/^The samples do not fit the model: it gets \d+\.\d % of 60 right with .*, the best of 10 usual normalizations\./);
    expect(found.specification.origin.normalization).toBe('default');
  });

  it('reports samples of another size, number of channels or number of classes', async () => {
    const problems = await Promise.all([
      fit(AS_THEY_ARE, { samples: { ...samples, height: 16, width: 64 } }),
      fit(AS_THEY_ARE, { samples, description: { ...DESCRIPTION, channels: 1 } }),
      fit(AS_THEY_ARE, { samples, description: { ...DESCRIPTION, classCount: 4 } }),
    ]);

    expect(problems.map((one) => one.problem)).toEqual([
      'The samples do not fit the model: they are 3x16x64, its input is 3x32x32.',
      'The samples do not fit the model: they are 3x32x32, its input is 1x32x32.',
      'The samples do not fit the model: their labels go beyond its 4 classes.',
    ]);
    expect(problems.every((one) => one.samples === undefined)).toBe(true);
  });

  it('lets the least agreement be chosen', async () => {
    const labels = samples.labels?.map((label, index) => (index % 2 === 0 ? label : (label + 1 + (index % 9)) % 10)) ?? new Int32Array(0);
    const halfRight = { ...samples, labels };

    expect((await fit(AS_THEY_ARE, { samples: halfRight })).problem).toBeUndefined();
    expect((await fit(AS_THEY_ARE, { samples: halfRight, minAgreement: 0.8 })).problem).toContain('do not fit');
    expect(DEFAULT_MIN_AGREEMENT).toBeGreaterThan(0);
  });

  it('treats answers that are not numbers as wrong', async () => {
    const found = await fit(AS_THEY_ARE, {
      classifier: (input) => ({ ...modelWanting(AS_THEY_ARE)(input), logits: async (_pixels, count) => new Float32Array(count * 10).fill(Number.NaN) }),
    });

    expect(found.problem).toContain('0.0 %');
  });
});

describe('fitInput with samples without labels', () => {
  it('keeps pixels as they are when answers are sure and spread', async () => {
    const found = await fit(AS_THEY_ARE, { samples: unlabelled(samples) });

    expect(found.problem).toBeUndefined();
    expect(found.samples).not.toHaveProperty('cleanAccuracy');
    expect(found.specification.origin.normalization).toBe('default');
    expect(found.notes.at(-1)).toBe('The samples have no labels, so how well the model does on them is unknown; it is fed with pixels from 0 to 1 as they are.');
  });

  it.each([
    ['ImageNet statistics', IMAGENET],
    ['pixels from 0 to 255', { range: [0, 255], mean: [0, 0, 0], std: [1, 1, 1] }],
  ] as const)('finds out that a model wants %s', async (_, wanted) => {
    const found = await fit(wanted, { samples: unlabelled(samples) });

    expect(found.specification.origin.normalization).toBe('samples');
    const logits = await found.classifier.logits(samples.pixels, samples.count);
    const right = [...(samples.labels ?? [])].filter((label, index) => {
      const row = logits.subarray(index * 10, index * 10 + 10);
      return row.indexOf(Math.max(...row)) === label;
    });
    expect(right.length / samples.count).toBeGreaterThanOrEqual(0.95);
  });

  it('reports samples that the model answers all alike', async () => {
    const blank = { ...unlabelled(samples), pixels: new Float32Array(samples.pixels.length).fill(0.5) };

    expect((await fit(AS_THEY_ARE, { samples: blank })).problem).toContain('nearly alike');
  });
});

describe('fitInput without samples', () => {
  it('assumes pixels as they are and says so', async () => {
    const found = await fit(AS_THEY_ARE, { samples: undefined });

    expect(found.samples).toBeUndefined();
    expect(found.problem).toBeUndefined();
    expect(found.specification.origin.normalization).toBe('default');
    expect(found.notes).toEqual([
      'Nothing says how the model\'s input is normalized: pixels from 0 to 1 as they are were assumed. Labelled samples, or `input` in the policy or a sidecar, would make it certain.',
    ]);
  });

  it('says nothing of what the policy or the graph decides', async () => {
    const byPolicy = await fit(AS_THEY_ARE, { samples: undefined, settings: { input: { mean: [0.5], std: [0.5] } }, settingsOrigin: 'policy' });
    const byGraph = await fit(AS_THEY_ARE, { samples: undefined, description: { ...DESCRIPTION, integer: true } });

    expect([byPolicy.notes, byGraph.notes]).toEqual([[], []]);
    expect(byPolicy.specification.mean).toEqual([0.5, 0.5, 0.5]);
    expect(byGraph.specification.range).toEqual([0, 255]);
  });
});

function take(from: LoadedSamples, keep: (label: number) => boolean): LoadedSamples {
  const size = from.channels * from.height * from.width;
  const kept = [...(from.labels ?? [])].map((label, index) => ({ label, index })).filter(({ label }) => keep(label));
  const pixels = new Float32Array(kept.length * size);
  for (const [at, { index }] of kept.entries()) pixels.set(from.pixels.subarray(index * size, (index + 1) * size), at * size);
  return { ...from, count: kept.length, pixels, labels: Int32Array.from(kept, ({ label }) => label), ids: kept.map(({ index }) => from.ids[index] ?? '') };
}
