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
 * against what images differ by in one of these numbers, and large in how the numbers go together.
 */
export function traceFeatures(shape: ImageShape): TraceFeatures {
  const { channels, height, width } = shape;
  const plane = height * width;
  const kernels = KERNELS.filter((kernel) => kernel.length <= height && (kernel[0]?.length ?? 0) <= width);
  const transform = discreteCosine(height, width);
  const rings = ringsOf(height, width);
  const count = 3 * kernels.length + RINGS + channels * (QUANTILES.length * 2 + 2);
  const gray = new Float32Array(plane);
  return {
    count,
    measure(pixels, into, at) {
      let to = at;
      gray.fill(0);
      for (let index = 0; index < plane * channels; index += 1) gray[index % plane] = (gray[index % plane] as number) + (pixels[index] as number) / (255 * channels);
      for (const kernel of kernels) {
        const { mean, square, middle } = energyOf(gray, height, width, kernel);
        into[to] = Math.log(mean + 1e-3);
        into[to + 1] = Math.log(square + 1e-5);
        into[to + 2] = Math.log(middle + 1e-3);
        to += 3;
      }
      const spectrum = transform(gray);
      const sums = new Float64Array(RINGS);
      for (let index = 0; index < plane; index += 1) {
        const ring = rings.ring[index] as number;
        sums[ring] = (sums[ring] as number) + Math.log(Math.abs(spectrum[index] as number) + 3e-3);
      }
      for (let ring = 0; ring < RINGS; ring += 1) into[to + ring] = (sums[ring] as number) / Math.max(1, rings.sizes[ring] as number);
      to += RINGS;
      for (let channel = 0; channel < channels; channel += 1) to = histogramEnds(pixels.subarray(channel * plane, (channel + 1) * plane), into, to);
    },
  };
}

function energyOf(gray: Float32Array, height: number, width: number, kernel: readonly (readonly number[])[]): { readonly mean: number; readonly square: number; readonly middle: number } {
  const [rows, columns] = [height - kernel.length + 1, width - (kernel[0]?.length ?? 1) + 1];
  const sizes = new Float32Array(rows * columns);
  const taps = kernel.flatMap((line, y) => line.map((weight, x) => ({ offset: y * width + x, weight })));
  let [sum, squares] = [0, 0];
  for (let y = 0; y < rows; y += 1) {
    for (let x = 0; x < columns; x += 1) {
      let value = 0;
      for (const { offset, weight } of taps) value += weight * (gray[y * width + x + offset] as number);
      const size = Math.abs(value);
      sizes[y * columns + x] = size;
      sum += size;
      squares += size * size;
    }
  }
  // The median of every third difference is as telling as that of all, and three times as fast.
  const some = sizes.filter((_, at) => at % 3 === 0).sort();
  return { mean: sum / sizes.length, square: squares / sizes.length, middle: some[some.length >> 1] as number };
}

function ringsOf(height: number, width: number): { readonly ring: Uint8Array; readonly sizes: Uint32Array } {
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
  const sorted = Uint8Array.from(values).sort();
  let to = at;
  for (const probability of QUANTILES) {
    const value = (sorted[Math.round(probability * (sorted.length - 1))] as number) / 255;
    into[to] = Math.log(value + 0.01);
    into[to + 1] = Math.log(1.01 - value);
    to += 2;
  }
  let [black, white] = [0, 0];
  for (const value of values) {
    if (value / 255 < SATURATED) black += 1;
    if (value / 255 > 1 - SATURATED) white += 1;
  }
  into[to] = Math.log(black / values.length + 1e-3);
  into[to + 1] = Math.log(white / values.length + 1e-3);
  return to + 2;
}
