import { describe, expect, it } from 'vitest';
import { chooseProbes } from '../../../src/detectors/neuron-sensitivity/choose-probes.ts';
import type { Probes } from '../../../src/model/probes.ts';

/** One pixel a probe: its own number. */
function probes(predictions: readonly number[]): Probes {
  return {
    origin: 'samples', count: predictions.length, channels: 1, height: 1, width: 1, clearance: 1,
    pixels: Float32Array.from(predictions.keys()), predictions: Int32Array.from(predictions),
  };
}

describe('chosen probes', () => {
  it('take the predicted classes in turn', () => {
    const chosen = chooseProbes(probes([3, 3, 3, 3, 1, 3, 2, 2]), 5);

    expect([...chosen.predictions]).toEqual([3, 1, 2, 3, 2]);
    expect([...chosen.pixels]).toEqual([0, 4, 6, 1, 7]);
    expect(chosen).toMatchObject({ count: 5, distinctClasses: 3 });
  });

  it('are all there are when there are few', () => {
    expect(chooseProbes(probes([1, 1, 2]), 32)).toMatchObject({ count: 3, distinctClasses: 2 });
    expect(chooseProbes(probes([]), 32)).toMatchObject({ count: 0, distinctClasses: 0 });
  });
});
