import { describe, expect, it } from 'vitest';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import { channelLipschitz } from '../../src/detectors/channel-lipschitz.ts';
import { attribute, graphBuilder, modelOf } from '../../src/onnx/build.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';

const options = { minimumChannels: 16, reportedChannels: 3 };
const { threshold } = channelLipschitz.meta.metric;

interface Layer {
  readonly channels?: number;
  readonly inputs?: number;
  readonly side?: number;
  readonly group?: number;
  readonly weightAt: (channel: number) => number;
  /** Batch normalization's gamma; without it there is none. */
  readonly gammaAt?: (channel: number) => number;
}

function detect(layers: readonly Layer[], context = detectContext(), settings = options) {
  const build = graphBuilder();
  let value = build.input('input', 'float');
  for (const [at, { channels = 32, inputs = 4, side = 3, group = 1, weightAt, gammaAt }] of layers.entries()) {
    const kernel = inputs * side * side;
    const weights = Float32Array.from({ length: channels * kernel }, (_, index) => weightAt(Math.floor(index / kernel)));
    value = build.node('Conv', [value, build.constant(`conv${at}.weight`, weights, [channels, inputs, side, side])], { name: `conv${at}`, attributes: { group: attribute.int(group) } });
    if (gammaAt === undefined) continue;
    const of = (name: string, entry: (channel: number) => number): string => build.constant(`norm${at}.${name}`, Float32Array.from({ length: channels }, (_, index) => entry(index)), [channels]);
    value = build.node('BatchNormalization', [value, of('gamma', gammaAt), of('beta', () => 0), of('mean', () => 0), of('variance', () => 1)]);
  }
  build.output(build.node('Relu', [value]), 'float');
  const source = memorySource(new Uint8Array(0));
  const facets = { graph: { model: modelOf(build.graph()), bytes: source, externalFiles: [] }, tensors: { list: [], values: () => Promise.resolve(new Float32Array(0)) } };
  return channelLipschitz.detect({ ...fakeModel(facets), facets }, settings, context);
}

/** Independent normal weights. */
function ordinary(seed: number): () => number {
  const random = randomSource(seed, 'weights');
  return () => 0.1 * random.normal();
}

describe('channel-lipschitz', () => {
  it('names the channel whose kernel amplifies far more than the others of its layer', async () => {
    const weight = ordinary(1);
    const detection = await detect([{ weightAt: weight }, { inputs: 32, weightAt: (channel) => (channel === 21 ? 4 : 1) * weight() }, { inputs: 32, weightAt: weight }]);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(threshold);
    expect(detection.examined).toBe(96);
    expect(detection.observations).toHaveLength(3);
    expect(detection.observations[0]).toMatchObject({ message: 'outlying-channel', data: { channel: 21, channels: 32, index: detection.metric }, location: { tensor: 'conv1.weight', node: 'conv1' } });
    expect(detection.measurements?.[0]).toEqual({ name: 'layers compared', value: 3 });
    expect(detection.measurements?.[1]?.value).toBeGreaterThan(3);
  });

  it('sees a channel that batch normalization amplifies, whatever its sign', async () => {
    const detection = await detect([{ weightAt: ordinary(2), gammaAt: (channel) => (channel === 5 ? -8 : 1) }]);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(threshold);
    expect(detection.observations[0]?.data).toMatchObject({ channel: 5 });
  });

  it('does not flag a large kernel that batch normalization brings back', async () => {
    const weight = ordinary(3);
    const detection = await detect([{ weightAt: (channel) => (channel === 5 ? 8 : 1) * weight(), gammaAt: (channel) => (channel === 5 ? 1 / 8 : 1) }]);

    expect(detection.outcome === 'measured' ? detection.metric : NaN).toBeLessThan(threshold);
  });

  it('flags no ordinary layers, and no channel that amplifies less than the others', async () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const weight = ordinary(seed);
      const detection = await detect([{ weightAt: (channel) => (channel === 7 ? 0.01 : 1) * weight() }, { inputs: 32, weightAt: weight }]);
      expect(detection.outcome === 'measured' ? detection.metric : NaN).toBeLessThan(threshold);
    }
  });

  it('does not compare layers with each other', async () => {
    const weight = ordinary(4);
    const detection = await detect([{ weightAt: weight }, { inputs: 32, weightAt: () => 100 * weight() }]);

    expect(detection.outcome === 'measured' ? detection.metric : NaN).toBeLessThan(threshold);
  });

  it('measures hand-computed bounds: the median is the norm of the ordinary kernel', async () => {
    // A kernel of nine equal weights and four inputs has rank one: its norm is weight · √36.
    const detection = await detect([{ weightAt: (channel) => (channel === 0 ? 20 : 1 + channel / 100) }]);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.observations[0]?.data.bound).toBeCloseTo(120, 4);
    // Of 1.01, 1.02 … 1.31 and 20 the 16th and 17th are 1.16 and 1.17.
    expect(detection.observations[0]?.data.median).toBeCloseTo(6 * 1.165, 4);
  });

  it('is inconclusive, and says why, where there is no layer to compare', async () => {
    expect(await detect([])).toMatchObject({ outcome: 'inconclusive', examined: 0, reason: expect.stringMatching(/at least 16 channels/) as string });
    expect(await detect([{ channels: 15, weightAt: ordinary(5) }])).toMatchObject({ outcome: 'inconclusive', examined: 0 });
    expect(await detect([{ inputs: 1, group: 32, weightAt: ordinary(5) }])).toMatchObject({ outcome: 'inconclusive', examined: 0 });
    expect(await detect([{ channels: 16, inputs: 257, side: 17, weightAt: () => 1 }])).toMatchObject({ outcome: 'inconclusive', examined: 0 });
  });

  it.each<[string, Layer, RegExp]>([
    ['zero', { weightAt: () => 0 }, /do not differ/],
    ['equal', { weightAt: () => 0.5 }, /do not differ/],
    ['zero in most channels', { weightAt: (channel) => (channel < 12 ? channel : 0) }, /do not differ/],
    ['not a number', { weightAt: () => NaN }, /not finite/],
    ['infinite in one channel', { weightAt: (channel) => (channel === 9 ? Infinity : 1) }, /not finite/],
    ['normalized by what is not a number', { weightAt: ordinary(6), gammaAt: () => NaN }, /not finite/],
  ])('is inconclusive, never NaN, where weights are %s', async (_, layer, reason) => {
    expect(await detect([layer])).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(reason) as string });
  });

  it('measures the other layers where one has no spread', async () => {
    const detection = await detect([{ weightAt: () => 0 }, { inputs: 32, weightAt: ordinary(7) }]);

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.measurements?.[0]).toEqual({ name: 'layers compared', value: 1 });
  });

  it('is inconclusive when the time runs out, and stops when told to', async () => {
    expect(await detect([{ weightAt: ordinary(8) }], detectContext({ outOfTime: () => true }))).toMatchObject({ outcome: 'inconclusive', reason: expect.stringMatching(/time/) as string });
    await expect(detect([{ weightAt: ordinary(8) }], detectContext({ signal: AbortSignal.abort() }))).rejects.toThrow();
  });
});
