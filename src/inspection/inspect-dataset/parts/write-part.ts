import { open, type FileHandle } from 'node:fs/promises';
import type { RawRecord, RawSample } from '../../../datasets/dataset-reader.ts';
import type { OpenedRecords } from '../../../datasets/open-dataset.ts';
import { usableSample } from '../../../datasets/open-dataset/dataset-facet.ts';
import { digestOfContent } from '../../../datasets/sample-content.ts';
import { imageOfSample, pixelsOfSample } from '../../../datasets/image-of-sample.ts';
import { toGateError } from '../../../errors.ts';
import { MAX_LISTED_BROKEN_SAMPLES, type SampleContent } from '../../../model/dataset.ts';
import type { Classifier } from '../../../model/classifier.ts';
import { FEATURE_BATCH, type FeatureMaker } from '../../../poisoning/dataset-features.ts';
import { framed, frameShape } from '../../../poisoning/image-frames.ts';
import { bytesOf, bytesOfContent } from './content-bytes.ts';
import type { PartHead, PartRecord } from './part-schema.ts';

export interface WritePartRequest {
  readonly file: string;
  readonly part: { readonly index: number; readonly count: number };
  /** Merkle root of the dataset's files. */
  readonly dataset: string;
  readonly records: OpenedRecords;
  /** What is said of the model; with `features` where it can be run. */
  readonly model?: NonNullable<PartHead['model']>;
  readonly features?: { readonly classifier: Pick<Classifier, 'input'>; readonly make: FeatureMaker };
  readonly signal: AbortSignal;
  readonly onProgress: (records: number) => void;
}

/** Frames written at a time. */
const FLUSH_BYTES = 2 ** 22;

/** Records between two reports of progress. */
const PROGRESS_RECORDS = 1000;

type Placed = { readonly at: number } & ({ readonly sample: RawSample; readonly pixels: Float32Array | undefined } | { readonly broken: Exclude<RawRecord, { sample: unknown }>['broken'] });

/** Reads every `count`-th record of a dataset from `index` on and writes what detectors look at. Ends with `artifact/changed` where a file is no longer what was hashed. */
export async function writePart(request: WritePartRequest): Promise<void> {
  const { records: { stream, format, broken, notes }, part, signal, features } = request;
  const isMine = (at: number): boolean => at % part.count === part.index - 1;
  const shape = await firstFrame(request);
  const output = frameWriter(await open(request.file, 'w'));
  let problem: string | undefined;
  try {
    await output.add({
      version: 1, dataset: request.dataset, ...part, format, kind: stream.kind, columns: [...(stream.columns ?? [])],
      ...(stream.classNames === undefined ? {} : { classNames: [...stream.classNames] }), notes: [...stream.notes], fileNotes: [...notes],
      broken: broken.slice(0, MAX_LISTED_BROKEN_SAMPLES), unlistedBroken: Math.max(0, broken.length - MAX_LISTED_BROKEN_SAMPLES),
      ...(request.model === undefined ? {} : { model: request.model }),
    });
    let waiting: Placed[] = [];
    const flush = async (): Promise<void> => {
      const images = waiting.flatMap((one) => ('pixels' in one && one.pixels !== undefined ? [one.pixels] : []));
      const made = images.length === 0 || features === undefined ? undefined : await features.make(concatenated(images), images.length);
      if (typeof made === 'string') problem ??= made;
      let row = 0;
      for (const one of waiting) {
        if (!('sample' in one)) await output.add({ at: one.at, broken: one.broken });
        else {
          const its = one.pixels === undefined || made === undefined || typeof made === 'string' ? undefined : made.features.subarray(row * made.width, (row + 1) * made.width);
          if (one.pixels !== undefined) row += 1;
          const content = reduced(one.sample.content, shape);
          await output.add(recordOf(one.at, one.sample, content, its?.length ?? 0), bytesOfContent(content), ...(its === undefined ? [] : [bytesOf(its)]));
        }
      }
      waiting = [];
    };
    const fit = (sample: RawSample): Float32Array | undefined => {
      if (features === undefined || problem !== undefined || sample.content.kind !== 'image') return undefined;
      try {
        return Float32Array.from(pixelsOfSample(imageOfSample(sample), features.classifier.input), (value) => value / 255);
      } catch (thrown) {
        problem ??= toGateError(thrown).message;
        return undefined;
      }
    };
    let at = 0;
    for await (const record of stream.records(signal, isMine)) {
      signal.throwIfAborted();
      const place = at;
      at += 1;
      if (at % PROGRESS_RECORDS === 0) request.onProgress(at);
      if (record === undefined || !isMine(place)) continue;
      const usable = usableSample(record, stream);
      waiting.push('broken' in usable ? { at: place, broken: usable.broken } : { at: place, sample: usable.sample, pixels: fit(usable.sample) });
      if (waiting.length >= FEATURE_BATCH) await flush();
    }
    await flush();
    await output.add({ records: at, ...(problem === undefined ? {} : { problem }) });
  } finally {
    await output.close();
  }
}

