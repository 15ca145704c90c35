import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classShift } from '../../src/detectors/class-shift.ts';
import { runningMoments } from '../../src/detectors/class-shift/running-moments.ts';
import type { SampleContent } from '../../src/model/dataset.ts';
import { mean, variance } from '../../src/statistics/moments.ts';
import { randomSource, type RandomSource } from '../../src/statistics/random.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { memoryDataset, trustedVersion, type MemorySample } from '../support/memory-dataset.ts';

const CLASSES = ['cat', 'dog', 'eel', 'fox'];

type Make = (label: number, random: RandomSource) => SampleContent;

/** Every class has a brightness of its own. */
const picture = (lighter = 0): Make => (label, random) => {
  const level = 70 + 15 * label + 20 * random.normal() + lighter;
  return { kind: 'image', channels: 1, height: 6, width: 6, pixels: Uint8Array.from({ length: 36 }, () => Math.max(0, Math.min(255, Math.round(level + 10 * random.normal())))) };
};

function made(count: number, prefix: string, labelOf: (at: number) => number, make: Make): MemorySample[] {
  const random = randomSource(4, prefix);
  return Array.from({ length: count }, (_, at) => ({ id: `${prefix}-${String(at)}`, label: labelOf(at), content: make(labelOf(at), random) }));
}

const approved = made(400, 'approved', (at) => at % 4, picture());

async function measure(added: readonly MemorySample[], before = approved, rest: Parameters<typeof memoryDataset>[2] = {}) {
  const facets = { dataset: memoryDataset([...before, ...added], CLASSES, rest), trustedDataset: await trustedVersion(memoryDataset(before, CLASSES, rest)) };
  const detection = await classShift.detect({ ...fakeModel(facets), facets }, {}, detectContext());
  if (detection.outcome !== 'measured') throw new Error(detection.reason);
  return { ...detection, isFlagged: detection.metric > classShift.meta.metric.threshold };
}

describe('class-shift', () => {
  it('is quiet where nothing is new, and on twenty batches of new samples like the old ones', async () => {
    expect((await measure([])).metric).toBe(0);
    for (let batch = 0; batch < 20; batch += 1) expect((await measure(made(120, `batch ${String(batch)}`, (at) => at % 4, picture()))).isFlagged).toBe(false);
  });

  it('finds the class whose new samples are lighter, and ranks them', async () => {
    const others = made(120, 'others', (at) => at % 4, picture());
    const lighter = made(40, 'lighter', () => 2, picture(60));
    const detection = await measure([...others, ...lighter]);

    expect(detection.isFlagged).toBe(true);
    expect(detection.observations[0]).toMatchObject({ message: 'looks-different', location: { targetClass: 2 }, data: { class: 'class 2 (eel)', statistic: 'brightness', count: 70 } });
    const suspects = detection.sampleScores?.suspects.map(({ index }) => detection.sampleScores?.ids[index] ?? '') ?? [];
    expect(suspects.slice(0, 30).filter((id) => id.startsWith('lighter')).length).toBeGreaterThan(25);
  });

  it('takes out what all classes have in common', async () => {
    expect((await measure(made(200, 'another camera', (at) => at % 4, picture(60)))).isFlagged).toBe(false);
  });

  it('finds new samples that are mostly of one class', async () => {
    const detection = await measure(made(80, 'one class', (at) => (at % 8 === 0 ? 0 : 3), picture()));

    expect(detection.observations.map(({ message, location }) => [message, location.targetClass])).toContainEqual(['other-mix', 3]);
    expect(detection.isFlagged).toBe(true);
  });

  it('reads columns of tables, lengths of texts and curves of series', async () => {
    const row = (add: number): Make => (label, random) => ({ kind: 'row', values: [label + random.normal(), 5 + add + random.normal(), null] });
    const text = (words: number): Make => (_label, random) => ({ kind: 'text', text: Array.from({ length: words + random.integer(10) }, () => 'word').join(' ') });
    const series = (rough: number): Make => (_label, random) => ({ kind: 'series', channels: 1, length: 30, values: Float32Array.from({ length: 30 }, (_unused, at) => Math.sin(at / 5) + rough * random.normal()) });
    for (const [kind, plain, odd, statistic] of [['row', row(0), row(4), 'b'], ['text', text(20), text(60), 'number of words'], ['series', series(0.1), series(0.6), 'roughness']] as const) {
      const rest = kind === 'row' ? { columns: ['a', 'b', 'c'] } : {};
      const before = made(200, `${kind} before`, (at) => at % 4, plain);
      const detection = await measure([...made(80, `${kind} new`, (at) => at % 4, plain), ...made(40, `${kind} odd`, () => 1, odd)], before, rest);

      expect(detection.observations[0], kind).toMatchObject({ message: 'looks-different', location: { targetClass: 1 }, data: { statistic } });
    }
  });
});

describe('runningMoments', () => {
  it('agrees with the moments of the whole list, whatever is not finite in it', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 60 }), (values) => {
        const moments = runningMoments();
        for (const value of [...values, NaN, Infinity]) moments.add(value);

        expect(moments.count).toBe(values.length);
        expect(moments.mean).toBeCloseTo(mean(values) ?? NaN, 4);
        expect(moments.variance / (1 + (variance(values) ?? NaN))).toBeCloseTo((variance(values) ?? NaN) / (1 + (variance(values) ?? NaN)), 6);
      }),
    );
  });
});
