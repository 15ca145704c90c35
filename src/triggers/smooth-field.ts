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
  const field = new Float32Array(height * width);
  for (let row = 0; row < height; row += 1) {
    const y = height === 1 ? 0 : (row * (cells - 1)) / (height - 1);
    const y0 = Math.min(Math.floor(y), cells - 2);
    const rowWeights = cubicWeights(y - y0);
    for (let column = 0; column < width; column += 1) {
      const x = width === 1 ? 0 : (column * (cells - 1)) / (width - 1);
      const x0 = Math.min(Math.floor(x), cells - 2);
      const columnWeights = cubicWeights(x - x0);
      let value = 0;
      for (let i = 0; i < 4; i += 1) {
        for (let j = 0; j < 4; j += 1) {
          value += (rowWeights[i] as number) * (columnWeights[j] as number) * at(y0 + i - 1, x0 + j - 1);
        }
      }
      field[row * width + column] = value;
    }
  }
  return field;
}
