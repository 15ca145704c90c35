import { extractBytes, highBitMasks, layoutsOf, skipsOf, type BitLayout } from './bit-layout.ts';
import { longestText } from './longest-text.ts';

/**
 * Weights in a group. In each of its eight columns (index modulo 8) lie 16 weights, so a bit of ordinary weights is zero in
 * a whole column once in 65,536 times, and where text hides, always.
 */
const GROUP = 128;

/** Weights kept in front of a group and behind it, so that a text is read from its beginning: 128 bytes at one bit a weight. */
const MARGIN = 1024;

/** Weights looked at in one go; with the margins some 150 kB, which the processor's second cache holds. */
const BATCH = 32_768;

/** Weights of a piece with which every group before them, and the margin behind it, is whole: the next group has its margins in the piece. */
const SEAM = 2 * MARGIN + GROUP;

/** In shorter pieces most would be copied all the same. */
const LEAST_IN_PLACE = 8 * SEAM;

/** A group of more zeros is a pruned or padded one: what few weights it has say nothing about its columns. */
const MAX_ZERO_SHARE = 0.5;

/** Repeating numbers (quantised ones, tables) repeat their low bits as well; a run of them must be this much longer to count. */
const REPEATING_FACTOR = 16;

/** A model has a few precisions, tensor by tensor or row by row; past this many changes nothing is said about them (CWE-770). */
const MAX_STRETCHES = 65_536;

/** Texts reported a screen; the first few say it all, and a megabyte of text would otherwise be read again and again. */
const MAX_TEXTS = 4;

export interface LowBitText {
  readonly layout: BitLayout;
  /** Weight of the stream at which the text begins, counted from the first ever pushed. */
  readonly weight: number;
  readonly length: number;
  readonly text: string;
}

/** A stretch of the stream whose weights all end in eight zero bits, as those do that were half floats once, or all do not. */
export interface PrecisionStretch {
  readonly from: number;
  readonly isCoarse: boolean;
}

/** Weights as their bits; those of 32 bits signed, as the screen keeps them. */
type Words = Int32Array | Uint16Array | Uint8Array;

export interface LowBitScreen {
  /** The next weights. They are not written to, and not looked at later. */
  push(words: Words): void;
  /** Looks at what is left, and says what was found. Stretches are undefined where there are too many of them to mean anything. */
  finish(): { readonly texts: readonly LowBitText[]; readonly stretches: readonly PrecisionStretch[] | undefined };
}

interface Hypothesis {
  readonly layout: BitLayout;
  readonly skip: number;
  readonly masks: Int32Array;
}

/**
 * Searches a stream of weights of one width for text in their `mostBits` low bits, wherever it begins and however many bits
 * a weight carries; and in all of their bytes, up to `wordBits`. Groups are passed over with one OR a weight; only where a bit that could be the highest of a text's bytes is
 * zero throughout, bytes are put together and looked at.
 */
export function lowBitScreen(mostBits: number, wordBits: number, minimumText: number): LowBitScreen {
  const hypotheses = layoutsOf(mostBits, wordBits).flatMap((layout): readonly Hypothesis[] => skipsOf(layout).map((skip) => ({ layout, skip, masks: highBitMasks(layout, skip) })));
  const planes = 2 ** mostBits - 1;
  // Signed, because numbers from 2^31 on are no small integers to the engine.
  const buffer = new Int32Array(BATCH + 2 * MARGIN);
  /** What is looked at, the buffer or a piece where it lies, and how many weights are there; the group to be looked at next, and the index in the stream of the first weight. */
  let view: Int32Array = buffer;
  let [filled, next, first] = [0, 0, 0];
  const found: LowBitText[] = [];
  /** Of the group that was noted last: the OR of each column, of all, and what all columns have in common. */
  const columns = new Int32Array(10);
  let isCoarse = false;
  const stretches: PrecisionStretch[] = [{ from: 0, isCoarse: false }];

  /** One batch of groups up to `end`; columns that speak for text are looked into. */
  const passOver = (end: number): void => {
    while (next + GROUP <= end) {
      next = nextOfNote(view, next, end, planes, isCoarse ? 0 : 0xff, columns);
      if (next + GROUP > end) return;
      const any = columns[ANY] as number;
      if (any !== 0 && stretches.length <= MAX_STRETCHES && isCoarse !== ((any & 0xff) === 0)) {
        isCoarse = (any & 0xff) === 0;
        stretches.push({ from: first + next, isCoarse });
      }
      if (found.length < MAX_TEXTS && isStriped(any, columns[EVERY] as number, planes)) lookInto();
      next += GROUP;
    }
  };

  const lookInto = (): void => {
    let zeros = 0;
    for (let at = next; at < next + GROUP; at += 1) if ((view[at] as number) === 0) zeros += 1;
    if (zeros > MAX_ZERO_SHARE * GROUP) return;
    // Several layouts may read a text (every other character of one in 16 bits, with 8): the one that reads most is meant.
    let best: LowBitText | undefined;
    for (const { layout, skip, masks } of hypotheses) {
      if (!mayHoldText(columns, masks, layout.bits)) continue;
      // Back to a weight of column 0, where `skip` is counted from.
      const from = Math.max(0, next - MARGIN);
      const count = Math.min(filled, next + MARGIN) - from;
      const run = longestText(extractBytes(view, from, count, layout, skip), minimumText);
      if (run === undefined || run.length <= (best?.length ?? 0)) continue;
      const weight = from + Math.floor((run.start * 8 + skip) / layout.bits);
      const weights = Math.ceil((run.length * 8) / layout.bits);
      if (isRepeating(view.subarray(weight, weight + weights)) && run.length < REPEATING_FACTOR * minimumText) continue;
      best = { layout, weight: first + weight, length: run.length, text: run.text };
    }
    if (best === undefined) return;
    const known = found.at(-1);
    const isContinued = known?.layout === best.layout && best.weight - known.weight < (known.length * 8) / known.layout.bits + MARGIN;
    if (known !== undefined && isContinued) found[found.length - 1] = { ...known, length: Math.floor(((best.weight - known.weight) * best.layout.bits) / 8) + best.length };
    else found.push(best);
  };

  /** Looks at the buffer and keeps what stands from the margin in front of the next group on; a multiple of 8 as a rule, so that columns stay what they are. */
  const passOverBuffer = (): void => {
    passOver(filled - MARGIN);
    const kept = Math.max(0, next - MARGIN);
    buffer.copyWithin(0, kept, filled);
    [filled, next, first] = [filled - kept, next - kept, first + kept];
  };

  const append = (words: Words): void => {
    for (let at = 0; at < words.length; ) {
      const count = Math.min(words.length - at, buffer.length - filled);
      buffer.set(words.subarray(at, at + count), filled);
      filled += count;
      at += count;
      if (filled === buffer.length) passOverBuffer();
    }
  };

  return {
    push(words) {
      if (!(words instanceof Int32Array) || words.length < LEAST_IN_PLACE) return append(words);
      // What the groups at the piece's edges need of both sides is copied together; all others are looked at where they are.
      const start = first + filled;
      append(words.subarray(0, SEAM));
      passOverBuffer();
      const inPiece = first + next - start;
      [view, filled, next, first] = [words, words.length, inPiece, start];
      passOver(filled - MARGIN);
      view = buffer;
      const kept = next - MARGIN;
      buffer.set(words.subarray(kept), 0);
      [filled, next, first] = [words.length - kept, MARGIN, start + kept];
    },
    finish() {
      passOver(filled);
      // The rest is shorter than a group: filled up with its own weights, whose text would be found again.
      const rest = filled - next;
      if (rest >= 8 && filled >= GROUP) {
        next = Math.max(0, filled - GROUP - (filled % 8));
        passOver(next + GROUP);
      }
      return { texts: found, stretches: stretches.length > MAX_STRETCHES ? undefined : stretches };
    },
  };
}

