import { readTag } from '../../onnx/decode-message.ts';
import { ONNX_LIMITS } from '../../onnx/onnx-limits.ts';
import { messageKind, TABLES, type FieldEntry, type MessageName } from '../../onnx/schema.ts';
import { readVarintNumber, WIRE_FIXED32, WIRE_FIXED64, WIRE_LENGTH, WIRE_VARINT, wireState, type WireState } from '../../onnx/wire.ts';

/** Higher IR versions than this are not ONNX but something else that starts with a number. */
const MAX_PLAUSIBLE_IR_VERSION = 100;

/** A producer, version or domain is a short printable text; other formats have messages at these numbers. */
const MAX_PLAUSIBLE_TEXT_BYTES = 1024;

/** How far into nested messages the guess goes. */
const MAX_PEEK_DEPTH = 4;

/**
 * Whether the first bytes are those of a ModelProto. `certain`: an IR version and one more field of the model, all of
 * the right wire type, and their contents plausible as far as the head goes. `possible`: nothing speaks against it.
 */
export function looksLikeOnnx(head: Uint8Array): 'certain' | 'possible' | undefined {
  if (head.byteLength === 0) return undefined;
  const seen = new Set<string>();
  const state = wireState(head, ONNX_LIMITS);
  try {
    while (state.position < head.byteLength) {
      const complete = peekField(state, 'Model', head.byteLength, seen, 0);
      if (complete === 'implausible') return undefined;
      if (complete === 'cut') break;
    }
  } catch {
    // A tag or length that the head cuts off; what came before it decides.
    if (head.byteLength - state.position > 10) return undefined;
  }
  if (!seen.has('Model.irVersion')) return seen.has('Model.graph') ? 'possible' : undefined;
  return ['Model.graph', 'Model.opsetImport', 'Model.producerName'].some((field) => seen.has(field)) ? 'certain' : 'possible';
}

type Peek = 'whole' | 'cut' | 'implausible';

/** Steps over one field of `message`; looks into messages that the head cuts off. */
function peekField(state: WireState, message: MessageName, end: number, seen: Set<string>, depth: number): Peek {
  const { number, wire } = readTag(state, end, message);
  const entry = TABLES.get(message)?.get(number);
  if (entry === undefined || !fitsWire(entry, wire)) return 'implausible';
  if (wire !== WIRE_LENGTH) {
    if (wire === WIRE_FIXED32) state.position += 4;
    else if (wire === WIRE_FIXED64) state.position += 8;
    else {
      const value = readVarintNumber(state, end, entry.path);
      if (entry.path === 'Model.irVersion' && (value < 1 || value > MAX_PLAUSIBLE_IR_VERSION)) return 'implausible';
    }
    seen.add(entry.path);
    return 'whole';
  }
  const length = readVarintNumber(state, end, entry.path);
  const start = state.position;
  const stop = Math.min(start + length, end);
  if (message === 'Model' && !isPlausible(state, entry, length, stop)) return 'implausible';
  const nested = messageKind(entry);
  if (nested !== undefined && length > 0 && depth < MAX_PEEK_DEPTH && stop > start) {
    const inner = peekField(state, nested, stop, new Set(), depth + 1);
    if (inner === 'implausible') return 'implausible';
  }
  seen.add(entry.path);
  state.position = stop;
  return start + length > end ? 'cut' : 'whole';
}

function isPlausible(state: WireState, entry: FieldEntry, length: number, stop: number): boolean {
  if (entry.name !== 'producerName' && entry.name !== 'producerVersion' && entry.name !== 'domain') return true;
  if (length > MAX_PLAUSIBLE_TEXT_BYTES) return false;
  for (let at = state.position; at < stop; at++) {
    const byte = state.bytes[at] ?? 0;
    if (byte < 0x20 || byte === 0x7f) return false;
  }
  return true;
}

function fitsWire(entry: FieldEntry, wire: number): boolean {
  if (wire === WIRE_LENGTH) return entry.repeated || (entry.kind !== 'int64' && entry.kind !== 'int32' && entry.kind !== 'float');
  if (messageKind(entry) !== undefined) return false;
  switch (entry.kind) {
    case 'int64':
    case 'int32':
    case 'int32Run':
    case 'int64Run':
    case 'uint64Run':
      return wire === WIRE_VARINT;
    case 'float':
    case 'floatRun':
      return wire === WIRE_FIXED32;
    case 'doubleRun':
      return wire === WIRE_FIXED64;
    default:
      return false;
  }
}
