import { describe, expect, it } from 'vitest';
import { seriesTable } from '../../../src/detectors/series-shapes/series-table.ts';
import { memoryDataset } from '../../support/memory-dataset.ts';

const { signal } = new AbortController();
const series = (values: readonly number[], label = 0, channels = 1) => ({ label, content: { kind: 'series' as const, channels, length: values.length / channels, values: Float32Array.from(values) } });
const ramp = (length: number): readonly number[] => Array.from({ length }, (_, at) => (at + 0.5) / length);
const tableOf = (list: readonly ReturnType<typeof series>[]) => seriesTable(memoryDataset(list, ['a', 'b']), signal, () => true);

describe('seriesTable', () => {
  it('makes series of other lengths as long as the median one, and every channel of one scale', async () => {
    const table = await tableOf([series(ramp(32)), series(ramp(64)), series(ramp(32)), series(ramp(32)), series(ramp(48))]);

    if (typeof table !== 'object') throw new Error(table);
    expect(table).toMatchObject({ channels: 1, length: 32, originalLength: 32 });
    for (const row of [1, 4]) for (let at = 0; at < 32; at += 1) expect(table.values[32 * row + at]).toBeCloseTo(table.values[at] ?? NaN, 1);
  });

  it('averages long series down', async () => {
    const table = await tableOf([series(ramp(2048)), series(ramp(2048))]);

    expect(table).toMatchObject({ length: 512, originalLength: 2048 });
  });

  it('puts the value before in the place of a missing one', async () => {
    const [whole, missing] = [ramp(32), ramp(32).with(7, NaN).with(0, NaN)];
    const table = await tableOf([series(whole), series(missing)]);

    if (typeof table !== 'object') throw new Error(table);
    expect(table.values[32 + 7]).toBe(table.values[6]);
    expect(table.values[32]).toBe(table.values[1]);
  });

  it('is not flattened by one broken value', async () => {
    const table = await tableOf(Array.from({ length: 20 }, (_, at) => series(at === 3 ? ramp(32).with(5, 1e30) : ramp(32))));

    if (typeof table !== 'object') throw new Error(table);
    expect((table.values[31] as number) - (table.values[0] as number)).toBeGreaterThan(2);
    expect(table.values.every((value) => Math.abs(value) <= 30)).toBe(true);
  });

  it('says what cannot be laid side by side', async () => {
    expect(await tableOf([series(ramp(8))])).toMatch(/8 values/);
    expect(await tableOf([series(ramp(65 * 16), 0, 65)])).toMatch(/65 channels/);
    expect(await seriesTable(memoryDataset([{ content: series(ramp(32)).content }], ['a']), signal, () => true)).toBe('No series has a label.');
    expect(await seriesTable(memoryDataset([series(ramp(32))], ['a']), signal, () => false)).toBeUndefined();
  });
});
