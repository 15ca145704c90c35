import { describe, expect, it } from 'vitest';
import { classDrive } from '../../../src/detectors/neuron-sensitivity/class-drive.ts';
import type { LayerEffect } from '../../../src/detectors/neuron-sensitivity/stimulate-layer.ts';

/** Rows are channels, columns the three classes. */
function effect(rows: readonly (readonly [number, number, number])[], rest: Partial<LayerEffect> = {}): LayerEffect {
  return { value: 'a', channels: rows.map((_, row) => 10 + row), level: 4, multiple: 2, driven: Float64Array.from(rows.flat()), ...rest };
}

describe('the class that channels drive to', () => {
  it('leads the next by what its own strongest channels do', () => {
    const drive = classDrive([effect([[1, 0, 0], [0.5, 0.4, 0], [0, 0.2, 0], [0, 0, 0.1]])], 3, 0.5);

    expect(drive).toMatchObject({ targetClass: 0, share: 0.75, strongest: { value: 'a', channel: 10, level: 4, share: 1 } });
    expect(drive?.nextShare).toBeCloseTo(0.3, 12);
    expect(drive?.lead).toBeCloseTo(0.45, 12);
  });

  it('counts every effect alike, however many channels it has', () => {
    const drive = classDrive([effect([[1, 0, 0]]), effect([[0, 0.2, 0], [0, 0.4, 0], [0, 0, 0]])], 3, 1);

    expect(drive?.share).toBeCloseTo(0.5, 12);
    expect(drive?.nextShare).toBeCloseTo(0.1, 12);
  });

  it('counts one channel at least', () => {
    expect(classDrive([effect([[0, 0.5, 0], [0, 1, 0]])], 3, 0.1)).toMatchObject({ targetClass: 1, share: 1, lead: 1 });
  });

  it('names the channel at the smallest level that drives as many', () => {
    const high = effect([[0, 1, 0], [0, 1, 0]], { level: 32, multiple: 16 });
    const low = effect([[0, 0.5, 0], [0, 1, 0]]);

    expect(classDrive([high, low], 3, 1)?.strongest).toEqual({ value: 'a', channel: 11, level: 4, share: 1 });
  });

  it('leads by nothing where nothing is driven, and is not defined where nothing was stimulated', () => {
    expect(classDrive([effect([[0, 0, 0]])], 3, 1)).toMatchObject({ lead: 0, share: 0 });
    expect(classDrive([], 3, 1)).toBeUndefined();
    expect(classDrive([effect([[0, 0, 0]])], 1, 1)).toBeUndefined();
  });
});