/** The shape in which all images of the dataset are compared: that of its first one, whichever shard it falls to. */
async function firstFrame({ records: { stream }, signal }: WritePartRequest): Promise<ReturnType<typeof frameShape> | undefined> {
  if (stream.kind !== 'image') return undefined;
  for await (const record of stream.records(signal)) {
    if (record === undefined || !('sample' in record)) continue;
    const { content } = record.sample;
    if (content.kind === 'image') return frameShape(content);
  }
  return undefined;
}

function reduced(content: SampleContent, shape: ReturnType<typeof frameShape> | undefined): SampleContent {
  if (content.kind !== 'image' || shape === undefined) return content;
  const { channels, encoding, height, width } = content;
  return {
    kind: 'image', channels, height: shape.height, width: shape.width, pixels: framed(content, shape),
    // The size of the picture in its file is one of the traits, and is lost otherwise.
    ...(encoding === undefined ? {} : { encoding: { ...encoding, traits: new Map([...encoding.traits, ['format', encoding.format], ['size', `${String(width)}x${String(height)}`]]) } }),
  };
}

function recordOf(at: number, { id, label, place, digest, content: original }: RawSample, content: SampleContent, features: number): PartRecord {
  return {
    at, id, ...(label === undefined ? {} : { label }), place, digest: digest ?? digestOfContent(original), kind: content.kind, features,
    ...(content.kind === 'image' ? { channels: content.channels, height: content.height, width: content.width } : {}),
    ...(content.kind === 'series' ? { channels: content.channels, length: content.length } : {}),
    ...(content.kind === 'image' && content.encoding !== undefined ? { encoding: { format: content.encoding.format, bytes: content.encoding.bytes, traits: [...content.encoding.traits] } } : {}),
  };
}

function concatenated(images: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(images.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of images) {
    all.set(one, at);
    at += one.length;
  }
  return all;
}

function frameWriter(handle: FileHandle) {
  let pieces: Uint8Array[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    if (bytes > 0) await handle.writeFile(Buffer.concat(pieces));
    [pieces, bytes] = [[], 0];
  };
  return {
    async add(json: object, ...payload: readonly Uint8Array[]): Promise<void> {
      const text = Buffer.from(JSON.stringify(json));
      const lengths = Buffer.alloc(8);
      lengths.writeUInt32LE(text.byteLength, 0);
      lengths.writeUInt32LE(payload.reduce((sum, one) => sum + one.byteLength, 0), 4);
      // The reader's buffers may be used again for the next record.
      pieces.push(lengths, text, ...payload.map((one) => Uint8Array.from(one)));
      bytes += lengths.byteLength + text.byteLength + lengths.readUInt32LE(4);
      if (bytes >= FLUSH_BYTES) await flush();
    },
    async close(): Promise<void> {
      await flush();
      await handle.close();
    },
  };
}
