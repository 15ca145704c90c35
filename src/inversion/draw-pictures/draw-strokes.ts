import type { RandomSource } from '../../statistics/random.ts';
import type { ImageShape } from '../../triggers/trigger.ts';
import { paint, type Canvas } from './canvas.ts';
import { colorOf } from './draw-scene.ts';

/** Strokes of a character at most, and the share of them that are straight, and that end where they began. */
const MAX_STROKES = 3;
const STRAIGHT = 0.3;
const CLOSED = 0.35;

/** Points along a stroke; in a picture of 28 pixels they are half a pixel apart. */
const POINTS = 60;

/** Where strokes may lead, and half their width, in units of the smaller side. */
const REACH = 0.32;
const [THINNEST, THICKEST] = [0.028, 0.057];

/**
 * A picture as those of written characters are: a few strokes of one width on a plain ground, bright on black where there is one channel (as collections of
 * scanned characters have them), otherwise in any two colors. Strokes are Bézier curves through random points. Values in [0, 1].
 */
export function drawStrokes(shape: ImageShape, random: RandomSource): Float32Array {
  const { channels, height, width } = shape;
  const isGray = channels === 1;
  const ground = isGray ? new Float64Array(1) : colorOf(channels, random);
  const ink = isGray ? Float64Array.of(1) : colorOf(channels, random);
  const canvas: Canvas = { ...shape, pixels: Float32Array.from({ length: channels * height * width }, (_, at) => ground[Math.floor(at / (height * width))] as number) };
  const points = Array.from({ length: 1 + random.integer(MAX_STROKES) }, () => strokeOf(random)).flat();
  const thickness = THINNEST + (THICKEST - THINNEST) * random.uniform();
  const most = REACH + THICKEST;
  const depth = (x: number, y: number): number => {
    let nearest = Infinity;
    for (const [a, b] of points) nearest = Math.min(nearest, (x - a) ** 2 + (y - b) ** 2);
    return thickness - Math.sqrt(nearest);
  };
  paint(canvas, { left: -most, right: most, top: -most, bottom: most }, depth, (channel) => ink[channel] as number);
  return canvas.pixels;
}

type Point = readonly [number, number];

function strokeOf(random: RandomSource): readonly Point[] {
  const place = (): Point => [REACH * (2 * random.uniform() - 1), REACH * (2 * random.uniform() - 1)];
  const corners = Array.from({ length: 3 + random.integer(2) }, place);
  const [first, second] = corners as [Point, Point, ...Point[]];
  if (random.uniform() < STRAIGHT) return curve([first, second]);
  return curve(random.uniform() < CLOSED ? [...corners, first] : corners);
}

/** A Bézier curve by de Casteljau's algorithm. */
function curve(corners: readonly Point[]): readonly Point[] {
  return Array.from({ length: POINTS }, (_, step) => {
    const share = step / (POINTS - 1);
    let rest = corners;
    while (rest.length > 1) {
      rest = rest.slice(1).map(([x, y], at): Point => {
        const [beforeX, beforeY] = rest[at] as Point;
        return [(1 - share) * beforeX + share * x, (1 - share) * beforeY + share * y];
      });
    }
    return rest[0] as Point;
  });
}
