import { GateError, type GateErrorCode } from '../errors.ts';
import { viewOf } from './byte-view.ts';
import type { OnnxLimits } from './onnx-limits.ts';

/** Protobuf wire types; 3 and 4 (groups) were never used by ONNX, 6 and 7 do not exist. */
export const WIRE_VARINT = 0;
export const WIRE_FIXED64 = 1;
export const WIRE_LENGTH = 2;
export const WIRE_FIXED32 = 5;

/** Where a decoder stands in a file and what it has used up of its limits. Only ever moves forward. */
export interface WireState {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly limits: OnnxLimits;
  position: number;
  messages: number;
  items: number;
}

export function wireState(bytes: Uint8Array, limits: OnnxLimits): WireState {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { bytes, view, limits, position: 0, messages: 0, items: 0 };
}

export function wireError(code: GateErrorCode, message: string, offset: number, field?: string): GateError {
  return new GateError({ code, message, where: { offset, ...(field === undefined ? {} : { field }) } });
}

/** A length that leaves the enclosing message is malformed; one that leaves the file means that the file was cut off. */
export function overrun(state: WireState, wanted: number, end: number, field: string): GateError {
  const offset = state.position;
  if (offset + wanted > state.bytes.byteLength) {
    return wireError('format/truncated', `${field} needs ${wanted} bytes at offset ${offset}, the file ends at ${state.bytes.byteLength}.`, offset, field);
  }
  return wireError('format/malformed', `${field} needs ${wanted} bytes at offset ${offset}, its message ends at ${end}.`, offset, field);
}

/** A varint as an unsigned number; refuses what a double cannot hold exactly. For tags and lengths. */
export function readVarintNumber(state: WireState, end: number, field: string): number {
  let value = 0;
  let scale = 1;
  const start = state.position;
  for (let count = 0; count < 10; count++) {
    if (state.position >= end) throw overrun(state, 1, end, field);
    const byte = state.bytes[state.position++] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      if (value > Number.MAX_SAFE_INTEGER) break;
      return value;
    }
    scale *= 128;
  }
  throw wireError('format/malformed', `${field} holds a number beyond 53 bits where a tag or a length belongs.`, start, field);
}

const LOW_32 = 0x1_0000_0000;

/** A varint of at most 64 bits as two halves; fills `halves` so that nothing is allocated for a long list. */
function readHalves(state: WireState, end: number, field: string, halves: { low: number; high: number }): void {
  const start = state.position;
  let low = 0;
  let high = 0;
  for (let count = 0; count < 10; count++) {
    if (state.position >= end) throw overrun(state, 1, end, field);
    const byte = state.bytes[state.position++] ?? 0;
    const bits = byte & 0x7f;
    const shift = count * 7;
    if (shift < 28) low += bits * 2 ** shift;
    else if (shift === 28) {
      low += (bits & 0x0f) * 2 ** 28;
      high += bits >>> 4;
    } else high += bits * 2 ** (shift - 32);
    if (byte < 0x80) {
      // The tenth byte carries one bit only; more would be cut off by some parsers and not by others.
      if (count === 9 && bits > 1) break;
      halves.low = low;
      halves.high = high;
      return;
    }
  }
  throw wireError('format/malformed', `${field} holds a varint longer than 64 bits.`, start, field);
}

const halves = { low: 0, high: 0 };

export function readUint64(state: WireState, end: number, field: string): bigint {
  readHalves(state, end, field, halves);
  if (halves.high === 0) return BigInt(halves.low);
  return (BigInt(halves.high) << 32n) | BigInt(halves.low);
}

export function readInt64(state: WireState, end: number, field: string): bigint {
  readHalves(state, end, field, halves);
  if (halves.high === 0) return BigInt(halves.low);
  return BigInt.asIntN(64, (BigInt(halves.high) << 32n) | BigInt(halves.low));
}

/** An int32 or an enum: negative numbers are written sign-extended to 64 bits; anything else beyond 32 bits is malformed. */
export function readInt32(state: WireState, end: number, field: string): number {
  const start = state.position;
  readHalves(state, end, field, halves);
  if (halves.high === 0 && halves.low < LOW_32 / 2) return halves.low;
  if (halves.high === LOW_32 - 1 && halves.low >= LOW_32 / 2) return halves.low - LOW_32;
  throw wireError('format/malformed', `${field} holds a number beyond 32 bits.`, start, field);
}

export function readFloat(state: WireState, end: number, field: string): number {
  if (state.position + 4 > end) throw overrun(state, 4, end, field);
  const value = state.view.getFloat32(state.position, true);
  state.position += 4;
  return value;
}

/** Reads the length in front of a length-delimited field and returns the offset where the field ends. */
export function readLengthEnd(state: WireState, end: number, field: string): number {
  const length = readVarintNumber(state, end, field);
  if (state.position + length > end) throw overrun(state, length, end, field);
  return state.position + length;
}

// `ignoreBOM` keeps a leading U+FEFF: two names that differ in it are two names.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Names are short and ASCII nearly always; below this length a loop beats the decoder's fixed cost. */
const SHORT_STRING_BYTES = 48;

export function readText(state: WireState, end: number, limit: number, field: string): string {
  const stop = readLengthEnd(state, end, field);
  const start = state.position;
  const length = stop - start;
  if (length > limit) throw wireError('format/limit-exceeded', `${field} is ${length} bytes long; the limit is ${limit}.`, start, field);
  state.position = stop;
  if (length <= SHORT_STRING_BYTES) {
    let text = '';
    let ascii = true;
    for (let at = start; at < stop; at++) {
      const byte = state.bytes[at] ?? 0;
      if (byte >= 0x80) {
        ascii = false;
        break;
      }
      text += String.fromCharCode(byte);
    }
    if (ascii) return text;
  }
  try {
    return utf8.decode(viewOf(state.bytes, start, length));
  } catch {
    throw wireError('format/malformed', `${field} is not valid UTF-8.`, start, field);
  }
}
