import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearDuplicates } from '../../src/detectors/near-duplicates.ts';
import { nearPairs } from '../../src/detectors/near-duplicates/near-pairs.ts';
import type { SampleContent } from '../../src/model/dataset.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { memoryDataset, type MemorySample } from '../support/memory-dataset.ts';

const CLASSES = ['cat', 'dog', 'eel'];

type Image = Extract<SampleContent, { kind: 'image' }>;

function image(seed: number): Image {
  const random = randomSource(seed, 'image');
  return { kind: 'image', channels: 1, height: 12, width: 12, pixels: Uint8Array.from({ length: 144 }, () => Math.floor(256 * random.uniform())) };
}

/** As another encoder would leave it, with a pixel brighter. */
function copyOf(content: Image, seed: number): Image {
  const random = randomSource(seed, 'copy');
  const pixels = Uint8Array.from(content.pixels, (value) => Math.max(0, Math.min(255, Math.round(value + 2 * random.normal()))));
  pixels[130] = Math.min(255, (content.pixels[130] as number) + 20);
  return { ...content, pixels };
}

const ordinary: readonly MemorySample[] = Array.from({ length: 300 }, (_, at) => ({ id: `${String(at)}.png`, label: at % 3, content: image(at) }));

async function measure(list: readonly MemorySample[], rest: Parameters<typeof memoryDataset>[2] = {}) {
  const facets = { dataset: memoryDataset(list, CLASSES, rest) };
  const detection = await nearDuplicates.detect({ ...fakeModel(facets), facets }, {}, detectContext());
  if (detection.outcome !== 'measured') throw new Error(detection.reason);
  return { ...detection, isFlagged: detection.metric > nearDuplicates.meta.metric.threshold, suspects: detection.sampleScores?.suspects.map(({ index }) => detection.sampleScores?.ids[index]) ?? [] };
}

describe('near-duplicates', () => {
  it('is quiet about samples that differ, and about three conflicts that any collection has', async () => {
    const mistakes = Array.from({ length: 3 }, (_, at) => ({ id: `mistake-${String(at)}`, label: 1, content: copyOf(image(3 * at), at) }));
    const detection = await measure([...ordinary, ...mistakes]);

    expect([(await measure(ordinary)).metric, detection.isFlagged]).toEqual([0, false]);
    expect(detection.measurements).toContainEqual({ name: 'samples with a near copy under another label', value: 6 });
  });

  it('finds near copies that were added to one class, and says of what', async () => {
    const copies = Array.from({ length: 16 }, (_, at) => ({ id: `copy-${String(at)}`, label: 1, content: copyOf(image(3 * at), at) }));
    const detection = await measure([...ordinary, ...copies]);

    expect(detection.isFlagged).toBe(true);
    expect(detection.observations.map(({ message, location }) => [message, location.targetClass])).toContainEqual(['conflicting-copies', 1]);
    expect(detection.observations[0].data).toMatchObject({ count: 16 });
    expect(detection.suspects).toEqual(expect.arrayContaining(copies.map(({ id }) => id)));
  });

  it('finds one sample that is repeated within a class, and lets a set pass in which all are', async () => {
    const repeat = (at: number, times: number): MemorySample[] => Array.from({ length: times }, (_, copy) => ({ id: `${String(at)}/${String(copy)}`, label: at % 3, content: copyOf(image(at), 100 * at + copy) }));
    const one = await measure([...ordinary, ...repeat(2, 20)]);

    expect(one.observations[0]).toMatchObject({ message: 'repeated-sample', location: { targetClass: 2 }, data: { count: 21 } });
    expect([one.isFlagged, one.suspects.length]).toEqual([true, 21]);
    expect((await measure(Array.from({ length: 60 }, (_, at) => repeat(at, 12)).flat())).isFlagged).toBe(false);
  });

  it('reads texts whatever their case and marks, and leaves short ones out', async () => {
    const words = 'north river amber stone quiet lamp winter harbour copper field violin garden paper cloud engine'.split(' ');
    const text = (seed: number): string => {
      const random = randomSource(seed, 'text');
      return Array.from({ length: 20 }, () => words[random.integer(words.length)]).join(' ');
    };
    const texts: MemorySample[] = Array.from({ length: 120 }, (_, at) => ({ label: at % 3, content: { kind: 'text', text: text(at) } }));
    const copies: MemorySample[] = Array.from({ length: 10 }, (_, at) => ({ label: 1, content: { kind: 'text', text: `${text(3 * at).toUpperCase()}!` } }));
    const thanks: MemorySample[] = Array.from({ length: 30 }, (_, at) => ({ label: at % 3, content: { kind: 'text', text: 'thank you' } }));

    expect((await measure([...texts, ...thanks])).metric).toBe(0);
    expect((await measure([...texts, ...copies])).observations[0]).toMatchObject({ message: 'conflicting-copies' });
  });

  it('takes equal rows of a small table for ordinary, and not those of a large one', async () => {
    const row = (label: number, values: readonly number[]): MemorySample => ({ label, content: { kind: 'row', values } });
    const small = Array.from({ length: 300 }, (_, at) => row(at % 3, [at % 5, at % 2]));
    const large = Array.from({ length: 300 }, (_, at) => row(at % 3, [at, at * at, 7 * at]));
    const copied = Array.from({ length: 20 }, (_, at) => row(1, [3 * at, 9 * at * at, 21 * at]));

    expect((await measure(small)).isFlagged).toBe(false);
    expect((await measure([...large, ...copied])).isFlagged).toBe(true);
  });

  it('follows blank pictures and series without a value that is no number', async () => {
    const blank: MemorySample[] = Array.from({ length: 40 }, (_, at) => ({ label: at % 3, content: { ...image(0), pixels: new Uint8Array(144).fill(at) } }));
    const series: MemorySample[] = Array.from({ length: 90 }, (_, at) => ({ label: at % 3, content: { kind: 'series', channels: 1, length: 128, values: Float32Array.from({ length: 128 }, (_unused, place) => Math.sin(at * place) + (at === 4 ? NaN : 0)) } }));

    expect((await measure([...ordinary, ...blank])).measurements).toContainEqual({ name: 'samples that say too little to be compared', value: 40 });
    expect((await measure(series)).metric).toBe(0);
  });
});

describe('nearPairs', () => {
  it('finds every pair of equal rows that stand beside each other in a bucket and none beyond the radius', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 0, max: 25 }), (seed, copies) => {
        const random = randomSource(seed, 'rows');
        const width = 16;
        const table = Float32Array.from({ length: 60 * width }, () => random.normal());
        for (let copy = 1; copy <= copies; copy += 1) table.copyWithin(copy * width, 0, width);
        const seen = new Set<string>();
        nearPairs({ table, count: 60, width, radius: 1e-3, random: randomSource(seed, 'bands'), pair: (a, b) => void seen.add(`${String(a)} ${String(b)}`), goOn: () => true });

        expect(seen.size).toBe((copies * (copies + 1)) / 2);
      }),
      { numRuns: 30 },
    );
  });
});
