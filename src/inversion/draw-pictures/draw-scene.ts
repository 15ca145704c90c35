import type { RandomSource } from '../../statistics/random.ts';
import { smoothField } from '../../triggers/smooth-field.ts';
import type { ImageShape } from '../../triggers/trigger.ts';
import { paint, type Canvas } from './canvas.ts';

/** Shapes of a scene, and their sizes in units of the smaller side. */
const MAX_SHAPES = 13;
const [SMALLEST, LARGEST] = [0.05, 0.45];

/** Sizes follow a power law, as those of things in photographs do: the share above r falls with r to this power. */
const SIZE_EXPONENT = 1.5;

/** Largest amplitudes of a surface's texture and of its shading. */
const TEXTURE = 0.12;
const SHADING = 0.09;

/** Cells of the texture's grids, each finer and fainter than the one before. */
const OCTAVES = [3, 6, 12, 24];

/**
 * A picture as photographs are from far away: shapes of all sizes in front of each other, each of one color with some texture and shading, on a ground that
 * goes from one color to another. That such scenes have the statistics of photographs: Lee, Mumford, Huang, Occlusion Models for Natural Images, IJCV 2001,
 * doi:10.1023/A:1011109015675; that networks get useful features from them: Baradad et al. 2021, arXiv:2106.05963. Values in [0, 1].
 */
export function drawScene(shape: ImageShape, random: RandomSource): Float32Array {
  const { channels, height, width } = shape;
  const canvas: Canvas = { ...shape, pixels: new Float32Array(channels * height * width) };
  const texture = textureOf(shape, random);
  const everywhere = { left: -width, right: width, top: -height, bottom: height };

  const [from, to, slopeX, slopeY, grain] = [colorOf(channels, random), colorOf(channels, random), random.normal(), random.normal(), TEXTURE * random.uniform()];
  paint(canvas, everywhere, () => Infinity, (channel, x, y, pixel) => {
    const share = Math.min(1, Math.max(0, 0.5 + slopeX * x + slopeY * y));
    return (1 - share) * (from[channel] as number) + share * (to[channel] as number) + grain * (texture[pixel] as number);
  });

  const shapes = 1 + random.integer(MAX_SHAPES);
  for (let drawn = 0; drawn < shapes; drawn += 1) addShape(canvas, texture, random);
  return canvas.pixels.map((value) => Math.min(1, Math.max(0, value)));
}

/** Colors of things: one brightness for all channels, and a smaller difference of each. */
export function colorOf(channels: number, random: RandomSource): Float64Array {
  const brightness = 0.05 + 0.9 * random.uniform();
  return Float64Array.from({ length: channels }, () => Math.min(1, Math.max(0, brightness + 0.15 * random.normal())));
}

/** A texture for the whole picture, [height, width], of mean 0 and about unit variance; shapes show it in their own strength. */
function textureOf({ height, width }: ImageShape, random: RandomSource): Float32Array {
  const sum = new Float32Array(height * width);
  for (const cells of OCTAVES) {
    const field = smoothField(height, width, cells, random);
    for (let at = 0; at < sum.length; at += 1) sum[at] = (sum[at] as number) + (field[at] as number) * Math.sqrt(4 / cells);
  }
  return sum;
}

function addShape(canvas: Canvas, texture: Float32Array, random: RandomSource): void {
  const { channels } = canvas;
  const size = Math.min(LARGEST, SMALLEST * (0.001 + 0.999 * random.uniform()) ** (-1 / SIZE_EXPONENT));
  const [middleX, middleY, angle, aspect] = [random.uniform() - 0.5, random.uniform() - 0.5, Math.PI * random.uniform(), 0.4 + 0.6 * random.uniform()];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const depthOf = DEPTHS[random.integer(DEPTHS.length)] as DepthOf;
  const [fill, grain, shading] = [colorOf(channels, random), TEXTURE * random.uniform(), SHADING * (2 * random.uniform() - 1)];
  const reach = 2 * size;
  const along = (x: number, y: number): number => (x - middleX) * cos + (y - middleY) * sin;
  const across = (x: number, y: number): number => (y - middleY) * cos - (x - middleX) * sin;
  paint(
    canvas, { left: middleX - reach, right: middleX + reach, top: middleY - reach, bottom: middleY + reach },
    (x, y) => depthOf(along(x, y), across(x, y), size, size * aspect),
    (channel, x, y, pixel) => (fill[channel] as number) + grain * (texture[pixel] as number) + (shading * along(x, y)) / size,
  );
}

/** How far inside of a shape of half axes a and b around the origin a place is; rough away from the edge, where nobody asks. */
type DepthOf = (u: number, v: number, a: number, b: number) => number;

const DEPTHS: readonly DepthOf[] = [
  // Ellipse.
  (u, v, a, b) => (1 - Math.hypot(u / a, v / b)) * Math.min(a, b),
  // Rectangle.
  (u, v, a, b) => Math.min(a - Math.abs(u), b - Math.abs(v)),
  // Triangle with its tip at v = b.
  (u, v, a, b) => Math.min(v + b, (((a * (b - v)) / (2 * b) - Math.abs(u)) * 2 * b) / Math.hypot(2 * b, a)),
  // Ring, the thicker the rounder.
  (u, v, a, b) => (a - 0.7 * b) / 2 - Math.abs(Math.hypot(u, v) - (a + 0.7 * b) / 2),
];
