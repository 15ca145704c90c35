import { describe, expect, it } from 'vitest';
import { colorTrigger, type ColorParameters } from '../../src/triggers/color.ts';

const shape = { channels: 3, height: 1, width: 1 };
const after = (parameters: ColorParameters, pixels: readonly number[]): number[] =>
  [...colorTrigger(parameters).apply(Float32Array.from(pixels), 1, shape)].map((value) => Number(value.toFixed(4)));

describe('colorTrigger', () => {
  it('tints, bends, stretches, rotates and inverts', () => {
    expect(after({ kind: 'tint', shift: [0.25, 0, -0.75] }, [0.5, 0.5, 0.5])).toEqual([0.75, 0.5, 0]);
    expect(after({ kind: 'gamma', gamma: 2 }, [0.5, 1, 0])).toEqual([0.25, 1, 0]);
    expect(after({ kind: 'contrast', factor: 0.5 }, [0, 0.5, 1])).toEqual([0.25, 0.5, 0.75]);
    expect(after({ kind: 'channel-shift', by: 1 }, [0.1, 0.2, 0.3])).toEqual([0.2, 0.3, 0.1]);
    expect(after({ kind: 'invert' }, [0, 0.25, 1])).toEqual([1, 0.75, 0]);
  });

  it('knows how far it moves an average pixel', () => {
    expect(colorTrigger({ kind: 'tint', shift: [0.1, -0.2, 0] }).magnitude).toBe(0.2);
    expect(colorTrigger({ kind: 'gamma', gamma: 1 }).magnitude).toBe(0);
    expect(colorTrigger({ kind: 'contrast', factor: 0.6 }).magnitude).toBeCloseTo(0.1, 12);
  });
});
