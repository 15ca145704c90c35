import type { RandomSource } from '../../statistics/random.ts';
import type { TensorInfo } from '../../model/facets.ts';
import type { BitLayout } from './bit-layout.ts';
import type { Finding } from './finding.ts';
import { HEAD_WEIGHTS, hiddenFile } from './hidden-file.ts';
import { lowBitScreen, type LowBitScreen, type PrecisionStretch } from './low-bit-screen.ts';
import { orderedLowBits, SAMPLE_WEIGHTS } from './ordered-low-bits.ts';

export interface StreamLimits {
  /** Characters of text in a row. */
  readonly textLength: number;
  /** How much better bits compress in order than shuffled; 1 is not at all. */
  readonly orderGain: number;
}

/** How the weights of one type are looked at. */
interface WordKind {
  /** Low bits that may carry a payload without much harm to the model: mantissas, and half of an integer of 8 bits. */
  readonly mostBits: number;
  readonly wordBits: number;
  /** Whether whole bytes may be text: an int8 tensor may hold a vocabulary, and nobody means harm. */
  readonly isTextOdd: boolean;
}

/** Mantissa bits: float32 23, float64 52 (its lower word is looked at), float16 10, bfloat16 7. */
const KINDS: Readonly<Record<string, WordKind>> = {
  float: { mostBits: 16, wordBits: 32, isTextOdd: true },
  double: { mostBits: 16, wordBits: 32, isTextOdd: true },
  float16: { mostBits: 8, wordBits: 16, isTextOdd: true },
  bfloat16: { mostBits: 6, wordBits: 16, isTextOdd: true },
  int8: { mostBits: 4, wordBits: 8, isTextOdd: false },
  uint8: { mostBits: 4, wordBits: 8, isTextOdd: false },
};

/** Everything else is looked at as bytes, and only where it begins. */
const BYTES: WordKind = { mostBits: 0, wordBits: 8, isTextOdd: false };

/** Samples a tensor in which the order of low bits is looked for, at its beginning and its end. */
const ORDER_SAMPLES = 2;

/** Samples a model; a model with more large tensors is looked at in the first ones of them, and the docs say so. */
const MAX_ORDER_SAMPLES = 256;

/** Rows must be this long for a break inside one to be told from a break between two: four groups of the screen. */
const MINIMUM_ROW = 512;

/** Weights by which the screen's groups blur a place. */
const BLUR = 128;

/** Beginnings of tensors that wait for more weights: a file of a million empty tensors would keep all of them (CWE-770). */
const MAX_OPEN_HEADS = 64;

interface Head {
  readonly tensor: string;
  readonly words: Int32Array;
  filled: number;
}

interface Stream {
  readonly kind: WordKind;
  readonly screen: LowBitScreen | undefined;
  /** Where in the stream each tensor begins. */
  readonly parts: { readonly tensor: string; readonly from: number; readonly count: number; readonly rowSize: number }[];
  heads: Head[];
  weights: number;
}

export interface WeightStreams {
  /** A tensor begins. */
  begin(info: TensorInfo, count: number): void;
  /** Its next elements, as they are stored. */
  push(bytes: Uint8Array): void;
  /** `repetitive`: tensors of which too few values differ to say where their precision changes. */
  finish(repetitive: ReadonlySet<string>): readonly Finding[];
}

/**
 * The bits of all weights, type by type, as whoever hides a payload in them sees them: one tensor behind the other. Looks
 * for the beginning of a file at each tensor's beginning, for text anywhere, and for bits whose order means something.
 */
