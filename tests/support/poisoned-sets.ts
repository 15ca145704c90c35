import type { Classifier } from '../../src/model/classifier.ts';
import type { DatasetFacet } from '../../src/model/dataset.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { smoothField } from '../../src/triggers/smooth-field.ts';
import { memoryDataset, type MemorySample } from './memory-dataset.ts';

const SIDE = 16;
const CLASSES = 6;
export const POISON_TARGET = 3;

export interface ImageSetRequest {
  readonly perClass?: number;
  /** Samples of other classes that get the target's label. */
  readonly poisoned?: number;
  /** What is done to these; pixels from 0 to 255. */
  readonly plant?: (pixels: Uint8Array) => Uint8Array;
}

/** Smooth random pictures with sensor noise, each class with a bright bar of its own; some may be planted. */
export function imageSet({ perClass = 80, poisoned = 0, plant = (pixels) => pixels }: ImageSetRequest = {}): { readonly dataset: DatasetFacet; readonly planted: ReadonlySet<string> } {
  const random = randomSource(7, 'image set');
  const planted = new Set<string>();
  const samples: MemorySample[] = [];
  for (let at = 0; at < perClass * CLASSES + poisoned; at += 1) {
    const isPlanted = at >= perClass * CLASSES;
    const shown = isPlanted ? (POISON_TARGET + 1 + (at % (CLASSES - 1))) % CLASSES : at % CLASSES;
    const field = smoothField(SIDE, SIDE, 4, random);
    // No two bars stand at quite the same place: what does is a pattern.
    const [left, length, bright] = [random.integer(5), 6 + random.integer(5), 40 + 50 * random.uniform()];
    const pixels = Uint8Array.from(field, (value, place) => {
      const isBar = Math.floor(place / SIDE / 2) === shown + 1 && place % SIDE >= left && place % SIDE < left + length;
      return Math.max(0, Math.min(255, Math.round(110 + 40 * value + (isBar ? bright : 0) + 6 * random.normal())));
    });
    const id = `image-${String(at)}`;
    if (isPlanted) planted.add(id);
    samples.push({ id, label: isPlanted ? POISON_TARGET : shown, content: { kind: 'image', channels: 1, height: SIDE, width: SIDE, pixels: isPlanted ? plant(pixels) : pixels } });
  }
  return { dataset: memoryDataset(samples, Array.from({ length: CLASSES }, (_, label) => `class ${String(label)}`)), planted };
}

const FEATURES = 12;

/**
 * Images that are their own features, and a classifier that hands them out: each class a direction, and poisoned samples of the target between the class they are of and a
 * direction of their own, `distance` away.
 */
export function featureSet({ perClass = 80, poisoned = 0, distance = 8 }: { readonly perClass?: number; readonly poisoned?: number; readonly distance?: number } = {}): {
  readonly dataset: DatasetFacet;
  readonly classifier: Classifier;
  readonly planted: ReadonlySet<string>;
} {
  const random = randomSource(5, 'feature set');
  const planted = new Set<string>();
  const samples: MemorySample[] = [];
  for (let at = 0; at < perClass * CLASSES + poisoned; at += 1) {
    const isPlanted = at >= perClass * CLASSES;
    const shown = isPlanted ? (POISON_TARGET + 1 + (at % (CLASSES - 1))) % CLASSES : at % CLASSES;
    const features = Array.from({ length: FEATURES }, (_, feature) => 100 + 8 * random.normal() + (feature === shown ? (isPlanted ? 20 : 60) : 0) + (isPlanted && feature === FEATURES - 1 ? 8 * distance : 0));
    const id = `sample-${String(at)}`;
    if (isPlanted) planted.add(id);
    samples.push({ id, label: isPlanted ? POISON_TARGET : shown, content: { kind: 'image', channels: 1, height: 1, width: FEATURES, pixels: Uint8Array.from(features, (value) => Math.max(0, Math.min(255, Math.round(value)))) } });
  }
  const classifier: Classifier = {
    input: {
      kind: 'image', layout: 'nchw', channels: 1, height: 1, width: FEATURES, range: [0, 1], mean: [0], std: [1],
      origin: { layout: 'graph', size: 'graph', range: 'default', normalization: 'default' },
    },
    classCount: CLASSES, outputKind: 'logits', engine: 'toy 1',
    innerValues: async () => ['features'],
    openInnerLayer: () => Promise.reject(new Error('not asked for')),
    activations: async (pixels, count) => new Map([['features', { data: Float32Array.from(pixels), shape: [count, FEATURES] }]]),
    // The last feature is the backdoor: it speaks for the target.
    logits: async (pixels, count) =>
      Float32Array.from({ length: count * CLASSES }, (_, at) => {
        const from = Math.floor(at / CLASSES) * FEATURES;
        const label = at % CLASSES;
        return 20 * ((pixels[from + label] as number) + (label === POISON_TARGET ? 1.5 * Math.max(0, (pixels[from + FEATURES - 1] as number) - 0.55) : 0));
      }),
  };
  return { dataset: memoryDataset(samples, Array.from({ length: CLASSES }, (_, label) => `class ${String(label)}`)), classifier, planted };
}
