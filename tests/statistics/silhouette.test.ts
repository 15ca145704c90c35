import { describe, expect, it } from 'vitest';
import { silhouette } from '../../src/statistics/silhouette.ts';
import { WAVE_COLUMNS, waveRows, waveTable } from '../support/wave-table.ts';

describe('silhouette', () => {
  it('is what scikit-learn computes', () => {
    // sklearn.metrics.silhouette_score(table, rows % 5 == 0)
    expect(silhouette(waveTable(), WAVE_COLUMNS, waveRows, waveRows.map((row) => (row % 5 === 0 ? 1 : 0)))).toBeCloseTo(0.5107570424576039, 6);
  });

  it('is undefined for one cluster', () => {
    expect(silhouette(waveTable(), WAVE_COLUMNS, waveRows, waveRows.map(() => 3))).toBeUndefined();
  });
});
