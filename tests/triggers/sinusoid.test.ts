import { describe, expect, it } from 'vitest';
import { sinusoidTrigger } from '../../src/triggers/sinusoid.ts';

const shape = { channels: 1, height: 2, width: 4 };
const gray = new Float32Array(8).fill(0.5);

describe('sinusoidTrigger', () => {
  it('adds delta · sin(2π · frequency · x / width) along its direction', () => {
    const across = sinusoidTrigger({ delta: 0.2, frequency: 1, direction: 'horizontal' }).apply(gray, 1, shape);
    const down = sinusoidTrigger({ delta: 0.2, frequency: 0.5, direction: 'vertical' }).apply(gray, 1, shape);

    expect([...across].map((value) => Number(value.toFixed(3)))).toEqual([0.5, 0.7, 0.5, 0.3, 0.5, 0.7, 0.5, 0.3]);
    expect([...down].map((value) => Number(value.toFixed(3)))).toEqual([0.5, 0.5, 0.5, 0.5, 0.7, 0.7, 0.7, 0.7]);
  });

  it('refuses an amplitude that no pixel could show', () => {
    expect(() => sinusoidTrigger({ delta: 0, frequency: 1, direction: 'vertical' })).toThrow(RangeError);
  });
});
