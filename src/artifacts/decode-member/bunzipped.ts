import type { ByteSource } from '../byte-source.ts';
import { damagedStream, endsEarly, packedInput, type PackedInput } from './packed-input.ts';
import type { Notice, Unpacked } from './unpacked.ts';

/**
 * Bzip2, after the format description of Tsai (2016, "BZIP2: Format Specification", sections 2.2 to 2.4) and the original
 * program's limits. A stream is blocks of at most 900,000 bytes, each decoded as a whole; streams one after the other are
 * one content. Bits of the packed bytes are read from the high end.
 */
export async function* bunzipped(source: ByteSource, offset: number, length: number, notice: Notice): Unpacked {
  const input = packedInput(source, offset, length);
  let done = 0;
  for (;;) {
    await input.fill(4);
    const start = input.at;
    const { bytes } = input;
    const level = (bytes[start + 3] ?? 0) - 0x30;
    if (bytes[start] !== 0x42 || bytes[start + 1] !== 0x5a || bytes[start + 2] !== 0x68 || level < 1 || level > 9 || bytes.byteLength - start < 4) {
      if (done === 0) throw damagedStream('it begins with no bzip2 header', offset);
      return done;
    }
    input.at += 4;
    yield* readStream(input, level * 100_000, offset, notice);
    done = input.position;
    if (input.isLast && input.at === input.bytes.byteLength) return done;
  }
}

/** The most packed bytes that one block can take: 18,002 selectors, tables, and 900,050 codes of at most 20 bits. */
const MAX_PACKED_BLOCK_BYTES = 2_400_000;
const BLOCK_MAGIC = 0x314159265359;
const END_MAGIC = 0x177245385090;
const GROUP_CODES = 50;
const MAX_CODE_BITS = 20;
const MAX_SELECTORS = 32_768;

async function* readStream(input: PackedInput, maxBlock: number, offset: number, notice: Notice): AsyncGenerator<Uint8Array, void, undefined> {
  const bits = bitReader(input, offset);
  const links = new Uint32Array(maxBlock);
  let combined = 0;
  for (;;) {
    await bits.refill();
    const magic = bits.read(24) * 2 ** 24 + bits.read(24);
    const stated = (bits.read(16) * 2 ** 16 + bits.read(16)) >>> 0;
    if (magic === END_MAGIC) {
      if (stated !== combined >>> 0) notice({ kind: 'bad-checksum', offset: offset + input.position, detail: 'The checksum of the whole stream is wrong.' });
      bits.align();
      return;
    }
    if (magic !== BLOCK_MAGIC) throw damagedStream('a block does not begin where it should', offset + input.position);
    const { count, origin } = readBlock(bits, links, maxBlock);
    const content = undoTransform(links, count, origin);
    const checksum = bzipChecksum(content);
    if (checksum !== stated) notice({ kind: 'bad-checksum', offset: offset + input.position, detail: 'The checksum of a block is wrong.' });
    combined = ((combined << 1) | (combined >>> 31)) ^ checksum;
    yield content;
  }
}

interface BitReader {
  /** At most 24 bits. */
  read(count: number): number;
  refill(): Promise<void>;
  /** Goes to the next whole byte and gives the unused ones back to the input. */
  align(): void;
  fail(what: string): Error;
}

function bitReader(input: PackedInput, offset: number): BitReader {
  let [buffer, held] = [0, 0];
  return {
    read(count) {
      while (held < count) {
        const byte = input.bytes[input.at];
        if (byte === undefined) throw endsEarly(offset + input.position);
        input.at += 1;
        buffer = ((buffer << 8) | byte) >>> 0;
        held += 8;
      }
      held -= count;
      const value = (buffer >>> held) & (2 ** count - 1);
      buffer &= 2 ** held - 1;
      return value;
    },
    refill: () => input.fill(MAX_PACKED_BLOCK_BYTES),
    align() {
      input.at -= held >>> 3;
      [buffer, held] = [0, 0];
    },
    fail: (what) => damagedStream(what, offset + input.position),
  };
}

/** The bytes of a block before the Burrows-Wheeler transform is undone, in the low bits of `links`. */
function readBlock(bits: BitReader, links: Uint32Array, maxBlock: number): { count: number; origin: number } {
  if (bits.read(1) !== 0) throw bits.fail('it is randomized, which no program has written since 1998');
  const origin = bits.read(24);
  const symbols = usedSymbols(bits);
  const alphabet = symbols.length + 2;
  const tableCount = bits.read(3);
  const selectorCount = bits.read(15);
  if (tableCount < 2 || tableCount > 6 || selectorCount < 1 || symbols.length === 0) throw bits.fail('a block’s header is impossible');
  const selectors = readSelectors(bits, selectorCount, tableCount);
  const tables = Array.from({ length: tableCount }, () => readTable(bits, alphabet));

  const recent = Uint8Array.from(symbols);
  const endOfBlock = alphabet - 1;
  let [count, group, left, run, weight] = [0, -1, 0, 0, 1];
  let table = tables[0];
  for (;;) {
    if (left === 0) {
      group += 1;
      table = tables[selectors[group] ?? -1];
      if (group >= selectorCount || table === undefined) throw bits.fail('a block has more codes than it announces');
      left = GROUP_CODES;
    }
    left -= 1;
    const symbol = readCode(bits, table as CodeTable);
    if (symbol <= 1) {
      run += weight << symbol;
      weight *= 2;
      if (run > maxBlock) throw bits.fail('a run is longer than a block');
      continue;
    }
    if (run > 0) {
      if (run > maxBlock - count) throw bits.fail('a block is longer than its stream allows');
      links.fill(recent[0] ?? 0, count, count + run);
      count += run;
      [run, weight] = [0, 1];
    }
    if (symbol === endOfBlock) break;
    if (count >= maxBlock) throw bits.fail('a block is longer than its stream allows');
    const place = symbol - 1;
    const byte = recent[place] ?? 0;
    recent.copyWithin(1, 0, place);
    recent[0] = byte;
    links[count] = byte;
    count += 1;
  }
  if (origin >= count) throw bits.fail('a block’s origin lies outside of it');
  return { count, origin };
}

