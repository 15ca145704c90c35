import { Cursor } from '../../../artifacts/cursor.ts';
import { ArrayBuilder, DataType, KnownName, resolveName } from './known-names.ts';

/** A NumPy array of a pickle: its bytes in C order. */
export interface PickledArray {
  /** NumPy's code without the byte order: `u1`, `i8`, `f4`. */
  readonly dataType: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export type PickledValue = null | boolean | number | string | Uint8Array | PickledArray | readonly PickledValue[] | ReadonlyMap<string, PickledValue>;

type Slot = null | boolean | number | string | Uint8Array | Slot[] | Map<string, Slot> | ArrayBuilder | DataType | KnownName;

const MARK = Symbol('mark');

/** Instructions of one file: a batch has 10,000 labels with two each. */
const MAX_INSTRUCTIONS = 10_000_000;

/** A dictionary of lists has 2. */
const MAX_DEPTH = 8;

/**
 * The data in a pickle that holds dictionaries, lists, texts, numbers and NumPy arrays. Instructions are followed on a stack of
 * plain values: the four names that rebuild a NumPy array are recognized, any other name, call or instruction throws an Error.
 * Nothing is imported and nothing is called.
 */
export function readPickledData(bytes: Uint8Array): PickledValue {
  const cursor = new Cursor(bytes);
  const stack: (Slot | typeof MARK)[] = [];
  const memo = new Map<number, Slot>();
  const push = (value: Slot | typeof MARK): void => void stack.push(value);
  const pop = (): Slot => {
    const value = stack.pop();
    if (value === undefined || value === MARK) throw new Error('its stack is empty where a value is expected');
    return value;
  };
  const toMark = (): Slot[] => {
    const at = stack.lastIndexOf(MARK);
    if (at < 0) throw new Error('it closes a group that was not opened');
    return stack.splice(at).slice(1) as Slot[];
  };
  const top = (): Slot => {
    const value = pop();
    push(value);
    return value;
  };
  const put = (index: number): void => void memo.set(index, top());
  const get = (index: number): void => {
    const value = memo.get(index);
    if (value === undefined) throw new Error('it uses a value that was not kept');
    push(value);
  };
  const append = (items: readonly Slot[]): void => {
    const list = top();
    if (!Array.isArray(list)) throw new Error('it appends to what is no list');
    for (const item of items) list.push(item);
  };
  const set = (items: readonly Slot[]): void => {
    const map = top();
    if (!(map instanceof Map) || items.length % 2 !== 0) throw new Error('it sets members of what is no dictionary');
    for (let at = 0; at < items.length; at += 2) map.set(keyOf(items[at]), items[at + 1] ?? null);
  };

  for (let count = 0; count < MAX_INSTRUCTIONS; count += 1) {
    const code = cursor.u8();
    switch (String.fromCharCode(code)) {
      case '\x80': cursor.u8(); break;
      case '\x95': cursor.skip(8); break;
      case '(': push(MARK); break;
      case '}': push(new Map()); break;
      case ']': push([]); break;
      case ')': push([]); break;
      case 'N': push(null); break;
      case '\x88': push(true); break;
      case '\x89': push(false); break;
      case 'K': push(cursor.u8()); break;
      case 'M': push(cursor.u16le()); break;
      case 'J': push(cursor.i32le()); break;
      case '\x8a': push(longOf(cursor.bytes(cursor.u8()))); break;
      case 'G': push(cursor.f64be()); break;
      case 'U': push(latin1(cursor.bytes(cursor.u8()))); break;
      case 'T': push(latin1(cursor.bytes(cursor.u32le()))); break;
      case 'C': push(cursor.bytes(cursor.u8())); break;
      case 'B': push(cursor.bytes(cursor.u32le())); break;
      case '\x8e': push(cursor.bytes(cursor.size64le())); break;
      case '\x8c': push(cursor.text(cursor.u8())); break;
      case 'X': push(cursor.text(cursor.u32le())); break;
      case 'q': put(cursor.u8()); break;
      case 'r': put(cursor.u32le()); break;
      case '\x94': put(memo.size); break;
      case 'h': get(cursor.u8()); break;
      case 'j': get(cursor.u32le()); break;
      case 'a': { const item = pop(); append([item]); break; }
      case 'e': append(toMark()); break;
      case 's': { const value = pop(); const key = pop(); set([key, value]); break; }
      case 'u': set(toMark()); break;
      case 't': push(toMark()); break;
      case '\x85': push([pop()]); break;
      case '\x86': { const b = pop(); const a = pop(); push([a, b]); break; }
      case '\x87': { const c = pop(); const b = pop(); const a = pop(); push([a, b, c]); break; }
      case 'c': push(resolveName(lineOf(cursor), lineOf(cursor))); break;
      case '\x93': { const name = pop(); const module = pop(); push(resolveName(String(module), String(name))); break; }
      case 'R': { const given = pop(); push(call(pop(), given)); break; }
      case 'b': { const state = pop(); build(top(), state); break; }
      case '.': return valueOf(pop(), { left: MAX_INSTRUCTIONS });
      default: throw new Error(`instruction 0x${code.toString(16)} does more than hold data`);
    }
  }
  throw new Error('it has more instructions than any batch');
}

function call(callee: Slot, given: Slot): Slot {
  const values = Array.isArray(given) ? given : [];
  const name = callee instanceof KnownName ? callee.is : undefined;
  if (name === 'reconstruct') return new ArrayBuilder();
  if (name === 'dtype' && typeof values[0] === 'string') return new DataType(values[0]);
  // Python 3 writes bytes for old protocols as an encoded text.
  if (name === 'encode' && typeof values[0] === 'string') return Uint8Array.from(Buffer.from(values[0], 'latin1'));
  throw new Error('it calls something that makes no array');
}

function build(target: Slot, state: Slot): void {
  if (target instanceof DataType) return;
  if (!(target instanceof ArrayBuilder) || !Array.isArray(state)) throw new Error('it sets the state of what is no array');
  const [, shape, type, isFortran, content] = state;
  const bytes = typeof content === 'string' ? Uint8Array.from(Buffer.from(content, 'latin1')) : content;
  if (!Array.isArray(shape) || !(type instanceof DataType) || !(bytes instanceof Uint8Array) || isFortran === true) throw new Error('its array is of a form that is not read');
  const sizes = shape.map(Number);
  const elementBytes = Number(/^[<>|=]?[a-z](\d+)$/.exec(type.code)?.[1]);
  if (sizes.reduce((product, one) => product * one, elementBytes) !== bytes.byteLength) throw new Error('its array has not as many bytes as its shape needs');
  target.array = { dataType: type.code.replace(/^[<>|=]/, ''), shape: sizes, bytes };
}

/** What one instruction made can be referred to any number of times: what comes out is counted as well (CWE-776). */
function valueOf(slot: Slot, budget: { left: number }, depth = 0): PickledValue {
  budget.left -= 1;
  if (budget.left < 0 || depth > MAX_DEPTH) throw new Error('it holds more values than any batch, or deeper ones');
  const inner = (one: Slot): PickledValue => valueOf(one, budget, depth + 1);
  if (slot instanceof ArrayBuilder) {
    if (slot.array === undefined) throw new Error('its array has no content');
    return slot.array;
  }
  if (slot instanceof DataType || slot instanceof KnownName) throw new Error('it holds a name');
  if (Array.isArray(slot)) return slot.map(inner);
  if (slot instanceof Map) return new Map([...slot].map(([key, value]) => [key, inner(value)]));
  return slot;
}

function keyOf(slot: Slot | undefined): string {
  if (slot instanceof Uint8Array) return latin1(slot);
  if (typeof slot === 'string' || typeof slot === 'number') return String(slot);
  throw new Error('a key of its dictionary is no text');
}

function longOf(bytes: Uint8Array): number {
  let value = 0n;
  for (let at = bytes.length - 1; at >= 0; at -= 1) value = value * 256n + BigInt(bytes[at] ?? 0);
  const signed = BigInt.asIntN(bytes.length * 8 || 8, value);
  const number = Number(signed);
  if (!Number.isSafeInteger(number)) throw new Error('a number is too large');
  return number;
}

function lineOf(cursor: Cursor): string {
  let line = '';
  for (let code = cursor.u8(); code !== 0x0a; code = cursor.u8()) {
    line += String.fromCharCode(code);
    if (line.length > 200) throw new Error('a name is too long');
  }
  return line;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
