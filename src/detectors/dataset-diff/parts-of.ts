import type { SampleContent } from '../../model/dataset.ts';

/** Words of one part of a text: four in a row rarely meet by chance. */
const WORDS = 4;

/** A part with fewer different values is a background, which many samples share. */
const MIN_VALUES = 8;

/**
 * Parts by which a copy is recognized when another part of it was changed: the quarters of an image or a series, the runs of four words of
 * a text. Rows of a table have none. Parts that are all background are left out.
 */
export function partsOf(content: SampleContent): readonly string[] {
  switch (content.kind) {
    case 'image':
      return [0, 1, 2, 3].flatMap((quarter) => quarterOf(content, quarter));
    case 'series': {
      const bytes = new Uint8Array(content.values.buffer, content.values.byteOffset, content.values.byteLength);
      const length = Math.floor(bytes.length / 4);
      return [0, 1, 2, 3].flatMap((quarter) => part(String(quarter), bytes.subarray(quarter * length, (quarter + 1) * length)));
    }
    case 'text': {
      const words = content.text.toLowerCase().split(/\s+/).filter((word) => word !== '');
      return Array.from({ length: Math.max(0, words.length - WORDS + 1) }, (_, at) => words.slice(at, at + WORDS).join(' '));
    }
    case 'row':
      return [];
  }
}

function quarterOf({ channels, height, width, pixels }: Extract<SampleContent, { kind: 'image' }>, quarter: number): string[] {
  const [middleY, middleX] = [Math.floor(height / 2), Math.floor(width / 2)];
  const [top, bottom] = quarter < 2 ? [0, middleY] : [middleY, height];
  const [left, right] = quarter % 2 === 0 ? [0, middleX] : [middleX, width];
  const values = new Uint8Array(channels * (bottom - top) * (right - left));
  let at = 0;
  for (let channel = 0; channel < channels; channel += 1) {
    for (let y = top; y < bottom; y += 1) {
      const row = (channel * height + y) * width;
      values.set(pixels.subarray(row + left, row + right), at);
      at += right - left;
    }
  }
  return part(`${String(quarter)},${String(channels)},${String(height)},${String(width)}`, values);
}

function part(head: string, bytes: Uint8Array): string[] {
  if (new Set(bytes).size < MIN_VALUES) return [];
  // Two 32-bit sums in the manner of FNV-1a: parts that meet by chance would have to do so twice to make a copy.
  let [one, other] = [0x811c9dc5, 0x01000193];
  for (const byte of bytes) {
    one = Math.imul(one ^ byte, 0x01000193);
    other = Math.imul(other ^ (byte + 0x9e), 0x85ebca6b) ^ (other >>> 13);
  }
  return [`${head}:${(one >>> 0).toString(16)}${(other >>> 0).toString(16)}`];
}
