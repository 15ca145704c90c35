import { describe, expect, it } from 'vitest';
import { overlaysOf } from '../../../src/detectors/superimposed-consistency/overlays-of.ts';
import type { Classifier } from '../../../src/model/classifier.ts';
import { detectContext } from '../../support/detect-context.ts';
import { memoryDataset } from '../../support/memory-dataset.ts';

/** Four one-pixel classes of grey 10, 20, 30 and 40, and a sample that is not of the model's size. */
const dataset = memoryDataset(
  [
    ...Array.from({ length: 40 }, (_, at) => ({ label: at % 4, content: { kind: 'image' as const, channels: 1, height: 1, width: 1, pixels: Uint8Array.of(10 * (1 + (at % 4))) } })),
    { label: 0, content: { kind: 'image' as const, channels: 3, height: 1, width: 1, pixels: Uint8Array.of(255, 255, 255) } },
  ],
  ['a', 'b', 'c', 'd'],
);
const classifier = { input: { channels: 1, height: 1, width: 1 }, classCount: 4 } as unknown as Classifier;

describe('overlaysOf', () => {
  it('adds a sample of every class in turn, and leaves the images themselves as they are', async () => {
    const copies = await overlaysOf(dataset, classifier, 4, detectContext());
    const black = new Float32Array(1);
    const laid = Array.from({ length: 4 }, (_, copy) => Math.round(255 * (copies.make(black, 1, copy)[0] as number)));

    expect([...laid].sort((a, b) => a - b)).toEqual([10, 20, 30, 40]);
    expect([...black]).toEqual([0]);
  });

  it('cuts off at white', async () => {
    const copies = await overlaysOf(dataset, classifier, 4, detectContext());

    expect([...copies.make(Float32Array.of(0.99, 1), 2, 0)]).toEqual([1, 1]);
  });

  it('lays other classes over neighbouring images in the same copy', async () => {
    const copies = await overlaysOf(dataset, classifier, 4, detectContext());

    expect(new Set(copies.make(new Float32Array(4), 4, 0)).size).toBe(4);
  });
});
