import { geometricBounds, type AdjustableTrigger } from '../adjustable-trigger.ts';
import type { ImageShape } from '../trigger.ts';
import { moveInBall } from './euclidean.ts';

/** Knots along an axis; WaNet's fields have 4. */
const KNOTS = 5;

/** Largest displacement of a knot at the start, in pixels. */
const FIRST_DISPLACEMENT = 0.05;

/** Root mean square displacement in pixels; WaNet's strength 0.5 is about a quarter of a pixel, a visible warp two. */
const FIRST_RMS = 0.25;
const GROWTH = 1.35;
const BOUNDS = 7;

/** A position on an axis between two knots. */
interface Knot {
  readonly index: number;
  readonly share: number;
}

/**
 * A smooth displacement of the whole image: knots on a coarse grid, bilinear in between, pixels read by bilinear
 * interpolation and no further than the edge. After WaNet (Nguyen and Tran 2021, arXiv:2102.10369). Parameters, in pixels:
 * vertical displacements [knots, knots], then horizontal ones.
 */
export function smoothWarpTrigger(shape: ImageShape): AdjustableTrigger {
  const { channels, height, width } = shape;
  const plane = height * width;
  const grid = KNOTS * KNOTS;
  const rows = knotsAlong(height);
  const columns = knotsAlong(width);
  /** Calls back with every knot that moves the pixel, and how much of its displacement the pixel takes. */
  const spread = (row: number, column: number, visit: (knot: number, share: number) => void): void => {
    const down = rows[row] as Knot;
    const right = columns[column] as Knot;
    const first = down.index * KNOTS + right.index;
    visit(first, (1 - down.share) * (1 - right.share));
    visit(first + 1, (1 - down.share) * right.share);
    visit(first + KNOTS, down.share * (1 - right.share));
    visit(first + KNOTS + 1, down.share * right.share);
  };
  return {
    kind: 'warp',
    description: 'a smooth warp',
    unit: 'pixels, root mean square',
    parameterCount: 2 * grid,
    bounds: geometricBounds(FIRST_RMS, GROWTH, BOUNDS),
    start: (random) => Float32Array.from({ length: 2 * grid }, () => 2 * FIRST_DISPLACEMENT * (random.uniform() - 0.5)),
    at(parameters) {
      const corner = new Int32Array(plane);
      const downShare = new Float32Array(plane);
      const rightShare = new Float32Array(plane);
      // A pixel that is read at the edge does not change when it is asked to come from further out.
      const movesDown = new Uint8Array(plane);
      const movesRight = new Uint8Array(plane);
      for (let position = 0; position < plane; position += 1) {
        const row = Math.floor(position / width);
        const column = position % width;
        let down = 0;
        let right = 0;
        spread(row, column, (knot, share) => {
          down += share * (parameters[knot] as number);
          right += share * (parameters[grid + knot] as number);
        });
        const y = Math.min(Math.max(row + down, 0), height - 1);
        const x = Math.min(Math.max(column + right, 0), width - 1);
        const top = Math.min(Math.floor(y), height - 2);
        const left = Math.min(Math.floor(x), width - 2);
        movesDown[position] = y === row + down ? 1 : 0;
        movesRight[position] = x === column + right ? 1 : 0;
        corner[position] = top * width + left;
        downShare[position] = y - top;
        rightShare[position] = x - left;
      }
      return {
        apply(images, from, changed, to) {
          for (let position = 0; position < plane; position += 1) {
            const [down, right] = [downShare[position] as number, rightShare[position] as number];
            for (let channel = 0; channel < channels; channel += 1) {
              const at = from + channel * plane + (corner[position] as number);
              changed[to + channel * plane + position] =
                (1 - down) * ((1 - right) * (images[at] as number) + right * (images[at + 1] as number)) +
                down * ((1 - right) * (images[at + width] as number) + right * (images[at + width + 1] as number));
            }
          }
        },
        pullBack(images, from, gradient, gradientAt, sum) {
          for (let position = 0; position < plane; position += 1) {
            const [down, right] = [downShare[position] as number, rightShare[position] as number];
            let slopeDown = 0;
            let slopeRight = 0;
            for (let channel = 0; channel < channels; channel += 1) {
              const slope = gradient[gradientAt + channel * plane + position] as number;
              const at = from + channel * plane + (corner[position] as number);
              const [topLeft, topRight] = [images[at] as number, images[at + 1] as number];
              const [bottomLeft, bottomRight] = [images[at + width] as number, images[at + width + 1] as number];
              slopeDown += slope * ((1 - right) * (bottomLeft - topLeft) + right * (bottomRight - topRight));
              slopeRight += slope * ((1 - down) * (topRight - topLeft) + down * (bottomRight - bottomLeft));
            }
            slopeDown *= movesDown[position] as number;
            slopeRight *= movesRight[position] as number;
            spread(Math.floor(position / width), position % width, (knot, share) => {
              sum[knot] = (sum[knot] as number) + share * slopeDown;
              sum[grid + knot] = (sum[grid + knot] as number) + share * slopeRight;
            });
          }
        },
      };
    },
    move: (parameters, direction, bound) => moveInBall(parameters, direction, bound * Math.sqrt(2 * grid)),
  };
}

function knotsAlong(length: number): readonly Knot[] {
  return Array.from({ length }, (_, position) => {
    const place = (position * (KNOTS - 1)) / (length - 1);
    const index = Math.min(Math.floor(place), KNOTS - 2);
    return { index, share: place - index };
  });
}
