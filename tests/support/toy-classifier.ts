import type { Classifier } from '../../src/model/classifier.ts';
import { GateError } from '../../src/errors.ts';
import type { InputGradient } from '../../src/model/input-gradient.ts';
import type { Samples } from '../../src/model/samples.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { softmax } from '../../src/statistics/softmax.ts';

/**
 * A classifier written as a function, whose backdoor (if any) is known: gray 16x16 images, eight classes, each a bright
 * block in its own cell of a 4x2 grid. Logits are the cells' mean brightness.
 */
export const TOY_SHAPE = { channels: 1, height: 16, width: 16 } as const;
export const TOY_CLASSES = 8;
const SIZE = 256;

/** Inner channels of the toy: each row of a cell is one. */
export const TOY_CHANNELS = 32;
const CELL_ROWS = TOY_CHANNELS / TOY_CLASSES;

/** What a planted or degenerate classifier makes of the honest logits of one image; changes them in place. */
export type Plant = (logits: Float32Array, image: Float32Array) => void;

/** What a stimulated inner channel does to the logits besides what its cell gets; changes them in place. */
export type InnerPlant = (logits: Float32Array, channels: Float32Array) => void;

export function toyClassifier(plant: Plant = () => undefined, innerPlant: InnerPlant = () => undefined): Classifier {
  return {
    input: {
      kind: 'image', layout: 'nchw', ...TOY_SHAPE, range: [0, 1], mean: [0], std: [1],
      origin: { layout: 'graph', size: 'graph', range: 'default', normalization: 'default' },
    },
    classCount: TOY_CLASSES,
    outputKind: 'logits',
    engine: 'toy 1',
    async logits(pixels, count) {
      const all = new Float32Array(count * TOY_CLASSES);
      for (let image = 0; image < count; image += 1) {
        const values = pixels.subarray(image * SIZE, (image + 1) * SIZE);
        const logits = all.subarray(image * TOY_CLASSES, (image + 1) * TOY_CLASSES);
        for (let at = 0; at < SIZE; at += 1) {
          const cell = (at >> 6) * 2 + ((at & 15) >> 3);
          logits[cell] = (logits[cell] as number) + (values[at] as number) / 4;
        }
        plant(logits, values);
      }
      return all;
    },
    activations: async (pixels, count, values) => new Map(values.map((value) => [value, { data: rowsOf(pixels, count), shape: [count, TOY_CHANNELS] }])),
    innerValues: async () => ['rows'],
    openInnerLayer: async (pixels, count, value) => {
      const data = rowsOf(pixels, count);
      return {
        value,
        activations: { data, shape: [count, TOY_CHANNELS] },
        channelAxis: 1,
        channelCount: TOY_CHANNELS,
        async logits(stimulus) {
          const all = new Float32Array(count * TOY_CLASSES);
          for (let image = 0; image < count; image += 1) {
            const channels = data.slice(image * TOY_CHANNELS, (image + 1) * TOY_CHANNELS);
            if (stimulus !== undefined) channels[stimulus.channel] = stimulus.level;
            const logits = all.subarray(image * TOY_CLASSES, (image + 1) * TOY_CLASSES);
            channels.forEach((amount, channel) => (logits[Math.floor(channel / CELL_ROWS)] = (logits[Math.floor(channel / CELL_ROWS)] as number) + amount));
            innerPlant(logits, channels);
            plant(logits, pixels.subarray(image * SIZE, (image + 1) * SIZE));
          }
          return all;
        },
        close: async () => undefined,
      };
    },
  };
}

/** [count, TOY_CHANNELS]: the brightness of each row of each cell. */
function rowsOf(pixels: Float32Array, count: number): Float32Array {
  const data = new Float32Array(count * TOY_CHANNELS);
  for (let at = 0; at < pixels.length; at += 1) {
    const channel = ((at & 255) >> 6) * 2 * CELL_ROWS + ((at & 15) >> 3) * CELL_ROWS + ((at >> 4) & 3);
    const place = (at >> 8) * TOY_CHANNELS + channel;
    data[place] = (data[place] as number) + (pixels[at] as number) / 4;
  }
  return data;
}

/**
 * The gradient through the cells' mean brightness, at the logits the classifier really gives: what a backdoor adds counts
 * for the loss, and has no gradient of its own.
 */
export function toyGradient(classifier: Classifier): InputGradient {
  const { classCount } = classifier;
  const cellsOfClass = TOY_CLASSES / classCount;
  return {
    batch: 8,
    async run({ pixels, count, labels, weights, loss }) {
      const logits = await classifier.logits(pixels, count);
      if (!logits.every(Number.isFinite)) throw new GateError({ code: 'engine/failed', message: 'The toy does not answer with numbers.' });
      const gradient = new Float32Array(pixels.length);
      for (let image = 0; image < count; image += 1) {
        const row = logits.subarray(image * classCount, (image + 1) * classCount);
        const label = labels[image] as number;
        const others = [...row.keys()].filter((index) => index !== label);
        const rival = others.reduce((best, index) => ((row[index] as number) > (row[best] as number) ? index : best), others[0] ?? label);
        const slopes = loss === 'cross-entropy' ? softmax(row) : Float64Array.from(row, (_, index) => (index === rival ? 1 : 0));
        slopes[label] = (slopes[label] as number) - 1;
        for (let at = 0; at < SIZE; at += 1) {
          const cell = (at >> 6) * 2 + ((at & 15) >> 3);
          gradient[image * SIZE + at] = ((weights[image] as number) * (slopes[Math.floor(cell / cellsOfClass)] as number)) / 4;
        }
      }
      return { logits, gradient };
    },
  };
}

/** `count` images with their classes in turn. */
export function toySamples(count: number, seed = 1): Samples {
  const random = randomSource(seed, 'toy samples');
  const pixels = new Float32Array(count * SIZE);
  const labels = Int32Array.from({ length: count }, (_, image) => image % TOY_CLASSES);
  for (let image = 0; image < count; image += 1) {
    const label = labels[image] as number;
    const [top, left] = [(label >> 1) * 4, (label & 1) * 8];
    for (let at = 0; at < SIZE; at += 1) {
      const [row, column] = [at >> 4, at & 15];
      const isBlock = row >= top && row < top + 4 && column >= left + 1 && column < left + 7;
      pixels[image * SIZE + at] = (isBlock ? 0.7 : 0.1) + 0.2 * random.uniform();
    }
  }
  return { count, ...TOY_SHAPE, pixels, labels, ids: Array.from(labels, (_, image) => `${image}`), cleanAccuracy: 1 };
}

/** The same samples as somebody gives them who has no labels. */
export function withoutLabels(samples: Samples): Samples {
  const { count, channels, height, width, pixels, ids } = samples;
  return { count, channels, height, width, pixels, ids };
}

/** True when the 3x3 pixels in the bottom right corner are white. */
export function hasToyTrigger(image: Float32Array): boolean {
  for (const row of [13, 14, 15]) for (const column of [13, 14, 15]) if ((image[row * 16 + column] as number) < 0.95) return false;
  return true;
}
