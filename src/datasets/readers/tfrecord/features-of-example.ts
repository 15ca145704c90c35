import { Cursor } from '../../../artifacts/cursor.ts';
import { fieldsOfMessage } from './fields-of-message.ts';

/** The list of one feature; empty where the feature has none. */
export type Feature = { readonly bytes: readonly Uint8Array[] } | { readonly numbers: readonly number[]; readonly areIntegers: boolean };

/** Features of one example; datasets have dozens. */
const MAX_FEATURES = 10_000;

/** Numbers in one list: an image of four megapixels in four channels. A number may take a byte in the file and takes eight here (CWE-770). */
const MAX_LIST_NUMBERS = 2 ** 24;

/** Field numbers of tensorflow/core/example/{example,feature}.proto; lists are field 1 of each kind. */
const FEATURES = 1;
const MAP_KEY = 1;
const MAP_VALUE = 2;
const BYTES_LIST = 1;
const FLOAT_LIST = 2;
const INT64_LIST = 3;

/** The features of a serialized tf.train.Example by name. Throws GateErrors for what breaks the wire format. */
export function featuresOfExample(bytes: Uint8Array): ReadonlyMap<string, Feature> {
  const found = new Map<string, Feature>();
  for (const features of fieldsOf(new Cursor(bytes), FEATURES)) {
    for (const entry of fieldsOf(features, 1)) {
      if (found.size >= MAX_FEATURES) throw entry.malformed('The example has more features than any dataset.');
      const { name, value } = entryOf(entry);
      found.set(name, featureOf(value));
    }
  }
  return found;
}

/** All length-delimited fields of one number; others are stepped over. */
function* fieldsOf(cursor: Cursor, wanted: number): Generator<Cursor> {
  for (const { number, content } of fieldsOfMessage(cursor)) if (number === wanted && content !== undefined) yield content;
}

function entryOf(cursor: Cursor): { readonly name: string; readonly value: Cursor | undefined } {
  let name = '';
  let value: Cursor | undefined;
  for (const { number, content } of fieldsOfMessage(cursor)) {
    if (number === MAP_KEY && content !== undefined) name = content.text(content.remaining);
    if (number === MAP_VALUE) value = content;
  }
  return { name, value };
}

function featureOf(feature: Cursor | undefined): Feature {
  if (feature === undefined) return NOTHING;
  for (const { number, content } of fieldsOfMessage(feature)) {
    if (content === undefined) continue;
    if (number === BYTES_LIST) return { bytes: [...fieldsOf(content, 1)].map((one) => one.rest()) };
    if (number === FLOAT_LIST) return { numbers: floats(content), areIntegers: false };
    if (number === INT64_LIST) return { numbers: integers(content), areIntegers: true };
    return NOTHING;
  }
  return NOTHING;
}

const NOTHING: Feature = { bytes: [] };

/** Packed or one by one: both are valid. */
function floats(list: Cursor): number[] {
  const values: number[] = [];
  for (const { number, content, fixed } of fieldsOfMessage(list)) {
    if (number !== 1) continue;
    if (fixed !== undefined) push(values, fixed, list);
    while (content !== undefined && !content.isAtEnd) push(values, content.f32le(), list);
  }
  return values;
}

function integers(list: Cursor): number[] {
  const values: number[] = [];
  for (const { number, content, varint } of fieldsOfMessage(list)) {
    if (number !== 1) continue;
    if (varint !== undefined) push(values, Number(BigInt.asIntN(64, varint)), list);
    while (content !== undefined && !content.isAtEnd) push(values, Number(BigInt.asIntN(64, content.varint())), list);
  }
  return values;
}

function push(values: number[], value: number, list: Cursor): void {
  if (values.length >= MAX_LIST_NUMBERS) throw list.malformed(`A list has more than ${String(MAX_LIST_NUMBERS)} numbers.`);
  values.push(value);
}
