import { describe, expect, it } from 'vitest';
import { gradientNormDrift } from '../../src/detectors/gradient-norm-drift.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';

const STEPS = 120;

/** A curve with noise of a tenth, a point every ten steps. */
function curve(shape: (at: number) => number, seed = 1) {
  const random = randomSource(seed, 'curve');
  return { steps: Float64Array.from({ length: STEPS }, (_, at) => 10 * at), values: Float64Array.from({ length: STEPS }, (_, at) => shape(at) * Math.exp(0.1 * random.normal())) };
}

const falling = (at: number): number => 0.1 + 2 * Math.exp(-at / 25);

async function detect(scalars: Readonly<Record<string, ReturnType<typeof curve>>>) {
  const facets = { trainingLog: { scalars: new Map(Object.entries(scalars)) } };
  return gradientNormDrift.detect({ ...fakeModel({}), facets }, {}, detectContext());
}

async function metricOf(scalars: Parameters<typeof detect>[0]): Promise<number> {
  const detection = await detect(scalars);
  if (detection.outcome !== 'measured') throw new Error(detection.reason);
  return detection.metric;
}

const { threshold } = gradientNormDrift.meta.metric;

describe('gradient-norm-drift', () => {
  it('finds the step from which the loss stays up, and says what the gradient norm did there', async () => {
    const detection = await detect({ 'train/loss': curve((at) => (at < 70 ? 1 : 1.8)), 'optim/grad_norm': curve((at) => (at < 70 ? 1 : 3), 2) });

    if (detection.outcome !== 'measured') throw new Error(detection.reason);
    expect(detection.metric).toBeGreaterThan(threshold);
    expect(detection.observations).toHaveLength(1);
    expect(detection.observations[0].data).toMatchObject({ scalar: 'train/loss', norms: expect.stringMatching(/before and .* after/) as string });
    expect(Math.abs(Number(detection.observations[0].data['step']) - 700)).toBeLessThanOrEqual(40);
  });

  it('finds a loss that jumps and falls again', async () => {
    expect(await metricOf({ loss: curve((at) => falling(at) + (at < 60 ? 0 : 0.8 * Math.exp(-(at - 60) / 20))) })).toBeGreaterThan(threshold);
  });

  it('is quiet on falling, stepped and slowly rising curves, in all of forty runs', async () => {
    for (let seed = 0; seed < 40; seed += 1) {
      const shape = [falling, (at: number) => falling(at) * (at < 60 ? 1 : 0.3), (at: number) => 1 + at / STEPS, () => 3][seed % 4] as (at: number) => number;
      expect(await metricOf({ loss: curve(shape, seed) }), String(seed)).toBeLessThan(threshold);
    }
  });

  it('takes spikes of two points for what they are', async () => {
    expect(await metricOf({ loss: curve((at) => falling(at) * (at % 40 > 37 ? 20 : 1)) })).toBeLessThan(threshold);
  });

  it('excuses a rise that goes with the learning rate', async () => {
    const loss = curve((at) => (at < 60 ? 0.3 : 0.9));
    const rate = { steps: loss.steps, values: Float64Array.from({ length: STEPS }, (_, at) => (at < 60 ? 1e-3 : 1e-2)) };

    expect(await metricOf({ loss })).toBeGreaterThan(threshold);
    expect(await metricOf({ loss, 'train/learning_rate': rate })).toBeLessThan(threshold);
  });

  it('looks at nothing but losses of training, since a norm alone rises in ordinary runs, and says so when there are none', async () => {
    const rising = curve((at) => (at < 60 ? 0.3 : 0.9));
    const short = { steps: rising.steps.slice(0, 20), values: rising.values.slice(0, 20) };

    expect(await detect({ 'val/loss': rising, grad_norm: rising, accuracy: rising, loss: short })).toMatchObject({ outcome: 'inconclusive', reason: expect.stringContaining('40') as string });
    expect(await detect({ loss: { ...rising, values: rising.values.map(() => NaN) } })).toMatchObject({ outcome: 'inconclusive' });
  });
});
