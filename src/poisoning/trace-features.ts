import { discreteCosine } from '../statistics/discrete-cosine.ts';
import type { ImageShape } from '../triggers/trigger.ts';

/** Differences of neighbours, of first to third order, along both axes and across. */
const KERNELS: readonly (readonly (readonly number[])[])[] = [
  [[1, -1]], [[1], [-1]], [[1, -2, 1]], [[1], [-2], [1]], [[1, -1], [-1, 1]], [[1, -3, 3, -1]], [[1], [-3], [3], [-1]], [[1, -2, 1], [-2, 4, -2], [1, -2, 1]],
];

/** Rings of the spectrum, from the mean outwards to the corner of the highest frequencies. */
const RINGS = 11;

/** The darkest and the brightest ends of the histogram of a channel. */
const QUANTILES = [0, 0.005, 0.02, 0.05, 0.1, 0.9, 0.95, 0.98, 0.995, 1] as const;

/** Red less green and blue less green. */
const COLOUR_DIFFERENCES: readonly (readonly [number, number])[] = [[0, 1], [2, 1]];

/** Pixels within one step of a byte of black or white. */
const SATURATED = 0.004;

export interface TraceFeatures {
  readonly count: number;
  /** Of one image, bytes channels first, into `into[at ...]`. */
  measure(pixels: Uint8Array, into: Float32Array, at: number): void;
}

/**
 * What processing leaves behind in an image, whatever it shows: energies of neighbour differences, the energy of rings of its spectrum, and the
 * ends of its histogram. Interpolation (a warp) takes the highest frequencies away, a pattern mixed in adds them and lifts black; both are small
 * against what images differ by in one of these numbers, and large in how the numbers go together. What the channels differ by is measured as well:
 * in photographs they go together, so a picture of other colours or a blur shows there first.
 */
export function traceFeatures(shape: ImageShape): TraceFeatures {
  const { channels, height, width } = shape;
  const plane = height * width;
  const kernels = KERNELS.filter((kernel) => kernel.length <= height && (kernel[0]?.length ?? 0) <= width);
  const transform = discreteCosine(height, width);
  const rings = ringsOf(height, width);
  const differences = channels === 3 ? COLOUR_DIFFERENCES : [];
  const count = (3 + 2 * differences.length) * kernels.length + (1 + differences.length) * RINGS + channels * (QUANTILES.length * 2 + 2);
  const [gray, difference] = [new Float32Array(plane), new Float32Array(plane)];
  const tapped = kernels.map((kernel) => tapsOf(kernel, height, width));
  return {
    count,
    measure(pixels, into, at) {
      let to = at;
      gray.fill(0);
      for (let channel = 0, index = 0; channel < channels; channel += 1) {
        for (let place = 0; place < plane; place += 1, index += 1) gray[place] = (gray[place] as number) + (pixels[index] as number) / (255 * channels);
      }
      for (const taps of tapped) {
        const { mean, square } = energyOf(gray, taps);
        into[to] = Math.log(mean + 1e-3);
        into[to + 1] = Math.log(square + 1e-5);
        into[to + 2] = Math.log(middleOf(taps) + 1e-3);
        to += 3;
      }
      to = ringEnergies(transform(gray), rings, into, to);
      for (const [first, second] of differences) {
        for (let place = 0; place < plane; place += 1) difference[place] = ((pixels[first * plane + place] as number) - (pixels[second * plane + place] as number)) / 255;
        for (const taps of tapped) {
          const { mean, square } = energyOf(difference, taps);
          into[to] = Math.log(mean + 1e-3);
          into[to + 1] = Math.log(square + 1e-5);
          to += 2;
        }
        to = ringEnergies(transform(difference), rings, into, to);
      }
      for (let channel = 0; channel < channels; channel += 1) to = histogramEnds(pixels.subarray(channel * plane, (channel + 1) * plane), into, to);
    },
  };
}

interface Taps {
  readonly width: number;
  readonly rows: number;
  readonly columns: number;
  readonly offsets: Int32Array;
  readonly weights: Float64Array;
  /** Filled anew for each image. */
  readonly sizes: Float32Array;
  readonly some: Float32Array;
}

