import type { RandomSource } from '../statistics/random.ts';

/** Catmull–Rom weights of the four neighbours at a fraction in [0, 1). */
function cubicWeights(t: number): readonly [number, number, number, number] {
  const t2 = t * t;
  const t3 = t2 * t;
  return [-0.5 * t + t2 - 0.5 * t3, 1 - 2.5 * t2 + 1.5 * t3, 0.5 * t + 2 * t2 - 1.5 * t3, -0.5 * t2 + 0.5 * t3];
}

/**
 * A smooth random surface, [height, width]: uniform values in [−1, 1] on a `cells` x `cells` grid (at least 2), enlarged
 * with cubic interpolation so that the grid's corners lie on the image's. Values may pass ±1 a little between grid points.
 */
export function smoothField(height: number, width: number, cells: number, random: RandomSource): Float32Array {
  if (!Number.isInteger(cells) || cells < 2) throw new RangeError(`A smooth field needs a grid of at least 2 cells, not ${cells}.`);
  const grid = Float64Array.from({ length: cells * cells }, () => 2 * random.uniform() - 1);
  const at = (row: number, column: number): number =>
    grid[Math.min(Math.max(row, 0), cells - 1) * cells + Math.min(Math.max(column, 0), cells - 1)] as number;
  // One direction after the other: four products a value in place of sixteen.
  const rows = Float64Array.from({ length: cells * width }, (_, place) => {
    const row = Math.floor(place / width);
    const { first, weights } = neighbours(place % width, width, cells);
    return weights.reduce((sum, weight, j) => sum + weight * at(row, first + j), 0);
  });
  const field = new Float32Array(height * width);
  for (let row = 0; row < height; row += 1) {
    const { first, weights } = neighbours(row, height, cells);
    const [a, b, c, d] = [0, 1, 2, 3].map((i) => Math.min(Math.max(first + i, 0), cells - 1) * width) as [number, number, number, number];
    for (let column = 0; column < width; column += 1) {
      field[row * width + column] =
        weights[0] * (rows[a + column] as number) + weights[1] * (rows[b + column] as number) + weights[2] * (rows[c + column] as number) + weights[3] * (rows[d + column] as number);
    }
  }
  return field;
}

/** The first of the four grid points around a pixel, which may lie outside of the grid, and their weights. */
function neighbours(pixel: number, size: number, cells: number): { readonly first: number; readonly weights: ReturnType<typeof cubicWeights> } {
  const place = size === 1 ? 0 : (pixel * (cells - 1)) / (size - 1);
  const from = Math.min(Math.floor(place), cells - 2);
  return { first: from - 1, weights: cubicWeights(place - from) };
}
