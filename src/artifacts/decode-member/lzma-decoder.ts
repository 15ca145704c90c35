import type { PackedInput } from './packed-input.ts';
import { damagedStream, endsEarly } from './packed-input.ts';

/**
 * The LZMA decoder after Pavlov's "LZMA specification" (LZMA SDK, DOC/lzma-specification.txt): a range coder whose bits are
 * predicted by adaptive probabilities, literals, matches, and four remembered distances. One object serves LZMA, whose
 * stream is one piece, and LZMA2, which resets it between chunks.
 */
export interface LzmaDecoder {
  /** Properties byte: literal context, literal position and position bits. Throws `format/malformed` for impossible ones. */
  setProperties(byte: number, offset: number): void;
  resetState(): void;
  resetDictionary(): void;
  /** Starts the range coder: five bytes of input. */
  begin(offset: number): void;
  /**
   * Unpacks until `count` bytes are out, the input that is ready runs low, or the end mark; returns how many came out.
   * They lie at the end of {@link drain}.
   */
  decode(count: number): number;
  /** Copies bytes as they are into the output (LZMA2's uncompressed chunks). */
  copy(bytes: Uint8Array): void;
  /** What came out since the last call, as copies. */
  drain(): Uint8Array[];
  readonly isAtEndMark: boolean;
  /** True when a well-formed stream can end here. */
  readonly isCoderEmpty: boolean;
}

/** One symbol takes at most 20 bytes of input; with fewer ready, more are fetched first. */
export const LZMA_INPUT_BYTES = 24;

const PROBABILITY_START = 1024;
const STATES = 12;
const POSITION_STATES = 16;
const LENGTH_STATES = 4;
const FULL_DISTANCES = 128;

interface LengthCoder {
  readonly choice: Uint16Array;
  readonly low: Uint16Array;
  readonly middle: Uint16Array;
  readonly high: Uint16Array;
}

