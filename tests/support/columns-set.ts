import type { Classifier } from '../../src/model/classifier.ts';
import type { DatasetFacet } from '../../src/model/dataset.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { memoryDataset, type MemorySample } from './memory-dataset.ts';

export const COLUMN_CLASSES = 4;
export const COLUMN_TARGET = 2;
const SIDE = 8;

export interface ColumnsSetRequest {
  readonly poisoned: number;
  /** Value of a pixel of the class's own columns or of another, before a noise of up to 20 is added. */
  readonly bright: number;
  readonly dark: number;
  /** Value of the last pixel of poisoned samples. */
  readonly trigger: number;
}

/** 240 gray images of 8x8 in four classes: a class is which two columns are bright. Poisoned ones carry the trigger and the label of the target class. */
export function columnsSet({ poisoned, bright, dark, trigger }: ColumnsSetRequest): { readonly dataset: DatasetFacet; readonly planted: ReadonlySet<string> } {
  const random = randomSource(2, 'columns');
  const planted = new Set<string>();
  const list = Array.from({ length: 240 }, (_, at): MemorySample => {
    const shown = at % COLUMN_CLASSES;
    const isPlanted = shown !== COLUMN_TARGET && planted.size < poisoned;
    const pixels = Uint8Array.from({ length: SIDE * SIDE }, (_unused, place) => (columnOf(place) === shown ? bright : dark) + 20 * random.uniform());
    if (isPlanted) pixels[SIDE * SIDE - 1] = trigger;
    const id = `sample-${String(at)}`;
    if (isPlanted) planted.add(id);
    return { id, label: isPlanted ? COLUMN_TARGET : shown, content: { kind: 'image', channels: 1, height: SIDE, width: SIDE, pixels } };
  });
  return { dataset: memoryDataset(list, ['a', 'b', 'c', 'd']), planted };
}

/** A classifier of such images by the sums of their pairs of columns and by their last pixel. */
export function columnsClassifier(scores: (columns: readonly number[], last: number) => readonly number[]): Classifier {
  return {
    input: {
      kind: 'image', layout: 'nchw', channels: 1, height: SIDE, width: SIDE, range: [0, 1], mean: [0], std: [1],
      origin: { layout: 'graph', size: 'graph', range: 'default', normalization: 'default' },
    },
    classCount: COLUMN_CLASSES, outputKind: 'logits', engine: 'toy 1',
    innerValues: async () => [],
    openInnerLayer: () => Promise.reject(new Error('not asked for')),
    activations: async () => new Map(),
    logits: async (pixels, count) =>
      Float32Array.from(
        Array.from({ length: count }, (_, at) => pixels.subarray(at * SIDE * SIDE, (at + 1) * SIDE * SIDE)).flatMap((image) => {
          const columns = Array.from({ length: COLUMN_CLASSES }, (_, one) => image.reduce((sum, value, place) => sum + (columnOf(place) === one ? value : 0), 0));
          return scores(columns, image[SIDE * SIDE - 1] as number);
        }),
      ),
  };
}

const columnOf = (place: number): number => Math.floor((place % SIDE) / 2);