function usedSymbols(bits: BitReader): number[] {
  const rows = bits.read(16);
  const symbols: number[] = [];
  for (let row = 0; row < 16; row += 1) {
    if ((rows & (0x8000 >> row)) === 0) continue;
    const columns = bits.read(16);
    for (let column = 0; column < 16; column += 1) if ((columns & (0x8000 >> column)) !== 0) symbols.push(16 * row + column);
  }
  return symbols;
}

function readSelectors(bits: BitReader, count: number, tableCount: number): Uint8Array {
  const recent = Uint8Array.from({ length: tableCount }, (_, index) => index);
  const selectors = new Uint8Array(Math.min(count, MAX_SELECTORS));
  for (let index = 0; index < count; index += 1) {
    let place = 0;
    while (bits.read(1) === 1) {
      place += 1;
      if (place >= tableCount) throw bits.fail('a selector names no table');
    }
    const table = recent[place] ?? 0;
    recent.copyWithin(1, 0, place);
    recent[0] = table;
    selectors[index] = table;
  }
  return selectors;
}

/** Canonical Huffman codes: for each length, the largest code and what to subtract to find its symbol. */
interface CodeTable {
  readonly shortest: number;
  readonly longest: number;
  readonly limits: Int32Array;
  readonly bases: Int32Array;
  readonly symbols: Uint16Array;
}

function readTable(bits: BitReader, alphabet: number): CodeTable {
  const lengths = new Uint8Array(alphabet);
  let length = bits.read(5);
  for (let symbol = 0; symbol < alphabet; symbol += 1) {
    for (;;) {
      if (length < 1 || length > MAX_CODE_BITS) throw bits.fail('a code has an impossible length');
      if (bits.read(1) === 0) break;
      length += bits.read(1) === 0 ? 1 : -1;
    }
    lengths[symbol] = length;
  }
  const [shortest, longest] = [Math.min(...lengths), Math.max(...lengths)];
  const limits = new Int32Array(MAX_CODE_BITS + 2).fill(-1);
  const bases = new Int32Array(MAX_CODE_BITS + 2);
  const symbols = new Uint16Array(alphabet);
  let [code, next] = [0, 0];
  for (let bitCount = shortest; bitCount <= longest; bitCount += 1) {
    bases[bitCount] = code - next;
    for (let symbol = 0; symbol < alphabet; symbol += 1) {
      if (lengths[symbol] !== bitCount) continue;
      symbols[next] = symbol;
      next += 1;
      code += 1;
    }
    limits[bitCount] = code - 1;
    code *= 2;
  }
  return { shortest, longest, limits, bases, symbols };
}

function readCode(bits: BitReader, { shortest, longest, limits, bases, symbols }: CodeTable): number {
  let code = bits.read(shortest);
  for (let length = shortest; length <= longest; length += 1) {
    if (code <= (limits[length] ?? -1)) {
      const symbol = symbols[code - (bases[length] ?? 0)];
      if (symbol === undefined) break;
      return symbol;
    }
    code = code * 2 + bits.read(1);
  }
  throw bits.fail('a code stands for nothing');
}

/** Undoes the Burrows-Wheeler transform and then the first run-length step (four equal bytes, then a count). */
function undoTransform(links: Uint32Array, count: number, origin: number): Uint8Array {
  const starts = new Uint32Array(257);
  for (let at = 0; at < count; at += 1) starts[((links[at] ?? 0) & 0xff) + 1] = (starts[((links[at] ?? 0) & 0xff) + 1] ?? 0) + 1;
  for (let byte = 0; byte < 256; byte += 1) starts[byte + 1] = (starts[byte + 1] ?? 0) + (starts[byte] ?? 0);
  for (let at = 0; at < count; at += 1) {
    const byte = (links[at] ?? 0) & 0xff;
    const place = starts[byte] ?? 0;
    starts[byte] = place + 1;
    links[place] = ((links[place] ?? 0) & 0xff) | (at << 8);
  }
  let out = new Uint8Array(Math.max(count, 16));
  let [size, equal, last] = [0, 0, -1];
  let link = links[origin] ?? 0;
  const write = (byte: number, times: number): void => {
    if (size + times > out.byteLength) {
      const grown = new Uint8Array(2 * out.byteLength + times);
      grown.set(out.subarray(0, size));
      out = grown;
    }
    out.fill(byte, size, size + times);
    size += times;
  };
  for (let at = 0; at < count; at += 1) {
    link = links[link >>> 8] ?? 0;
    const byte = link & 0xff;
    if (equal === 4) {
      write(last, byte);
      equal = 0;
      last = -1;
      continue;
    }
    equal = byte === last ? equal + 1 : 1;
    last = byte;
    write(byte, 1);
  }
  return out.subarray(0, size);
}

/** CRC-32 with the bits of each byte from the high end, as bzip2 has it. */
const CHECKSUMS = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit += 1) value = (value & 0x8000_0000) !== 0 ? (value << 1) ^ 0x04c1_1db7 : value << 1;
  return value >>> 0;
});

function bzipChecksum(bytes: Uint8Array): number {
  let value = 0xffff_ffff;
  for (const byte of bytes) value = (value << 8) ^ (CHECKSUMS[(value >>> 24) ^ byte] ?? 0);
  return ~value >>> 0;
}