/** The median of every third difference is as telling as that of all, and three times as fast. */
const KEPT_FOR_MEDIAN = 3;

function tapsOf(kernel: readonly (readonly number[])[], height: number, width: number): Taps {
  const [rows, columns] = [height - kernel.length + 1, width - (kernel[0]?.length ?? 1) + 1];
  const taps = kernel.flatMap((line, y) => line.map((weight, x) => ({ offset: y * width + x, weight })));
  return {
    width, rows, columns, offsets: Int32Array.from(taps, ({ offset }) => offset), weights: Float64Array.from(taps, ({ weight }) => weight),
    sizes: new Float32Array(rows * columns), some: new Float32Array(Math.ceil((rows * columns) / KEPT_FOR_MEDIAN)),
  };
}

function energyOf(plane: Float32Array, { width, rows, columns, offsets, weights, sizes }: Taps): { readonly mean: number; readonly square: number } {
  let [sum, squares] = [0, 0];
  for (let y = 0; y < rows; y += 1) {
    for (let x = 0; x < columns; x += 1) {
      let value = 0;
      for (let tap = 0; tap < offsets.length; tap += 1) value += (weights[tap] as number) * (plane[y * width + x + (offsets[tap] as number)] as number);
      const size = Math.abs(value);
      sizes[y * columns + x] = size;
      sum += size;
      squares += size * size;
    }
  }
  return { mean: sum / sizes.length, square: squares / sizes.length };
}

/** Of the differences that {@link energyOf} left behind. */
function middleOf({ sizes, some }: Taps): number {
  for (let at = 0; at < some.length; at += 1) some[at] = sizes[KEPT_FOR_MEDIAN * at] as number;
  some.sort();
  return some[some.length >> 1] as number;
}

interface Rings {
  readonly ring: Uint8Array;
  readonly sizes: Uint32Array;
}

function ringEnergies(spectrum: ArrayLike<number>, rings: Rings, into: Float32Array, at: number): number {
  const sums = new Float64Array(RINGS);
  for (let index = 0; index < rings.ring.length; index += 1) {
    const ring = rings.ring[index] as number;
    sums[ring] = (sums[ring] as number) + Math.log(Math.abs(spectrum[index] as number) + 3e-3);
  }
  for (let ring = 0; ring < RINGS; ring += 1) into[at + ring] = (sums[ring] as number) / Math.max(1, rings.sizes[ring] as number);
  return at + RINGS;
}

function ringsOf(height: number, width: number): Rings {
  const ring = new Uint8Array(height * width);
  const sizes = new Uint32Array(RINGS);
  for (let v = 0; v < height; v += 1) {
    for (let u = 0; u < width; u += 1) {
      const radius = Math.min(RINGS - 1, Math.floor(8 * Math.hypot(v / height, u / width)));
      ring[v * width + u] = radius;
      sizes[radius] = (sizes[radius] as number) + 1;
    }
  }
  return { ring, sizes };
}

function histogramEnds(values: Uint8Array, into: Float32Array, at: number): number {
  const counts = new Uint32Array(256);
  for (const value of values) counts[value] = (counts[value] as number) + 1;
  let to = at;
  let [value, below] = [0, counts[0] as number];
  for (const probability of QUANTILES) {
    // The value at this place of the sorted ones, which the counts stand for.
    const place = Math.round(probability * (values.length - 1));
    while (below <= place) {
      value += 1;
      below += counts[value] as number;
    }
    into[to] = Math.log(value / 255 + 0.01);
    into[to + 1] = Math.log(1.01 - value / 255);
    to += 2;
  }
  let [black, white] = [0, 0];
  for (let byte = 0; byte < counts.length; byte += 1) {
    if (byte / 255 < SATURATED) black += counts[byte] as number;
    if (byte / 255 > 1 - SATURATED) white += counts[byte] as number;
  }
  into[to] = Math.log(black / values.length + 1e-3);
  into[to + 1] = Math.log(white / values.length + 1e-3);
  return to + 2;
}
