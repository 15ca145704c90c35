import type { DatasetFacet, DatasetSample, SampleContent } from '../../model/dataset.ts';
import { imageFrames } from '../../poisoning/image-frames.ts';
import { thumbnails } from '../../poisoning/thumbnails.ts';
import { randomProjection } from '../../statistics/random-projection.ts';

/** Numbers a text or a series is kept as; an image has those of its thumbnail. */
const WIDTH = 96;

/** Shorter texts ("yes", "thank you") recur by themselves, under any label. */
const LEAST_WORDS = 8;

/** Words of a text, values of a series and cells of a row that are looked at (CWE-400). */
const MAX_PARTS = 4096;

/** Places that the words of a text are hashed to before they are projected. */
const WORD_PLACES = 4096;

/** Standard deviation of a thumbnail below which it shows nothing: all blank pictures are one picture. */
const BLANK = 0.004;

export interface SampleSketches {
  readonly width: number;
  /** Writes few numbers whose distances are those of the samples; false for a sample that says too little to be compared. */
  samples(signal: AbortSignal): AsyncIterable<{ readonly sample: DatasetSample & { readonly label: number }; write(into: Float32Array, at: number): boolean }>;
}

/** Undefined for a dataset without a first image. */
export async function sampleSketches(dataset: DatasetFacet, signal: AbortSignal): Promise<SampleSketches | undefined> {
  if (dataset.kind === 'image') {
    const frames = await imageFrames(dataset, signal);
    if (frames === undefined) return undefined;
    const thumbs = thumbnails(frames.shape);
    return {
      width: thumbs.width,
      async *samples(its) {
        for await (const { sample, pixels } of frames.images(its)) {
          if (!isLabelled(sample)) continue;
          yield {
            sample,
            write: (into, at) => {
              thumbs.measure(pixels, into, at);
              return lengthOf(into, at, thumbs.width) > BLANK * Math.sqrt(pixels.length);
            },
          };
        }
      },
    };
  }
  return {
    width: WIDTH,
    async *samples(its) {
      for await (const sample of dataset.samples(its)) {
        if (!isLabelled(sample)) continue;
        yield { sample, write: (into, at) => writeContent(sample.content, into, at) };
      }
    },
  };
}

function isLabelled(sample: DatasetSample): sample is DatasetSample & { readonly label: number } {
  return sample.label !== undefined;
}

function writeContent(content: SampleContent, into: Float32Array, at: number): boolean {
  if (content.kind === 'text') return writeParts(content.text.toLowerCase().match(/[\p{L}\p{N}]+/gu)?.slice(0, MAX_PARTS) ?? [], LEAST_WORDS, into, at);
  if (content.kind === 'row') return writeParts(content.values.slice(0, MAX_PARTS).map((value, column) => `${String(column)}=${typeof value === 'number' ? value.toPrecision(4) : String(value)}`), 1, into, at);
  if (content.kind === 'image') return false;
  const values = content.values.subarray(0, MAX_PARTS);
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return project(values.map((value) => value - mean), into, at);
}

/** Parts and pairs of neighbouring parts, counted by hash. */
function writeParts(parts: readonly string[], least: number, into: Float32Array, at: number): boolean {
  if (parts.length < least) return false;
  const counts = new Float32Array(WORD_PLACES);
  let before = '';
  for (const part of parts) {
    for (const token of [part, `${before} ${part}`]) {
      const place = hashOf(token) % WORD_PLACES;
      counts[place] = (counts[place] as number) + 1;
    }
    before = part;
  }
  return project(counts, into, at);
}

/** FNV-1a with a final mix; spreads and keeps no secrets. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

const projections = new Map<number, ReturnType<typeof randomProjection>>();

function project(values: Float32Array, into: Float32Array, at: number): boolean {
  if (!projections.has(values.length)) projections.set(values.length, randomProjection(values.length, WIDTH));
  const map = projections.get(values.length);
  into.fill(0, at, at + WIDTH);
  if (map === undefined) into.set(values, at);
  else map(values, 0, into, at);
  const length = lengthOf(into, at, WIDTH);
  return Number.isFinite(length) && length > 0;
}

function lengthOf(table: Float32Array, at: number, width: number): number {
  let sum = 0;
  for (let index = at; index < at + width; index += 1) sum += (table[index] as number) ** 2;
  return Math.sqrt(sum);
}
