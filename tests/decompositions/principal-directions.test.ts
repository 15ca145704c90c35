import { describe, expect, it } from 'vitest';
import { principalDirections } from '../../src/decompositions/principal-directions.ts';
import { WAVE_COLUMNS, waveRows, waveTable } from '../support/wave-table.ts';

describe('principalDirections', () => {
  it('has the variances that numpy finds, by rows and by columns', () => {
    // numpy.linalg.eigvalsh(numpy.cov(table.T))[::-1]; the fourth is rounding.
    const expected = [3.4581720322116993, 0.7724213649131738, 0.05059609289012462];
    const { variances, directions } = principalDirections(waveTable(), WAVE_COLUMNS, waveRows, 3);
    expected.forEach((value, at) => expect(variances[at]).toBeCloseTo(value, 4));
    expect(directions.map((one) => one.reduce((sum, value) => sum + value * value, 0))).toEqual([1, 1, 1].map((one) => expect.closeTo(one, 5) as number));
  });

  it('gives the same whichever side is the shorter one', () => {
    const table = waveTable();
    const wide = principalDirections(table, 16, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 2);
    const tall = principalDirections(table, 4, waveRows, 2);

    expect(wide.directions).toHaveLength(2);
    expect(tall.directions).toHaveLength(2);
    const [a, b] = wide.directions;
    expect(a?.reduce((sum, value, at) => sum + value * (b?.[at] ?? 0), 0)).toBeCloseTo(0, 5);
  });

  it('has no direction where nothing varies', () => {
    expect(principalDirections(new Float32Array(12).fill(2), 3, [0, 1, 2, 3], 2).directions).toEqual([]);
  });
});
