import { discreteCosine } from '../statistics/discrete-cosine.ts';
import type { ImageShape } from '../triggers/trigger.ts';

/**
 * Differences of neighbours, of first to third order, along both axes and across, each made from one before it or from the image itself: every one costs a subtraction a pixel.
 * The one that is not measured is on the way to the last.
 */
const DIFFERENCES: readonly { readonly of: number | 'image'; readonly axis: 'x' | 'y'; readonly isMeasured: boolean }[] = [
  { of: 'image', axis: 'x', isMeasured: true }, { of: 'image', axis: 'y', isMeasured: true },
  { of: 0, axis: 'x', isMeasured: true }, { of: 1, axis: 'y', isMeasured: true }, { of: 0, axis: 'y', isMeasured: true },
  { of: 2, axis: 'x', isMeasured: true }, { of: 3, axis: 'y', isMeasured: true },
  { of: 2, axis: 'y', isMeasured: false }, { of: 7, axis: 'y', isMeasured: true },
];

/** Pixels a side that the longest difference takes. */
const LONGEST = 4;

/** Rings of the spectrum, from the mean outwards to the corner of the highest frequencies. */
const RINGS = 11;

/** The darkest and the brightest ends of the histogram of a channel. */
const QUANTILES = [0, 0.005, 0.02, 0.05, 0.1, 0.9, 0.95, 0.98, 0.995, 1] as const;

/** Red less green and blue less green. */
const COLOURS: readonly (readonly [number, number])[] = [[0, 1], [2, 1]];

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
  if (Math.min(height, width) < LONGEST) throw new RangeError(`Images of ${String(width)} x ${String(height)} pixels are too small to have traces.`);
  const transform = discreteCosine(height, width);
  const rings = ringsOf(height, width);
  const colours = channels === 3 ? COLOURS : [];
  const count = (3 + 2 * colours.length) * (DIFFERENCES.filter(({ isMeasured }) => isMeasured).length) + (1 + colours.length) * RINGS + channels * (QUANTILES.length * 2 + 2);
  const [gray, colour] = [new Float32Array(plane), new Float32Array(plane)];
  const differ = neighbourDifferences(height, width);
  return {
    count,
    measure(pixels, into, at) {
      let to = at;
      gray.fill(0);
      for (let channel = 0, index = 0; channel < channels; channel += 1) {
        for (let place = 0; place < plane; place += 1, index += 1) gray[place] = (gray[place] as number) + (pixels[index] as number) / (255 * channels);
      }
      for (const { mean, square, middle } of differ(gray, true)) {
        into[to] = Math.log(mean + 1e-3);
        into[to + 1] = Math.log(square + 1e-5);
        into[to + 2] = Math.log(middle + 1e-3);
        to += 3;
      }
      to = ringEnergies(transform(gray), rings, into, to);
      for (const [first, second] of colours) {
        for (let place = 0; place < plane; place += 1) colour[place] = ((pixels[first * plane + place] as number) - (pixels[second * plane + place] as number)) / 255;
        for (const { mean, square } of differ(colour, false)) {
          into[to] = Math.log(mean + 1e-3);
          into[to + 1] = Math.log(square + 1e-5);
          to += 2;
        }
        to = ringEnergies(transform(colour), rings, into, to);
      }
      for (let channel = 0; channel < channels; channel += 1) to = histogramEnds(pixels.subarray(channel * plane, (channel + 1) * plane), into, to);
    },
  };
}

/** The median of every third difference is as telling as that of all, and three times as fast. */
const KEPT_FOR_MEDIAN = 3;

interface Energy {
  readonly mean: number;
  readonly square: number;
  /** Zero where it was not asked for. */
  readonly middle: number;
}

/** Energies of the {@link DIFFERENCES} that are measured, of a plane. */
function neighbourDifferences(height: number, width: number): (plane: Float32Array, withMedian: boolean) => readonly Energy[] {
  const tables: { readonly rows: number; readonly columns: number; readonly values: Float64Array; readonly some: Float32Array }[] = [];
  for (const { of, axis } of DIFFERENCES) {
    const source = of === 'image' ? { rows: height, columns: width } : (tables[of] ?? { rows: 0, columns: 0 });
    const [rows, columns] = axis === 'x' ? [source.rows, source.columns - 1] : [source.rows - 1, source.columns];
    tables.push({ rows, columns, values: new Float64Array(rows * columns), some: new Float32Array(Math.ceil((rows * columns) / KEPT_FOR_MEDIAN)) });
  }
  return (plane, withMedian) =>
    DIFFERENCES.flatMap(({ of, axis, isMeasured }, at) => {
      const { rows, columns, values, some } = tables[at] as (typeof tables)[number];
      const source = of === 'image' ? plane : (tables[of]?.values ?? plane);
      const step = axis === 'x' ? 1 : columns;
      const line = axis === 'x' ? columns + 1 : columns;
      let [sum, squares] = [0, 0];
      for (let y = 0; y < rows; y += 1) {
        for (let x = 0; x < columns; x += 1) {
          const from = y * line + x;
          const value = (source[from + step] as number) - (source[from] as number);
          values[y * columns + x] = value;
          sum += Math.abs(value);
          squares += value * value;
        }
      }
      return isMeasured ? [{ mean: sum / values.length, square: squares / values.length, middle: withMedian ? middleOf(values, some) : 0 }] : [];
    });
}

function middleOf(values: Float64Array, some: Float32Array): number {
  for (let at = 0; at < some.length; at += 1) some[at] = Math.abs(values[KEPT_FOR_MEDIAN * at] as number);
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
