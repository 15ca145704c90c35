import { describe, expect, it } from 'vitest';
import { fittedDataset } from '../../src/datasets/fitted-dataset.ts';
import type { Classifier } from '../../src/model/classifier.ts';
import type { DatasetSample } from '../../src/model/dataset.ts';
import { memoryDataset } from '../support/memory-dataset.ts';

const image = (value: number) => ({ kind: 'image' as const, channels: 1, height: 4, width: 4, pixels: new Uint8Array(16).fill(value) });
const classifier = (classNames?: readonly string[]): Pick<Classifier, 'input' | 'classCount' | 'classNames'> => ({
  classCount: 3, ...(classNames === undefined ? {} : { classNames }),
  input: {
    kind: 'image', layout: 'nchw', channels: 3, height: 2, width: 2, range: [0, 1], mean: [0, 0, 0], std: [1, 1, 1],
    origin: { layout: 'graph', size: 'graph', range: 'default', normalization: 'default' },
  },
});

async function samplesOf(dataset: ReturnType<typeof memoryDataset>): Promise<readonly DatasetSample[]> {
  const samples: DatasetSample[] = [];
  for await (const one of dataset.samples(new AbortController().signal)) samples.push(one);
  return samples;
}

describe('fittedDataset', () => {
  it('brings images to the size and channels of the model’s input and keeps ids, digests and places', async () => {
    const before = memoryDataset([{ content: image(51), label: 0 }], ['0']);
    const { dataset } = fittedDataset(before, classifier());
    const [[old], [now]] = [await samplesOf(before), await samplesOf(dataset)];

    expect(now).toEqual({ ...old, content: { kind: 'image', channels: 3, height: 2, width: 2, pixels: new Uint8Array(12).fill(51) } });
  });

  it('puts classes in the order of the model’s outputs, by name and by number', async () => {
    const names = fittedDataset(memoryDataset([{ content: image(1), label: 0 }, { content: image(2), label: 1 }], ['cat', 'dog']), classifier(['dog', 'eel', 'cat'])).dataset;
    const numbers = fittedDataset(memoryDataset([{ content: image(1), label: 1 }], ['0', '2']), classifier()).dataset;

    expect([names.classNames, names.classCounts, (await samplesOf(names)).map(({ label }) => label)]).toEqual([['dog', 'eel', 'cat'], [1, 0, 1], [2, 0]]);
    expect([numbers.classCounts, (await samplesOf(numbers)).map(({ label }) => label)]).toEqual([[0, 0, 1], [2]]);
  });

  it('refuses classes that the model does not have', () => {
    expect(() => fittedDataset(memoryDataset([{ content: image(1), label: 0 }], ['7']), classifier())).toThrow(/class 7/);
  });
});
