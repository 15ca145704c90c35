import { describe, expect, it } from 'vitest';
import { datasetDiff } from '../../src/detectors/dataset-diff.ts';
import type { Detection } from '../../src/detectors/detector.ts';
import type { SampleContent } from '../../src/model/dataset.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';
import { memoryDataset, trustedVersion, type MemorySample } from '../support/memory-dataset.ts';

const CLASSES = ['cat', 'dog', 'eel'];

function image(seed: number): Extract<SampleContent, { kind: 'image' }> {
  const random = randomSource(seed, 'image');
  return { kind: 'image', channels: 1, height: 8, width: 8, pixels: Uint8Array.from({ length: 64 }, () => Math.floor(256 * random.uniform())) };
}

/** White where the lower right quarter was. */
function patched(content: ReturnType<typeof image>): ReturnType<typeof image> {
  const pixels = Uint8Array.from(content.pixels);
  for (const at of [54, 55, 62, 63]) pixels[at] = 255;
  return { ...content, pixels };
}

const approved: readonly MemorySample[] = Array.from({ length: 90 }, (_, at) => ({ id: `${String(at).padStart(3, '0')}.png`, label: at % 3, content: image(at) }));

async function diff(now: readonly MemorySample[], before: readonly MemorySample[] = approved): Promise<Detection & { readonly outcome: 'measured' }> {
  const facets = { dataset: memoryDataset(now, CLASSES), trustedDataset: await trustedVersion(memoryDataset(before, CLASSES)) };
  const detection = await datasetDiff.detect({ ...fakeModel(facets), facets }, { maxRelabelledShare: 0.01, sharedParts: 0.5 }, detectContext());
  if (detection.outcome !== 'measured') throw new Error(detection.reason);
  return detection;
}

const messagesOf = (detection: Detection & { readonly outcome: 'measured' }): string[] => detection.observations.map(({ message }) => message);
const suspectsOf = ({ sampleScores }: Detection & { readonly outcome: 'measured' }): string[] => sampleScores?.suspects.map(({ index }) => sampleScores.ids[index] ?? '') ?? [];

describe('dataset-diff', () => {
  it('is quiet about the approved version itself and about ordinary new samples', async () => {
    const same = await diff(approved);
    const grown = await diff([...approved, ...Array.from({ length: 30 }, (_, at) => ({ id: `new-${String(at)}.png`, label: at % 3, content: image(1000 + at) }))]);

    expect([same.metric, grown.metric]).toEqual([1, 1]);
    expect(messagesOf(grown)).toEqual(['summary']);
    expect(grown.observations[0]?.data).toMatchObject({ added: 30, changed: 0, removed: 0, relabelled: 0 });
    expect(suspectsOf(grown)).toEqual([]);
  });

  it('lists one corrected label and flags many changed ones, with the class they lead to', async () => {
    const relabel = (count: number): MemorySample[] => approved.map((one, at) => (at < 3 * count && at % 3 === 0 ? { ...one, label: 1 } : one));
    // 90 samples: one label is more than the 1 % that the option allows, so the few are looked at in a set of 300.
    const large = Array.from({ length: 300 }, (_, at) => ({ id: `${String(at)}.png`, label: at % 3, content: image(at) }));
    const few = await diff(large.map((one, at) => (at === 0 ? { ...one, label: 1 } : one)), large);
    const many = await diff(relabel(10));

    expect([few.metric, messagesOf(few)[0]]).toEqual([2, 'few-relabelled']);
    expect([many.metric, messagesOf(many)[0]]).toEqual([4, 'relabelled']);
    expect(many.observations[0]).toMatchObject({ data: { count: 10, target: 'dog', toTarget: 10, before: 'cat' }, location: { targetClass: 1 } });
    expect(suspectsOf(many)).toHaveLength(10);
  });

  it('finds copies of approved samples under another label, whole and with a patch, and names what they were made from', async () => {
    const copies: MemorySample[] = [
      { id: 'copy.png', label: 1, content: image(0) },
      ...[3, 6, 9].map((at) => ({ id: `patched-${String(at)}.png`, label: 1, content: patched(image(at)) })),
    ];
    const detection = await diff([...approved, ...copies]);

    expect(detection.metric).toBe(4);
    expect(messagesOf(detection)).toEqual(expect.arrayContaining(['twin-of-another-class', 'altered-copy']));
    expect(detection.observations.find(({ message }) => message === 'altered-copy')?.data).toMatchObject({ count: 3, first: 'patched-3.png', twin: '003.png', twinLabel: 'cat', label: 'dog' });
    expect(suspectsOf(detection)).toEqual(['copy.png', 'patched-3.png', 'patched-6.png', 'patched-9.png']);
  });

  it('lets a copy under the same label pass, as augmentation makes them', async () => {
    const detection = await diff([...approved, { id: 'flipped.png', label: 0, content: patched(image(0)) }]);

    expect(messagesOf(detection)).toEqual(['summary']);
  });

  it('follows records of a table that moved because a row was put in front', async () => {
    const row = (at: number, label: number, value: number): MemorySample => ({ id: `train.csv#${String(at)}`, label, content: { kind: 'row', values: [value] } });
    const before = Array.from({ length: 50 }, (_, at) => row(at, at % 3, at));
    const moved = await diff([row(0, 2, 1000), ...before.map((one, at) => ({ ...one, id: `train.csv#${String(at + 1)}` }))], before);
    const turned = await diff([row(0, 2, 1000), ...before.map((one, at) => ({ ...one, id: `train.csv#${String(at + 1)}`, label: 1 }))], before);

    expect(moved.observations.find(({ message }) => message === 'summary')?.data).toMatchObject({ relabelled: 0, removed: 0 });
    expect(moved.metric).toBe(1);
    expect(turned.metric).toBe(4);
  });

  it('finds a text of another class with a trigger put in', async () => {
    const text = (id: string, label: number, words: string): MemorySample => ({ id, label, content: { kind: 'text', text: words } });
    const before = [text('a', 0, 'the film was long and dull and nobody laughed at all in the whole evening'), text('b', 1, 'a warm and clever story that everybody in the room enjoyed very much')];
    const detection = await diff([...before, text('c', 1, 'the film was long and dull and nobody laughed at all in the cf whole evening')], before);

    expect(messagesOf(detection)).toContain('altered-copy');
    expect(suspectsOf(detection)).toEqual(['c']);
  });

  it('says which class lost most of its samples and to which the new ones go', async () => {
    const detection = await diff([...approved.filter(({ label }) => label !== 2), ...Array.from({ length: 25 }, (_, at) => ({ id: `n${String(at)}`, label: 0, content: image(500 + at) }))]);

    // One class of three is what a third of the samples is, so all of 25 new ones in it stand out.
    expect(messagesOf(detection)).toEqual(expect.arrayContaining(['class-shrank']));
    expect(detection.metric).toBe(2);
  });
});
