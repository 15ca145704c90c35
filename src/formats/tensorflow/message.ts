import { viewOf } from '../../onnx/byte-view.ts';
import { readTag } from '../../onnx/decode-message.ts';
import { ONNX_LIMITS } from '../../onnx/onnx-limits.ts';
import { readLengthEnd, readUint64, wireError, wireState, WIRE_FIXED32, WIRE_FIXED64, WIRE_LENGTH, WIRE_VARINT, type WireState } from '../../onnx/wire.ts';

/** Part of a protobuf message. Only what is asked for is decoded: most of a graph never is. */
export interface Span {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** One field: its bytes where they have a length, its number where it is a varint. */
export interface Field {
  readonly number: number;
  readonly wire: number;
  readonly start: number;
  readonly end: number;
  readonly value: bigint;
}

/**
 * Goes over the fields of a message, known and unknown. Throws `format/truncated` and `format/malformed` with the offset in
 * the file; groups, which TensorFlow has none of, are malformed. Tags and lengths of one byte, which are nearly all, are read
 * here: a graph is read as millions of small messages.
 */
export function eachField({ bytes, start, end }: Span, visit: (field: Field) => void, what = 'message'): void {
  let careful: WireState | undefined;
  const stateAt = (position: number): WireState => {
    careful ??= wireState(bytes, ONNX_LIMITS);
    careful.position = position;
    return careful;
  };
  for (let position = start; position < end;) {
    const byte = bytes[position] ?? 0;
    let number = byte >> 3;
    let wire = byte & 7;
    if (byte >= 8 && byte < 0x80) position += 1;
    else {
      const state = stateAt(position);
      ({ number, wire } = readTag(state, end, what));
      position = state.position;
    }
    const from = position;
    const next = position < end ? bytes[position] ?? 0 : 0x80;
    switch (wire) {
      case WIRE_VARINT: {
        if (next < 0x80) {
          position += 1;
          visit({ number, wire, start: from, end: position, value: SMALL[next] ?? 0n });
          break;
        }
        const state = stateAt(position);
        const value = readUint64(state, end, what);
        position = state.position;
        visit({ number, wire, start: from, end: position, value });
        break;
      }
      case WIRE_LENGTH: {
        if (next < 0x80 && next < end - position) {
          position += 1 + next;
          visit({ number, wire, start: from + 1, end: position, value: 0n });
          break;
        }
        const state = stateAt(position);
        const stop = readLengthEnd(state, end, what);
        position = stop;
        visit({ number, wire, start: state.position, end: stop, value: 0n });
        break;
      }
      case WIRE_FIXED32:
      case WIRE_FIXED64: {
        const stop = from + (wire === WIRE_FIXED32 ? 4 : 8);
        if (stop > end) throw wireError(stop > bytes.byteLength ? 'format/truncated' : 'format/malformed', `A number of the ${what} ends behind it.`, from);
        position = stop;
        visit({ number, wire, start: from, end: stop, value: 0n });
        break;
      }
      default:
        throw wireError('format/malformed', `The ${what} has a field of wire type ${wire}.`, from);
    }
  }
}

const SMALL = Array.from({ length: 0x80 }, (_, index) => BigInt(index));

/** The parts of a message that are messages or texts under one number. */
export function spansOf(span: Span, number: number, what?: string): Span[] {
  const found: Span[] = [];
  eachField(span, (field) => {
    if (field.number === number && field.wire === WIRE_LENGTH) found.push({ bytes: span.bytes, start: field.start, end: field.end });
  }, what);
  return found;
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** A text; bytes that are no UTF-8 become U+FFFD, because names need not be texts. */
export function textOf(span: Span, limit: number, what = 'text'): string {
  if (span.end - span.start > limit) throw wireError('format/limit-exceeded', `A ${what} is ${span.end - span.start} bytes long; the limit is ${limit}.`, span.start);
  return utf8.decode(viewOf(span.bytes, span.start, span.end - span.start));
}

/** Key and value of a `map` entry. */
export function entryOf(span: Span, limit: number): { readonly key: string; readonly value: Span } {
  let key = '';
  let value: Span = { bytes: span.bytes, start: span.end, end: span.end };
  eachField(span, (field) => {
    if (field.wire !== WIRE_LENGTH) return;
    const part = { bytes: span.bytes, start: field.start, end: field.end };
    if (field.number === 1) key = textOf(part, limit, 'key');
    else if (field.number === 2) value = part;
  }, 'map entry');
  return { key, value };
}
