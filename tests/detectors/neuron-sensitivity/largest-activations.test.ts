import { describe, expect, it } from 'vitest';
import { largestActivations } from '../../../src/detectors/neuron-sensitivity/largest-activations.ts';
import type { InnerLayer } from '../../../src/model/inner-layer.ts';

function layer(shape: readonly number[], channelAxis: number, values: readonly number[]): InnerLayer {
  return {
    value: 'a', activations: { data: Float32Array.from(values), shape }, channelAxis, channelCount: shape[channelAxis] as number,
    logits: () => Promise.reject(new Error('not needed')), close: async () => undefined,
  };
}

describe('largest activations', () => {
  it('are those of a channel over images and places', () => {
    expect([...largestActivations(layer([2, 2, 2], 1, [1, 5, -3, -2, 4, 0, -1, -9]))]).toEqual([5, -1]);
  });

  it('follow the axis of the channels', () => {
    expect([...largestActivations(layer([1, 3, 2], 2, [1, 7, 3, -2, 2, 9]))]).toEqual([3, 9]);
  });

  it('are 0 for a channel that always says the same, and no number where one is none', () => {
    expect([...largestActivations(layer([3, 2], 1, [4, NaN, 4, 1, 4, 2]))]).toEqual([0, NaN]);
  });
});
