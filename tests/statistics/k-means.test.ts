import { describe, expect, it } from 'vitest';
import { kMeans } from '../../src/statistics/k-means.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { WAVE_COLUMNS, waveRows, waveTable } from '../support/wave-table.ts';

describe('kMeans', () => {
  it('finds the clustering that scikit-learn finds', () => {
    const found = kMeans({ table: waveTable(), columns: WAVE_COLUMNS, rows: waveRows, k: 2, random: randomSource(0, 'test') });

    // sklearn.cluster.KMeans(2, n_init=20).fit(table).inertia_
    expect(found?.inertia).toBeCloseTo(78.71879623627152, 4);
    expect(found?.assignment.filter((cluster) => cluster === found.assignment[1])).toSatisfy((own: Int32Array) => [18, 22].includes(own.length));
  });

  it('comes within a hundredth of the exact inertia on batches', () => {
    const random = randomSource(1, 'blobs');
    const table = Float32Array.from({ length: 6000 * 3 }, (_, at) => random.normal() + (Math.floor(at / 3) % 4 === 0 ? 3 : 0));
    const rows = Array.from({ length: 6000 }, (_, row) => row);
    const request = { table, columns: 3, rows, k: 2, random: randomSource(0, 'test') };
    const [exact, approximate] = [kMeans({ ...request, exactRows: 6000 }), kMeans({ ...request, exactRows: 100 })];

    expect((approximate?.inertia ?? 0) / (exact?.inertia ?? 1)).toBeLessThan(1.01);
  });

  it('clusters nothing when there are fewer rows than clusters', () => {
    expect(kMeans({ table: waveTable(), columns: WAVE_COLUMNS, rows: [0], k: 2, random: randomSource(0, 'test') })).toBeUndefined();
  });
});
