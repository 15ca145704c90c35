import { describe, expect, it } from 'vitest';
import { askOfCopies } from '../../../src/detectors/kept-labels/ask-of-copies.ts';
import type { Classifier } from '../../../src/model/classifier.ts';
import { detectContext } from '../../support/detect-context.ts';
import { memoryDataset } from '../../support/memory-dataset.ts';

/** One pixel; it is class 1 from half grey on. */
const classifier = {
  input: { channels: 1, height: 1, width: 1 },
  classCount: 2,
  logits: async (pixels: Float32Array, count: number) => Float32Array.from({ length: 2 * count }, (_, at) => (at % 2 === ((pixels[at >> 1] as number) >= 0.5 ? 1 : 0) ? 1 : 0)),
} as unknown as Classifier;

const pixel = (grey: number, label?: number) => ({ ...(label === undefined ? {} : { label }), content: { kind: 'image' as const, channels: 1, height: 1, width: 1, pixels: Uint8Array.of(grey) } });

/** Copy k is brighter by k / 4. */
const brighter = { number: 4, make: (pixels: Float32Array, _count: number, copy: number) => pixels.map((value) => value + copy / 4) };

describe('askOfCopies', () => {
  it('counts the copies that are still called by the label, over more samples than one batch holds', async () => {
    const list = Array.from({ length: 150 }, (_, at) => pixel(at % 2 === 0 ? 64 : 192, at % 2));
    const asked = await askOfCopies(memoryDataset(list, ['dark', 'bright']), classifier, brighter, detectContext());

    if (typeof asked === 'string') throw new Error(asked);
    // A quarter grey reaches half with the first step; three quarters stay bright.
    expect(asked.kept).toEqual(Array.from({ length: 150 }, (_, at) => (at % 2 === 0 ? 0.25 : 1)));
    expect(asked.labels).toEqual(list.map(({ label }) => label));
  });

  it('leaves out samples without a label, with one that the model has not, and of another size', async () => {
    const other = { label: 0, content: { kind: 'image' as const, channels: 1, height: 2, width: 1, pixels: Uint8Array.of(0, 0) } };
    const asked = await askOfCopies(memoryDataset([pixel(0, 0), pixel(0), pixel(0, 2), other], ['dark', 'bright', 'none']), classifier, brighter, detectContext());

    expect(asked).toMatchObject({ ids: ['sample-00000'], leftOut: 3 });
  });

  it('is a sentence when none is left', async () => {
    expect(await askOfCopies(memoryDataset([pixel(0)], []), classifier, brighter, detectContext())).toContain('None of the 1 samples');
  });
});
