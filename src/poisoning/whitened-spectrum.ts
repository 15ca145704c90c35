import { discreteCosine } from '../statistics/discrete-cosine.ts';
import { MAD_TO_SIGMA } from '../statistics/anomaly-index.ts';
import { median } from '../statistics/median.ts';
import type { ImageShape } from '../triggers/trigger.ts';

/** A scale is at least this share of the standard deviation, so that a coefficient that is nearly always zero is not all spikes. */
const LEAST_SHARE_OF_DEVIATION = 0.2;

/** And at least this: below it lies the rounding of a byte. */
const LEAST_SCALE = 0.003;

/** A coefficient this many scales off counts no more than one that is this far off. */
const CLIP = 8;

/** Makes a vector of an image in which every frequency varies alike, of a length of √columns. */
export interface Whitening {
  readonly columns: number;
  apply(pixels: Uint8Array, into: Float32Array, at: number): void;
}

/**
 * Learns from some images how much each frequency of each channel usually varies. In natural images frequencies are nearly uncorrelated and
 * fall off by orders of magnitude; divided by its usual spread, the little that a faint pattern adds to high frequencies stands out.
 * Lengths are made equal because images differ in contrast more than in anything else.
 */
export function spectrumWhitening(images: readonly Uint8Array[], shape: ImageShape): Whitening {
  const plane = shape.height * shape.width;
  const columns = plane * shape.channels;
  const transform = discreteCosine(shape.height, shape.width);
  const spectrum = (pixels: Uint8Array, into: Float32Array, at: number): void => {
    for (let channel = 0; channel < shape.channels; channel += 1) into.set(transform(pixels, channel * plane), at + channel * plane);
    for (let index = at; index < at + columns; index += 1) into[index] = (into[index] as number) / 255;
  };
  const table = new Float32Array(images.length * columns);
  images.forEach((image, row) => spectrum(image, table, row * columns));
  return whitened(table, images.length, columns, LEAST_SHARE_OF_DEVIATION, LEAST_SCALE, spectrum);
}

/** The same of the pixels themselves, which sees what is added to places that are otherwise empty. */
export function pixelWhitening(images: readonly Uint8Array[], shape: ImageShape): Whitening {
  const columns = shape.channels * shape.height * shape.width;
  const read = (pixels: Uint8Array, into: Float32Array, at: number): void => {
    for (let index = 0; index < columns; index += 1) into[at + index] = (pixels[index] as number) / 255;
  };
  const table = new Float32Array(images.length * columns);
  images.forEach((image, row) => read(image, table, row * columns));
  return whitened(table, images.length, columns, 0.3, 0.01, read);
}

function whitened(table: Float32Array, rows: number, columns: number, share: number, least: number, read: Whitening['apply']): Whitening {
  const center = new Float32Array(columns);
  const scale = new Float32Array(columns);
  const column = new Float64Array(rows);
  for (let c = 0; c < columns; c += 1) {
    let [sum, squares] = [0, 0];
    for (let row = 0; row < rows; row += 1) {
      const value = table[row * columns + c] as number;
      column[row] = value;
      sum += value;
      squares += value * value;
    }
    const middle = median(column) ?? 0;
    const deviation = Math.sqrt(Math.max(0, squares / rows - (sum / rows) ** 2));
    for (let row = 0; row < rows; row += 1) column[row] = Math.abs((column[row] as number) - middle);
    center[c] = middle;
    scale[c] = Math.max(MAD_TO_SIGMA * (median(column) ?? 0), share * deviation) + least;
  }
  return {
    columns,
    apply(pixels, into, at) {
      read(pixels, into, at);
      let squares = 0;
      for (let c = 0; c < columns; c += 1) {
        const value = Math.max(-CLIP, Math.min(CLIP, ((into[at + c] as number) - (center[c] as number)) / (scale[c] as number)));
        into[at + c] = value;
        squares += value * value;
      }
      const length = squares === 0 ? 1 : Math.sqrt(squares / columns);
      for (let c = 0; c < columns; c += 1) into[at + c] = (into[at + c] as number) / length;
    },
  };
}
