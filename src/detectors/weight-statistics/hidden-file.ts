import { extractBytes, layoutsOf, type BitLayout } from './bit-layout.ts';
import { fileSignature, SIGNATURE_BYTES } from './file-signature.ts';

/** A payload may have its length, or a few other bytes, in front. */
const LEADING_BYTES = 16;

/** Weights needed to see a file's beginning at one bit a weight. */
export const HEAD_WEIGHTS = (SIGNATURE_BYTES + LEADING_BYTES) * 8;

export interface HiddenFile {
  readonly what: string;
  readonly layout: BitLayout;
  /** Bytes in front of it. */
  readonly after: number;
}

/** What file the low bits of the first {@link HEAD_WEIGHTS} weights hold the beginning of, in whichever layout. */
export function hiddenFile(words: ArrayLike<number>, mostBits: number, wordBits: number): HiddenFile | undefined {
  for (const layout of layoutsOf(mostBits, wordBits)) {
    const count = Math.min(words.length, Math.ceil(((SIGNATURE_BYTES + LEADING_BYTES) * 8) / layout.bits));
    const bytes = extractBytes(words, 0, count, layout);
    for (let after = 0; after <= LEADING_BYTES; after += 1) {
      const what = fileSignature(bytes, after);
      if (what !== undefined) return { what, layout, after };
    }
  }
  return undefined;
}
