import { GateError } from '../errors.ts';
import { MAX_VARINT_BYTES } from './limits.ts';

export interface CursorOptions {
  /** Offset of the first byte in the artifact, so that errors name places in the file. Default 0. */
  readonly offset?: number;
  /** What errors call the artifact. */
  readonly artifact?: string;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads untrusted bytes front to back. Nothing here returns less than was asked for: reading past the end throws
 * `format/truncated`, a value that cannot be `format/malformed`, both with the absolute offset in the artifact.
 */
export class Cursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #base: number;
  readonly #artifact: string | undefined;
  #at = 0;

  constructor(bytes: Uint8Array, options: CursorOptions = {}) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#base = options.offset ?? 0;
    this.#artifact = options.artifact;
  }

  /** Absolute offset of the next byte. */
  get position(): number {
    return this.#base + this.#at;
  }

  /** Bytes left. */
  get remaining(): number {
    return this.#bytes.byteLength - this.#at;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.byteLength;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  i8(): number {
    return this.#view.getInt8(this.#take(1));
  }

  u16le(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u16be(): number {
    return this.#view.getUint16(this.#take(2), false);
  }

  u32le(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  u32be(): number {
    return this.#view.getUint32(this.#take(4), false);
  }

  i32le(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  i32be(): number {
    return this.#view.getInt32(this.#take(4), false);
  }

  u64le(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  u64be(): bigint {
    return this.#view.getBigUint64(this.#take(8), false);
  }

  i64le(): bigint {
    return this.#view.getBigInt64(this.#take(8), true);
  }

  i64be(): bigint {
    return this.#view.getBigInt64(this.#take(8), false);
  }

  f32le(): number {
    return this.#view.getFloat32(this.#take(4), true);
  }

  f32be(): number {
    return this.#view.getFloat32(this.#take(4), false);
  }

  f64le(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  f64be(): number {
    return this.#view.getFloat64(this.#take(8), false);
  }

  /** A 64-bit length, size or offset as a number; `format/malformed` from 2^53 on, where numbers stop being exact. */
  size64le(): number {
    const from = this.position;
    return this.#exact(this.u64le(), from);
  }

  size64be(): number {
    const from = this.position;
    return this.#exact(this.u64be(), from);
  }

  /**
   * An unsigned base-128 varint of at most 64 bits (Protocol Buffers, LEB128). A tenth byte above 1 would lose bits and
   * is malformed; readers differ on it, and we refuse to guess.
   */
  varint(): bigint {
    const from = this.#at;
    // The low 49 bits as a number: most varints are short, and BigInt arithmetic is slow.
    let low = 0;
    for (let index = 0; index < 7; index += 1) {
      const byte = this.#varintByte(from);
      low += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return BigInt(low);
    }
    let high = 0;
    for (let index = 7; index < MAX_VARINT_BYTES; index += 1) {
      const byte = this.#varintByte(from);
      if (index === MAX_VARINT_BYTES - 1 && byte > 1) {
        throw this.malformed('A varint is longer than 64 bits.', this.#base + from);
      }
      high += (byte & 0x7f) * 2 ** (7 * (index - 7));
      if (byte < 0x80) break;
    }
    return (BigInt(high) << 49n) | BigInt(low);
  }

  /** A varint as a number; `format/malformed` from 2^53 on. For lengths, tags and counts. */
  varintSize(): number {
    const from = this.#at;
    let value = 0;
    for (let index = 0; index < 7; index += 1) {
      const byte = this.#varintByte(from);
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return value;
    }
    this.#at = from;
    return this.#exact(this.varint(), this.#base + from);
  }

  /** The next `length` bytes as a view into the artifact's bytes; callers must not write into it. */
  bytes(length: number): Uint8Array {
    const from = this.#take(length);
    return this.#bytes.subarray(from, from + length);
  }

  /** Everything left, as a view. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  /** The next `length` bytes as UTF-8; invalid UTF-8 is `format/malformed`. A byte order mark is kept. */
  text(length: number): string {
    const from = this.position;
    const bytes = this.bytes(length);
    try {
      return strictUtf8.decode(bytes);
    } catch {
      throw this.malformed(`A text of ${length} bytes is not valid UTF-8.`, from);
    }
  }

  /** The next byte without taking it; undefined at the end. */
  peek(): number | undefined {
    return this.#bytes[this.#at];
  }

  skip(length: number): void {
    this.#take(length);
  }

  /** A cursor over the next `length` bytes, which this one steps over. The two share bytes and absolute offsets. */
  sub(length: number): Cursor {
    const offset = this.position;
    return new Cursor(this.bytes(length), { offset, ...(this.#artifact === undefined ? {} : { artifact: this.#artifact }) });
  }

  /** An error to throw about what was read; the place defaults to the next byte. */
  malformed(message: string, offset: number = this.position): GateError {
    return this.#error('format/malformed', message, offset);
  }

  #varintByte(from: number): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) {
      throw this.#error('format/truncated', 'The file ends inside a varint.', this.#base + from);
    }
    this.#at += 1;
    return byte;
  }

  #take(length: number): number {
    if (!Number.isSafeInteger(length) || length < 0) throw this.malformed(`${length} is not a length.`);
    if (length > this.remaining) {
      throw this.#error(
        'format/truncated',
        `${length} ${length === 1 ? 'byte is' : 'bytes are'} expected, but only ${this.remaining} are left.`,
        this.position,
      );
    }
    const from = this.#at;
    this.#at += length;
    return from;
  }

  #exact(value: bigint, offset: number): number {
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.malformed(`${value} is not a possible length or offset.`, offset);
    return Number(value);
  }

  #error(code: 'format/truncated' | 'format/malformed', message: string, offset: number): GateError {
    const artifact = this.#artifact === undefined ? {} : { artifact: this.#artifact };
    return new GateError({ code, message: `${message} (offset ${offset})`, where: { ...artifact, offset } });
  }
}
