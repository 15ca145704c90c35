import type { TSchema, Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { openFileSource } from '../../../artifacts/file-source.ts';
import { GateError } from '../../../errors.ts';
import { MAX_HEAD_BYTES, MAX_JSON_BYTES, MAX_PAYLOAD_BYTES, PartHeadSchema, type PartHead } from './part-schema.ts';

const LENGTHS_BYTES = 8;

/** Read at a time. */
const WINDOW_BYTES = 2 ** 20;

export interface PartFrame {
  readonly json: unknown;
  readonly payload: Uint8Array;
}

/** The head of a part. Throws `arguments/invalid` for a file that is none. */
export async function readPartHead(file: string): Promise<PartHead> {
  for await (const { json } of partFrames(file, new AbortController().signal)) return checked(PartHeadSchema, json);
  throw damagedPart();
}

/** The frames of a part from its head to its end, one in memory at a time; every length is checked before it is used. */
export async function* partFrames(file: string, signal: AbortSignal): AsyncGenerator<PartFrame> {
  const source = await openFileSource(file, 'a part of the dataset');
  try {
    let window: Uint8Array = new Uint8Array(0);
    let start = 0;
    const take = async (at: number, length: number): Promise<Uint8Array> => {
      if (at + length > source.size) throw damagedPart();
      if (at < start || at + length > start + window.byteLength) {
        window = await source.read(at, Math.min(source.size - at, Math.max(length, WINDOW_BYTES)));
        start = at;
      }
      return window.subarray(at - start, at - start + length);
    };
    for (let at = 0; at < source.size;) {
      signal.throwIfAborted();
      const lengths = await take(at, LENGTHS_BYTES);
      const view = new DataView(lengths.buffer, lengths.byteOffset, LENGTHS_BYTES);
      const [jsonBytes, payloadBytes] = [view.getUint32(0, true), view.getUint32(4, true)];
      if (jsonBytes > (at === 0 ? MAX_HEAD_BYTES : MAX_JSON_BYTES) || payloadBytes > MAX_PAYLOAD_BYTES) throw damagedPart();
      const bytes = await take(at + LENGTHS_BYTES, jsonBytes + payloadBytes);
      yield { json: parsed(bytes.subarray(0, jsonBytes)), payload: bytes.slice(jsonBytes) };
      at += LENGTHS_BYTES + jsonBytes + payloadBytes;
    }
  } finally {
    await source.close();
  }
}

/** What fits the schema; throws `arguments/invalid` otherwise. */
export function checked<Schema extends TSchema>(schema: Schema, json: unknown): Static<Schema> {
  if (Value.Check(schema, json)) return json;
  throw damagedPart();
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw damagedPart();
  }
}

export function damagedPart(): GateError {
  return new GateError({ code: 'arguments/invalid', message: 'A part of the dataset is damaged or cut off.', nextStep: 'Run the shard again that wrote it, and keep the folder "samples" with its report.' });
}
