import { Cursor } from '../../../artifacts/cursor.ts';
import { hasJpegSignature } from '../../images/jpeg-markers.ts';
import { hasPngSignature } from '../../images/png-chunks.ts';
import type { Cell, Row } from '../table/choose-columns.ts';
import { fieldsOfMessage } from './fields-of-message.ts';

/** Features of one example; datasets have dozens. */
const MAX_FEATURES = 10_000;

/** Field numbers of tensorflow/core/example/{example,feature}.proto; lists are field 1 of each kind. */
const FEATURES = 1;
const MAP_KEY = 1;
const MAP_VALUE = 2;
const BYTES_LIST = 1;
const FLOAT_LIST = 2;
const INT64_LIST = 3;

/**
 * A serialized tf.train.Example as a row. A feature of one value is a cell; one of several is JSON. Bytes are a text where they are
 * UTF-8 and no image. Throws GateErrors for what breaks the wire format.
 */
export function rowOfExample(bytes: Uint8Array): Row {
  const row = new Map<string, Cell>();
  for (const features of fieldsOf(new Cursor(bytes), FEATURES)) {
    for (const entry of fieldsOf(features, 1)) {
      if (row.size >= MAX_FEATURES) throw entry.malformed('The example has more features than any dataset.');
      const feature = entryOf(entry);
      row.set(feature.name, cellOf(feature.value));
    }
  }
  return row;
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

function cellOf(feature: Cursor | undefined): Cell {
  if (feature === undefined) return null;
  for (const { number, content } of fieldsOfMessage(feature)) {
    if (content === undefined) continue;
    const values = number === BYTES_LIST ? [...fieldsOf(content, 1)].map((one) => bytesCell(one.rest())) : number === FLOAT_LIST ? floats(content) : number === INT64_LIST ? integers(content) : [];
    const [only] = values;
    return values.length === 1 && only !== undefined ? only : values.length === 0 ? null : JSON.stringify(values.map((one) => (one instanceof Uint8Array ? `${String(one.byteLength)} bytes` : one)));
  }
  return null;
}

function bytesCell(bytes: Uint8Array): Cell {
  if (hasPngSignature(bytes) || hasJpegSignature(bytes)) return bytes;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return bytes;
  }
}

/** Packed or one by one: both are valid. */
function floats(list: Cursor): number[] {
  const values: number[] = [];
  for (const { number, content, fixed } of fieldsOfMessage(list)) {
    if (number !== 1) continue;
    if (fixed !== undefined) values.push(fixed);
    while (content !== undefined && !content.isAtEnd) values.push(content.f32le());
  }
  return values;
}

function integers(list: Cursor): number[] {
  const values: number[] = [];
  for (const { number, content, varint } of fieldsOfMessage(list)) {
    if (number !== 1) continue;
    if (varint !== undefined) values.push(Number(BigInt.asIntN(64, varint)));
    while (content !== undefined && !content.isAtEnd) values.push(Number(BigInt.asIntN(64, content.varint())));
  }
  return values;
}
