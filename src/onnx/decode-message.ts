import { messageKind, TABLES, type FieldEntry, type Message, type MessageName, type Run } from './schema.ts';
import {
  overrun, readFloat, readInt32, readInt64, readLengthEnd, readText, readVarintNumber, WIRE_FIXED32, WIRE_FIXED64,
  WIRE_LENGTH, WIRE_VARINT, wireError, type WireState,
} from './wire.ts';

/** A message while its fields come in; keys are names of our own tables, never the file's. */
type Draft = { offset: number } & Record<string, unknown>;

/**
 * Decodes the bytes from `state.position` to `end` as one message. A singular message that occurs again is merged into
 * the first, a singular scalar is replaced, as protobuf wants it. Every byte is visited once; nesting is bounded.
 * Throws `format/truncated`, `format/malformed`, `format/unsupported` (unknown field) or `format/limit-exceeded`.
 */
export function decodeMessage<Name extends MessageName>(state: WireState, name: Name, end: number): Message<Name> {
  const draft: Draft = { offset: state.position };
  decodeInto(state, name, end, draft, 1);
  return draft as unknown as Message<Name>;
}

/** Field number and wire type of the tag at the current position. */
export function readTag(state: WireState, end: number, message: string): { readonly number: number; readonly wire: number } {
  const offset = state.position;
  const tag = readVarintNumber(state, end, `${message} tag`);
  // Tags are 32 bits; field numbers end at 2^29 − 1.
  if (tag > 0xffff_ffff || tag < 8) throw wireError('format/malformed', `${message} holds the impossible field tag ${tag}.`, offset, message);
  return { number: Math.floor(tag / 8), wire: tag % 8 };
}

function decodeInto(state: WireState, message: MessageName, end: number, draft: Draft, depth: number): void {
  if (depth > state.limits.depth) {
    throw wireError('format/limit-exceeded', `Messages are nested more than ${state.limits.depth} deep.`, state.position, message);
  }
  const table = TABLES.get(message);
  while (state.position < end) {
    const offset = state.position;
    const { number, wire } = readTag(state, end, message);
    const entry = table?.get(number);
    if (entry === undefined) {
      if (wire === 3 || wire === 4 || wire > 5) throw wireError('format/malformed', `${message} holds the wire type ${wire}, which ONNX never uses.`, offset, message);
      throw wireError('format/unsupported', `${message} holds the field ${number}, which no ONNX version up to IR 13 defines.`, offset, message);
    }
    decodeField(state, entry, wire, end, draft, depth);
    for (const other of entry.excludes) {
      if (draft[other] !== undefined) draft[other] = undefined;
    }
  }
}

function decodeField(state: WireState, entry: FieldEntry, wire: number, end: number, draft: Draft, depth: number): void {
  const field = entry.path;
  const nested = messageKind(entry);
  if (nested !== undefined) {
    expectWire(state, wire, WIRE_LENGTH, field);
    const stop = readLengthEnd(state, end, field);
    const known = draft[entry.name];
    if (!entry.repeated && known !== undefined) {
      decodeInto(state, nested, stop, known as Draft, depth + 1);
      return;
    }
    countMessage(state, field);
    const child: Draft = { offset: state.position };
    // Entered before it is filled: nothing reads a draft until the whole file has been decoded.
    put(draft, entry, child);
    decodeInto(state, nested, stop, child, depth + 1);
    return;
  }
  switch (entry.kind) {
    case 'name':
    case 'text':
      expectWire(state, wire, WIRE_LENGTH, field);
      countItem(state, field);
      put(draft, entry, readText(state, end, entry.kind === 'name' ? state.limits.nameBytes : state.limits.textBytes, field));
      return;
    case 'bytes': {
      expectWire(state, wire, WIRE_LENGTH, field);
      countMessage(state, field);
      const stop = readLengthEnd(state, end, field);
      put(draft, entry, { offset: state.position, length: stop - state.position });
      state.position = stop;
      return;
    }
    case 'int64':
      readNumbers(state, entry, wire, WIRE_VARINT, end, draft, readInt64, field);
      return;
    case 'int32':
      readNumbers(state, entry, wire, WIRE_VARINT, end, draft, readInt32, field);
      return;
    case 'float':
      readNumbers(state, entry, wire, WIRE_FIXED32, end, draft, readFloat, field);
      return;
    case 'floatRun':
      put(draft, entry, readRun(state, wire, WIRE_FIXED32, end, field));
      return;
    case 'doubleRun':
      put(draft, entry, readRun(state, wire, WIRE_FIXED64, end, field));
      return;
    default:
      put(draft, entry, readRun(state, wire, WIRE_VARINT, end, field));
  }
}

/** One number, or a packed list of them where the field is repeated; both forms of a list are legal. */
function readNumbers<Value>(
  state: WireState, entry: FieldEntry, wire: number, scalarWire: number, end: number, draft: Draft,
  read: (state: WireState, end: number, field: string) => Value, field: string,
): void {
  if (!entry.repeated || wire !== WIRE_LENGTH) {
    expectWire(state, wire, scalarWire, field);
    countItem(state, field);
    put(draft, entry, read(state, end, field));
    return;
  }
  const stop = readLengthEnd(state, end, field);
  while (state.position < stop) {
    countItem(state, field);
    put(draft, entry, read(state, stop, field));
  }
}

function readRun(state: WireState, wire: number, scalarWire: number, end: number, field: string): Run {
  countMessage(state, field);
  const width = scalarWire === WIRE_FIXED32 ? 4 : scalarWire === WIRE_FIXED64 ? 8 : 1;
  if (wire === WIRE_LENGTH) {
    const stop = readLengthEnd(state, end, field);
    if ((stop - state.position) % width !== 0) throw wireError('format/malformed', `${field} ends in the middle of a number.`, stop, field);
    const run = { offset: state.position, length: stop - state.position, wire: scalarWire };
    state.position = stop;
    return run;
  }
  expectWire(state, wire, scalarWire, field);
  const offset = state.position;
  if (scalarWire === WIRE_VARINT) {
    readInt64(state, end, field);
  } else {
    if (offset + width > end) throw overrun(state, width, end, field);
    state.position = offset + width;
  }
  return { offset, length: state.position - offset, wire: scalarWire };
}

function put(draft: Draft, entry: FieldEntry, value: unknown): void {
  if (!entry.repeated) {
    draft[entry.name] = value;
    return;
  }
  const list = draft[entry.name];
  if (Array.isArray(list)) list.push(value);
  else draft[entry.name] = [value];
}

function expectWire(state: WireState, actual: number, expected: number, field: string): void {
  if (actual !== expected) throw wireError('format/malformed', `${field} has the wire type ${actual} instead of ${expected}.`, state.position, field);
}

function countMessage(state: WireState, field: string): void {
  if (++state.messages > state.limits.messages) {
    throw wireError('format/limit-exceeded', `The file holds more than ${state.limits.messages} messages.`, state.position, field);
  }
}

function countItem(state: WireState, field: string): void {
  if (++state.items > state.limits.items) {
    throw wireError('format/limit-exceeded', `The file holds more than ${state.limits.items} scalars, strings and list elements.`, state.position, field);
  }
}