/** Places behind the eight columns. */
const ANY = 8;
const EVERY = 9;

/** A bit that is zero in some columns only, or the highest of a byte whose other bits are not all zero (8, 16, 24, 32 bits a weight). */
function isStriped(any: number, every: number, planes: number): boolean {
  return (any & ~every & planes) !== 0 || ((any & 0x80) === 0 && (any & 0x7f) !== 0);
}

/**
 * Whether every bit that would be the highest of a byte is zero, and few others are: of a byte's seven other bits, two may be
 * zero in all bytes of a text of few kinds of characters (digits have one). Where more are, it is the weights that have them
 * in common.
 */
function mayHoldText(columns: Int32Array, masks: Int32Array, bits: number): boolean {
  // All masks first: they say no to nearly every layout, and to count bits takes longer.
  for (let column = 0; column < 8; column += 1) if (((columns[column] as number) & (masks[column] as number)) !== 0) return false;
  const low = bits === 32 ? -1 : 2 ** bits - 1;
  let [others, zeros] = [0, 0];
  for (let column = 0; column < 8; column += 1) {
    const seen = columns[column] as number;
    const mask = masks[column] as number;
    others += bitCount(low & ~mask);
    zeros += bitCount(low & ~mask & ~seen);
  }
  return zeros * 7 <= others * 2;
}

/** Ones of a 32-bit number (Warren, Hacker's Delight, 5-1). */
function bitCount(word: number): number {
  let count = word - ((word >>> 1) & 0x5555_5555);
  count = (count & 0x3333_3333) + ((count >>> 2) & 0x3333_3333);
  return Math.imul((count + (count >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

/**
 * The first group from `at` on that is striped or of another precision than before (`expected`: bits of the lowest byte that
 * are not all zero), with its columns; past `end` when there is none. Apart from the rest because every weight passes here.
 */
function nextOfNote(buffer: Int32Array, at: number, end: number, planes: number, expected: number, columns: Int32Array): number {
  let group = at;
  for (; group + GROUP <= end; group += GROUP) {
    let a = buffer[group] as number;
    let b = buffer[group + 1] as number;
    let c = buffer[group + 2] as number;
    let d = buffer[group + 3] as number;
    let e = buffer[group + 4] as number;
    let f = buffer[group + 5] as number;
    let g = buffer[group + 6] as number;
    let h = buffer[group + 7] as number;
    for (let index = group + 8; index < group + GROUP; index += 8) {
      a |= buffer[index] as number;
      b |= buffer[index + 1] as number;
      c |= buffer[index + 2] as number;
      d |= buffer[index + 3] as number;
      e |= buffer[index + 4] as number;
      f |= buffer[index + 5] as number;
      g |= buffer[index + 6] as number;
      h |= buffer[index + 7] as number;
    }
    const any = a | b | c | d | e | f | g | h;
    const every = a & b & c & d & e & f & g & h;
    if (((any & 0xff) === 0) === (expected === 0) && !isStriped(any, every, planes)) continue;
    columns[0] = a;
    columns[1] = b;
    columns[2] = c;
    columns[3] = d;
    columns[4] = e;
    columns[5] = f;
    columns[6] = g;
    columns[7] = h;
    columns[ANY] = any;
    columns[EVERY] = every;
    return group;
  }
  return group;
}

/** Less than three quarters of the weights are different ones. */
function isRepeating(words: Int32Array): boolean {
  return new Set(words).size < 0.75 * words.length;
}
