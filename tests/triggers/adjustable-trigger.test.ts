import { describe, expect, it } from 'vitest';
import { geometricBounds } from '../../src/triggers/adjustable-trigger.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { imageSize } from '../../src/triggers/trigger.ts';
import { ADJUSTABLE } from './adjustable/adjustable-triggers.ts';

const shape = { channels: 2, height: 9, width: 8 };
const size = imageSize(shape);
const random = randomSource(11, 'adjustable triggers');
const images = Float32Array.from({ length: 2 * size }, () => 0.25 + 0.5 * random.uniform());
const slopes = Float32Array.from({ length: 2 * size }, () => random.normal());

it('bounds grow by a factor', () => {
  expect(geometricBounds(1, 2, 4)).toEqual([1, 2, 4, 8]);
});

describe.each(ADJUSTABLE)('%s', (_, make) => {
  const trigger = make(shape);

  it('pulls a gradient back to its parameters as central differences of its own change do', () => {
    const parameters = trigger.start(random);
    for (let index = 0; index < parameters.length; index += 1) parameters[index] = (parameters[index] as number) + (trigger.kind === 'warp' ? 0.3 : 0.05) + 0.05 * random.uniform();
    const value = (): number => {
      const changed = new Float32Array(2 * size);
      trigger.at(parameters).apply(images, size, changed, size);
      return changed.reduce((sum, pixel, index) => sum + (index < size ? 0 : pixel * (slopes[index] as number)), 0);
    };
    const sum = new Float32Array(trigger.parameterCount);
    trigger.at(parameters).pullBack(images, size, slopes, size, sum);
    const largest = Math.max(...sum.map(Math.abs));

    for (let probe = 0; probe < 40; probe += 1) {
      const index = random.integer(parameters.length);
      const kept = parameters[index] as number;
      // A mask this thin has a floor under its pattern gradient, on purpose.
      if (trigger.kind === 'mask' && index >= 72) continue;
      const [up, down] = [1, -1].map((sign) => {
        parameters[index] = kept + sign * 2e-3;
        return value();
      }) as [number, number];
      parameters[index] = kept;

      expect(Math.abs((up - down) / 4e-3 - (sum[index] as number))).toBeLessThan(0.01 * largest);
    }
  });

  it('changes nothing at all at parameters that mean no change, and keeps pixels in their range', () => {
    const still = new Float32Array(size);
    trigger.at(new Float32Array(trigger.parameterCount)).apply(images, 0, still, 0);
    const wild = new Float32Array(size);
    trigger.at(Float32Array.from({ length: trigger.parameterCount }, (__, index) => (index % 2 === 0 ? 3 : trigger.kind === 'mask' ? 0.5 : -3))).apply(images, 0, wild, 0);

    expect(Math.max(...still.map((value, index) => Math.abs(value - (images[index] as number))))).toBeLessThan(1e-6);
    if (trigger.kind !== 'mask') expect(wild.every((value) => value >= 0 && value <= 1)).toBe(true);
  });

  it('moves against the gradient and stays within its bound', () => {
    const bound = trigger.bounds[1] as number;
    const parameters = trigger.start(random);
    const direction = Float32Array.from({ length: trigger.parameterCount }, () => random.normal());
    for (let step = 0; step < 12; step += 1) trigger.move(parameters, direction, bound);
    const along = parameters.reduce((sum, value, index) => sum + value * (direction[index] as number), 0);
    const start = trigger.start(random).reduce((sum, value, index) => sum + value * (direction[index] as number), 0);

    expect(along).toBeLessThan(start);
    const extent =
      trigger.kind === 'mask' ? parameters.subarray(0, 72).reduce((sum, value) => sum + value, 0)
      : Math.hypot(...parameters) / (trigger.kind === 'warp' ? Math.sqrt(50) : trigger.kind === 'stripes' ? Math.sqrt(8.5) : 1);
    expect(extent).toBeLessThanOrEqual(bound * 1.0001);
  });

  it('offers rising bounds', () => {
    expect(trigger.bounds.length).toBeGreaterThan(1);
    expect([...trigger.bounds].sort((a, b) => a - b)).toEqual(trigger.bounds);
  });
});
