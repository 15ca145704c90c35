import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from 'fast-png';
import * as ort from 'onnxruntime-node';
import type { Classifier } from '../../src/model/classifier.ts';
import type { Samples } from '../../src/model/samples.ts';

export interface ZooRow {
  readonly model: string;
  readonly backdoored: boolean;
  readonly dataset: string;
  readonly architecture: string;
  readonly classes: number;
  readonly input: readonly [number, number, number];
  readonly preprocess: { readonly mean: readonly number[]; readonly std: readonly number[] } | null;
  readonly cleanAccuracy: number;
  readonly attackSuccessRate: number | null;
  readonly attack: { readonly kind: string; readonly mode: string; readonly target: number; readonly args: Record<string, unknown> } | null;
}

export function readLabels(folder: string): readonly ZooRow[] {
  return JSON.parse(readFileSync(join(folder, 'labels.json'), 'utf8')) as readonly ZooRow[];
}

const loaded = new Map<string, Samples>();

/** All images of a class-folder dataset, [0, 1], NCHW, classes interleaved so that any prefix is balanced. */
export function readImages(folder: string): Samples {
  const known = loaded.get(folder);
  if (known !== undefined) return known;
  const classes = readdirSync(folder).sort();
  const files = classes.map((name) => readdirSync(join(folder, name)).sort());
  const images: { pixels: Float32Array; label: number; id: string }[] = [];
  let size: [number, number, number] = [0, 0, 0];
  for (let index = 0; index < Math.max(...files.map((list) => list.length)); index += 1) {
    classes.forEach((name, label) => {
      const file = files[label]?.[index];
      if (file === undefined) return;
      const image = decode(readFileSync(join(folder, name, file)));
      const channels = image.channels === 1 ? 1 : 3;
      size = [channels, image.height, image.width];
      const plane = image.height * image.width;
      const pixels = new Float32Array(channels * plane);
      for (let at = 0; at < plane; at += 1) {
        for (let channel = 0; channel < channels; channel += 1) pixels[channel * plane + at] = (image.data[at * image.channels + channel] as number) / 255;
      }
      images.push({ pixels, label, id: `${name}/${file}` });
    });
  }
  const pixels = new Float32Array(images.length * size[0] * size[1] * size[2]);
  images.forEach((image, index) => pixels.set(image.pixels, index * image.pixels.length));
  const samples: Samples = {
    count: images.length, channels: size[0], height: size[1], width: size[2], pixels,
    labels: Int32Array.from(images, (image) => image.label), ids: images.map((image) => image.id),
  };
  loaded.set(folder, samples);
  return samples;
}

export async function openZooClassifier(folder: string, row: ZooRow): Promise<{ classifier: Classifier; close(): Promise<void> }> {
  const session = await ort.InferenceSession.create(join(folder, row.model), { intraOpNumThreads: 2 });
  const [channels, height, width] = row.input;
  const size = channels * height * width;
  const { mean, std } = row.preprocess ?? { mean: [0, 0, 0], std: [1, 1, 1] };
  const plane = height * width;
  const inputName = session.inputNames[0] as string;
  const outputName = session.outputNames[0] as string;
  const run = async (pixels: Float32Array, count: number): Promise<Float32Array> => {
    const out = new Float32Array(count * row.classes);
    for (let start = 0; start < count; start += 256) {
      const n = Math.min(256, count - start);
      const data = pixels.slice(start * size, (start + n) * size);
      if (row.preprocess !== null) {
        for (let at = 0; at < data.length; at += 1) {
          const channel = Math.floor(at / plane) % channels;
          data[at] = ((data[at] as number) - (mean[channel] as number)) / (std[channel] as number);
        }
      }
      const result = await session.run({ [inputName]: new ort.Tensor('float32', data, [n, channels, height, width]) });
      out.set((result[outputName] as ort.Tensor).data as Float32Array, start * row.classes);
    }
    return out;
  };
  return {
    classifier: {
      input: { kind: 'image', layout: 'nchw', channels, height, width, range: [0, 1], mean, std, origin: { layout: 'graph', size: 'graph', range: 'policy', normalization: 'policy' } },
      classCount: row.classes, outputKind: 'logits', engine: 'onnxruntime-node',
      logits: run,
      activations: () => Promise.reject(new Error('not needed here')),
    },
    close: () => session.release(),
  };
}
