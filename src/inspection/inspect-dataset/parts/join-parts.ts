import type { RawRecord, RawSample, RecordStream } from '../../../datasets/dataset-reader.ts';
import type { OpenedDataset } from '../../../datasets/open-dataset.ts';
import { datasetFacet } from '../../../datasets/open-dataset/dataset-facet.ts';
import type { GateErrorData } from '../../../errors.ts';
import type { SampleContent } from '../../../model/dataset.ts';
import { rowOfBytes, textOfBytes } from './content-bytes.ts';
import { checked, damagedPart, partFrames, readPartHead, type PartFrame } from './part-frames.ts';
import { PartEndSchema, PartRecordSchema, type PartHead, type PartRecord } from './part-schema.ts';

export interface JoinedParts extends OpenedDataset {
  readonly head: PartHead;
  /** Why the model made nothing of some samples, where a shard says so. */
  readonly problem: string | undefined;
  /** What the model made of each sample, in their order. */
  features(signal: AbortSignal): AsyncIterable<{ readonly id: string; readonly features: Float32Array }>;
}

/**
 * The dataset out of the parts that shards have written, in the order of its records: record 0 from the first part, record 1 from the
 * second and so on. `files` in the order of the shards. Throws `arguments/invalid` where a part is damaged or records are missing.
 */
export async function joinParts(files: readonly string[], signal: AbortSignal, onProgress: (samples: number) => void): Promise<JoinedParts> {
  const [head] = await Promise.all(files.map(readPartHead));
  if (head === undefined) throw damagedPart();
  let problem: string | undefined;
  const stream: RecordStream = {
    kind: head.kind, columns: head.columns, ...(head.classNames === undefined ? {} : { classNames: head.classNames }), claimed: new Set(), notes: head.notes,
    async *records(stop) {
      for await (const { record, payload } of joinedRecords(files, stop, (why) => (problem ??= why))) yield rawRecord(record, payload);
    },
  };
  const { facet, notes } = await datasetFacet(stream, { signal, broken: head.broken as readonly { readonly place: { readonly file: string }; readonly error: GateErrorData }[], unlistedBroken: head.unlistedBroken, onProgress });
  return {
    facet, format: head.format, claimed: new Set(), notes: [...notes, ...head.fileNotes], head, problem,
    async *features(stop) {
      for await (const { record, payload } of joinedRecords(files, stop)) {
        if (!('id' in record) || record.features === 0) continue;
        yield { id: record.id, features: floatsOf(payload.subarray(contentLength(record, payload))) };
      }
    },
  };
}

interface JoinedRecord {
  readonly record: PartRecord;
  readonly payload: Uint8Array;
}

async function* joinedRecords(files: readonly string[], signal: AbortSignal, onProblem: (why: string) => void = () => undefined): AsyncGenerator<JoinedRecord> {
  const readers = files.map((file) => partFrames(file, signal));
  const next = async (at: number): Promise<PartFrame> => {
    const { value, done } = await (readers[at] as (typeof readers)[number]).next();
    if (done === true) throw damagedPart();
    return value;
  };
  try {
    for (let part = 0; part < files.length; part += 1) await next(part);
    for (let at = 0; ; at += 1) {
      const { json, payload } = await next(at % files.length);
      if (isEnd(json)) {
        // The others have to be at their ends too, and all have to have counted what came.
        const ends = [json, ...(await restOf(files.length - 1, (step) => next((at + 1 + step) % files.length))).map((one) => one.json)];
        if (!ends.every(isEnd)) throw damagedPart();
        for (const one of ends) {
          const { records, problem } = checked(PartEndSchema, one);
          if (records !== at) throw damagedPart();
          if (problem !== undefined) onProblem(problem);
        }
        return;
      }
      const record = checked(PartRecordSchema, json);
      if (record.at !== at) throw damagedPart();
      yield { record, payload };
    }
  } finally {
    for (const reader of readers) await reader.return(undefined);
  }
}

async function restOf(count: number, next: (step: number) => Promise<PartFrame>): Promise<readonly PartFrame[]> {
  const rest: PartFrame[] = [];
  for (let step = 0; step < count; step += 1) rest.push(await next(step));
  return rest;
}

function isEnd(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'records' in json;
}

function rawRecord(record: PartRecord, payload: Uint8Array): RawRecord {
  if (!('id' in record)) return { broken: record.broken as Exclude<RawRecord, { sample: unknown }>['broken'] };
  const { id, label, place, digest } = record;
  const sample: RawSample = { id, place, digest: digest as NonNullable<RawSample['digest']>, ...(label === undefined ? {} : { label }), content: contentOf(record, payload.subarray(0, contentLength(record, payload))) };
  return { sample };
}

type SampleRecord = Extract<PartRecord, { readonly id: string }>;

function contentLength({ features }: SampleRecord, payload: Uint8Array): number {
  const length = payload.byteLength - Float32Array.BYTES_PER_ELEMENT * features;
  if (length < 0) throw damagedPart();
  return length;
}

function contentOf({ kind, channels = 0, height = 0, width = 0, length = 0, encoding }: SampleRecord, bytes: Uint8Array): SampleContent {
  const isOfLength = (expected: number): void => {
    if (bytes.byteLength !== expected) throw damagedPart();
  };
  switch (kind) {
    case 'image':
      isOfLength(channels * height * width);
      return { kind, channels, height, width, pixels: bytes, ...(encoding === undefined ? {} : { encoding: { ...encoding, traits: new Map(encoding.traits) } }) };
    case 'series':
      isOfLength(Float32Array.BYTES_PER_ELEMENT * channels * length);
      return { kind, channels, length, values: floatsOf(bytes) };
    case 'text':
      return { kind, text: decoded(() => textOfBytes(bytes)) };
    case 'row':
      return { kind, values: decoded(() => rowOfBytes(bytes)) };
  }
}

function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch {
    throw damagedPart();
  }
}

function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.slice().buffer);
}