export function lzmaDecoder(input: PackedInput, dictionaryBytes: number, offset: number): LzmaDecoder {
  const size = Math.max(4096, dictionaryBytes);
  const window = new Uint8Array(size);
  let [written, filled, drained] = [0, 0, 0];
  let [range, code] = [0, 0];
  let [contextBits, positionBits, positionMask] = [0, 0, 0];
  let [state, rep0, rep1, rep2, rep3] = [0, 0, 0, 0, 0];
  let [pending, pendingDistance] = [0, 0];
  let isAtEndMark = false;
  let ready: Uint8Array[] = [];

  const probabilities = (count: number): Uint16Array => new Uint16Array(count).fill(PROBABILITY_START);
  const isMatch = probabilities(STATES * POSITION_STATES);
  const isRep = probabilities(STATES);
  const isRepG0 = probabilities(STATES);
  const isRepG1 = probabilities(STATES);
  const isRepG2 = probabilities(STATES);
  const isRep0Long = probabilities(STATES * POSITION_STATES);
  const slots = probabilities(LENGTH_STATES * 64);
  const special = probabilities(1 + FULL_DISTANCES - 14);
  const align = probabilities(16);
  let literals = probabilities(0x300);
  const lengthCoder = (): LengthCoder => ({ choice: probabilities(2), low: probabilities(POSITION_STATES * 8), middle: probabilities(POSITION_STATES * 8), high: probabilities(256) });
  const [matchLength, repLength] = [lengthCoder(), lengthCoder()];

  const normalize = (): void => {
    if (range >= 0x100_0000) return;
    const byte = input.bytes[input.at];
    if (byte === undefined) throw endsEarly(offset + input.position);
    input.at += 1;
    range = (range << 8) >>> 0;
    code = ((code << 8) | byte) >>> 0;
  };
  const bit = (table: Uint16Array, at: number): number => {
    const probability = table[at] ?? 0;
    const bound = (range >>> 11) * probability;
    let value = 0;
    if (code < bound) {
      range = bound;
      table[at] = probability + ((2048 - probability) >>> 5);
    } else {
      range -= bound;
      code -= bound;
      table[at] = probability - (probability >>> 5);
      value = 1;
    }
    normalize();
    return value;
  };
  const tree = (table: Uint16Array, from: number, bits: number): number => {
    let node = 1;
    for (let count = 0; count < bits; count += 1) node = 2 * node + bit(table, from + node);
    return node - 2 ** bits;
  };
  const reverseTree = (table: Uint16Array, from: number, bits: number): number => {
    let [node, value] = [1, 0];
    for (let count = 0; count < bits; count += 1) {
      const one = bit(table, from + node);
      node = 2 * node + one;
      value += one * 2 ** count;
    }
    return value;
  };
  const directBits = (count: number): number => {
    let value = 0;
    for (let left = count; left > 0; left -= 1) {
      range >>>= 1;
      const isSet = code >= range;
      if (isSet) code -= range;
      value = value * 2 + (isSet ? 1 : 0);
      normalize();
    }
    return value;
  };
  const length = (coder: LengthCoder, positionState: number): number => {
    if (bit(coder.choice, 0) === 0) return 2 + tree(coder.low, positionState * 8, 3);
    if (bit(coder.choice, 1) === 0) return 10 + tree(coder.middle, positionState * 8, 3);
    return 18 + tree(coder.high, 0, 8);
  };
  const distance = (matched: number): number => {
    const slot = tree(slots, 64 * Math.min(matched - 2, LENGTH_STATES - 1), 6);
    if (slot < 4) return slot;
    const bits = (slot >>> 1) - 1;
    const base = (2 + (slot & 1)) * 2 ** bits;
    if (slot < 14) return base + reverseTree(special, base - slot, bits);
    return base + directBits(bits - 4) * 16 + reverseTree(align, 0, 4);
  };
  const flush = (): void => {
    if (drained < written) ready.push(window.slice(drained, written));
    drained = written;
  };
  const put = (byte: number): void => {
    window[written] = byte;
    written += 1;
    if (filled < size) filled += 1;
    if (written < size) return;
    flush();
    [written, drained] = [0, 0];
  };
  const byteAt = (back: number): number => window[back < written ? written - back - 1 : size + written - back - 1] ?? 0;
  let total = 0;

  const literal = (): void => {
    const previous = filled === 0 ? 0 : byteAt(0);
    const from = 0x300 * (((total & (2 ** positionBits - 1)) << contextBits) + (previous >>> (8 - contextBits)));
    let symbol = 1;
    if (state >= 7) {
      let matched = byteAt(rep0);
      while (symbol < 0x100) {
        const wanted = (matched >>> 7) & 1;
        matched <<= 1;
        const one = bit(literals, from + ((1 + wanted) << 8) + symbol);
        symbol = 2 * symbol + one;
        if (wanted !== one) break;
      }
    }
    while (symbol < 0x100) symbol = 2 * symbol + bit(literals, from + symbol);
    put(symbol & 0xff);
    total += 1;
    state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
  };

  /** Decodes what follows a bit that says "match"; sets `pending` and `pendingDistance`, or the end mark. */
  const match = (positionState: number): void => {
    if (bit(isRep, state) === 0) {
      [rep3, rep2, rep1] = [rep2, rep1, rep0];
      pending = length(matchLength, positionState);
      state = state < 7 ? 7 : 10;
      rep0 = distance(pending);
      if (rep0 === 0xffff_ffff) {
        isAtEndMark = true;
        pending = 0;
        return;
      }
    } else {
      if (filled === 0) throw damagedStream('it repeats what is not there', offset + input.position);
      if (bit(isRepG0, state) === 0) {
        if (bit(isRep0Long, state * POSITION_STATES + positionState) === 0) {
          state = state < 7 ? 9 : 11;
          [pending, pendingDistance] = [1, rep0];
          return;
        }
      } else {
        let chosen: number;
        if (bit(isRepG1, state) === 0) chosen = rep1;
        else {
          if (bit(isRepG2, state) === 0) chosen = rep2;
          else [chosen, rep3] = [rep3, rep2];
          rep2 = rep1;
        }
        [rep1, rep0] = [rep0, chosen];
      }
      pending = length(repLength, positionState);
      state = state < 7 ? 8 : 11;
    }
    pendingDistance = rep0;
  };

  const resetState = (): void => {
    [state, rep0, rep1, rep2, rep3, pending] = [0, 0, 0, 0, 0, 0];
    for (const table of [isMatch, isRep, isRepG0, isRepG1, isRepG2, isRep0Long, slots, special, align, literals]) table.fill(PROBABILITY_START);
    for (const coder of [matchLength, repLength]) for (const table of [coder.choice, coder.low, coder.middle, coder.high]) table.fill(PROBABILITY_START);
  };

  return {
    setProperties(byte, at) {
      if (byte >= 225) throw damagedStream('its properties are impossible', at);
      contextBits = byte % 9;
      positionBits = Math.floor(byte / 9) % 5;
      positionMask = 2 ** Math.floor(byte / 45) - 1;
      literals = probabilities(0x300 * 2 ** (contextBits + positionBits));
      resetState();
    },
    resetState,
    resetDictionary() {
      filled = 0;
      total = 0;
    },
    begin(at) {
      const start = input.bytes.subarray(input.at, input.at + 5);
      if (start.byteLength < 5) throw endsEarly(at);
      if (start[0] !== 0) throw damagedStream('the range coder does not start with zero', at);
      input.at += 5;
      range = 0xffff_ffff;
      code = new DataView(start.buffer, start.byteOffset, 5).getUint32(1, false);
    },
    decode(count) {
      let done = 0;
      while (done < count && !isAtEndMark) {
        if (pending === 0) {
          if (!input.isLast && input.bytes.byteLength - input.at < LZMA_INPUT_BYTES) break;
          const positionState = total & positionMask;
          if (bit(isMatch, state * POSITION_STATES + positionState) === 0) {
            literal();
            done += 1;
            continue;
          }
          match(positionState);
          if (isAtEndMark) break;
          if (pendingDistance >= filled) throw damagedStream('it repeats what is not there', offset + input.position);
        }
        const copied = Math.min(pending, count - done);
        for (let left = copied; left > 0; left -= 1) put(byteAt(pendingDistance));
        pending -= copied;
        done += copied;
        total += copied;
      }
      return done;
    },
    copy(bytes) {
      for (const byte of bytes) put(byte);
      total += bytes.byteLength;
    },
    drain() {
      flush();
      const pieces = ready;
      ready = [];
      return pieces;
    },
    get isAtEndMark() {
      return isAtEndMark;
    },
    get isCoderEmpty() {
      return code === 0 && pending === 0;
    },
  };
}