export function weightStreams(limits: StreamLimits, random: (label: string) => RandomSource): WeightStreams {
  const streams = new Map<string, Stream>();
  const findings: Finding[] = [];
  let [current, type]: [Stream | undefined, string] = [undefined, ''];
  let sampling: { starts: readonly number[]; samples: Int32Array[]; at: number; tensor: string } | undefined;
  let samplesLeft = MAX_ORDER_SAMPLES;

  const closeHead = ({ tensor, words, filled }: Head, { mostBits, wordBits }: WordKind): void => {
    const found = hiddenFile(words.subarray(0, filled), mostBits, wordBits);
    if (found === undefined) return;
    findings.push({ message: 'hidden-file', exceedance: 4, data: { tensor, what: found.what, ...layoutData(found.layout), after: found.after }, location: { tensor } });
  };

  const closeSampling = (): void => {
    if (sampling === undefined || current === undefined) return;
    const { tensor, starts, samples } = sampling;
    for (const [index, words] of samples.entries()) {
      const found = orderedLowBits(words, current.kind.mostBits, random(`shuffle/${tensor}/${index}`));
      if (found === undefined) continue;
      findings.push({ message: 'ordered-low-bits', exceedance: (found.gain - 1) / (limits.orderGain - 1), data: { tensor, ...layoutData(found.layout), gain: found.gain, index: starts[index] ?? 0, weights: SAMPLE_WEIGHTS }, location: { tensor } });
    }
    sampling = undefined;
  };

  return {
    begin(info, count) {
      closeSampling();
      type = info.dataType;
      const kind = KINDS[type] ?? BYTES;
      current = streams.get(type);
      if (current === undefined) {
        const screen = kind.mostBits === 0 ? undefined : lowBitScreen(kind.mostBits, kind.isTextOdd ? kind.wordBits : 0, limits.textLength);
        current = { kind, screen, parts: [], heads: [], weights: 0 };
        streams.set(type, current);
      }
      current.parts.push({ tensor: info.name, from: current.weights, count, rowSize: count / (info.shape[0] ?? 1) });
      const [oldest] = current.heads;
      if (current.heads.length >= MAX_OPEN_HEADS && oldest !== undefined) {
        closeHead(oldest, kind);
        current.heads = current.heads.slice(1);
      }
      current.heads.push({ tensor: info.name, words: new Int32Array(HEAD_WEIGHTS), filled: 0 });
      // Half floats and bytes repeat too often for their order to be judged.
      if ((type === 'float' || type === 'double') && count >= SAMPLE_WEIGHTS && samplesLeft > 0) {
        const wanted = Math.min(ORDER_SAMPLES, Math.floor(count / SAMPLE_WEIGHTS), samplesLeft);
        samplesLeft -= wanted;
        const starts = Array.from({ length: wanted }, (_, index) => 8 * Math.floor((index * (count - SAMPLE_WEIGHTS)) / Math.max(1, wanted - 1) / 8));
        sampling = { starts, samples: starts.map(() => new Int32Array(SAMPLE_WEIGHTS)), at: 0, tensor: info.name };
      }
    },
    push(bytes) {
      if (current === undefined) return;
      const words = wordsOf(bytes, type);
      current.screen?.push(words);
      current.weights += words.length;
      if (current.heads.length > 0) {
        for (const head of current.heads) {
          const count = Math.min(words.length, HEAD_WEIGHTS - head.filled);
          head.words.set(words.subarray(0, count), head.filled);
          head.filled += count;
          if (head.filled === HEAD_WEIGHTS) closeHead(head, current.kind);
        }
        current.heads = current.heads.filter(({ filled }) => filled < HEAD_WEIGHTS);
      }
      if (sampling === undefined) return;
      const { at, starts, samples } = sampling;
      for (const [index, start] of starts.entries()) {
        const [from, to] = [Math.max(start, at), Math.min(start + SAMPLE_WEIGHTS, at + words.length)];
        if (from < to) samples[index]?.set(words.subarray(from - at, to - at), from - start);
      }
      sampling.at += words.length;
    },
    finish(repetitive) {
      closeSampling();
      for (const stream of streams.values()) {
        for (const head of stream.heads) closeHead(head, stream.kind);
        const seen = stream.screen?.finish();
        for (const { layout, weight, length, text } of seen?.texts ?? []) {
          const part = stream.parts.findLast(({ from }) => from <= weight);
          if (part === undefined) continue;
          findings.push({ message: 'hidden-text', exceedance: length / limits.textLength, data: { tensor: part.tensor, ...layoutData(layout), index: weight - part.from, length, text }, location: { tensor: part.tensor } });
        }
        if (stream.kind.wordBits === 32 && seen?.stretches !== undefined) findings.push(...precisionBreaks(stream, seen.stretches).filter(({ data }) => !repetitive.has(String(data.tensor))));
      }
      return findings;
    },
  };
}

/**
 * A tensor of rounded weights (half floats once) in one part of which the low bits are all there, beginning or ending
 * inside a row. Where whole rows differ, some were trained further; where whole tensors differ, some were kept precise.
 */
function precisionBreaks({ parts, weights }: Stream, stretches: readonly PrecisionStretch[]): readonly Finding[] {
  const findings: Finding[] = [];
  let at = 0;
  for (const { tensor, from, count, rowSize } of parts) {
    const end = from + count;
    while (at + 1 < stretches.length && (stretches[at + 1]?.from ?? weights) <= from + BLUR) at += 1;
    const inner: PrecisionStretch[] = [];
    for (let next = at + 1; next < stretches.length && (stretches[next]?.from ?? weights) < end - BLUR; next += 1) inner.push(stretches[next] as PrecisionStretch);
    if (inner.length === 0 || inner.length > 2 || rowSize < MINIMUM_ROW) continue;
    const broken = inner.find((one) => {
      const place = (one.from - from) % rowSize;
      return place > 2 * BLUR && place < rowSize - 2 * BLUR;
    });
    if (broken === undefined) continue;
    const [first, second] = [inner[0] as PrecisionStretch, inner[1]];
    const precise = first.isCoarse ? first.from - from : (second?.from ?? end) - first.from;
    findings.push({ message: 'precision-break', exceedance: Math.min(precise, 1024) / 512, data: { tensor, index: broken.from - from, weights: precise, count }, location: { tensor } });
  }
  return findings;
}

function layoutData({ bits, order }: BitLayout): { readonly bits: number; readonly order: string } {
  return { bits, order };
}

/** Weights as whole numbers of their width, those of 32 bits signed; of a float64 its lower half. */
function wordsOf(bytes: Uint8Array, type: string): Int32Array | Uint16Array | Uint8Array {
  const { buffer, byteOffset, byteLength } = bytes;
  if (type === 'float') return new Int32Array(buffer, byteOffset, byteLength / 4);
  if (type === 'float16' || type === 'bfloat16') return new Uint16Array(buffer, byteOffset, byteLength / 2);
  if (type !== 'double') return bytes;
  const halves = new Int32Array(buffer, byteOffset, byteLength / 4);
  return Int32Array.from({ length: byteLength / 8 }, (_, index) => halves[2 * index] as number);
}
