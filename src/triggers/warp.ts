import type { RandomSource } from '../statistics/random.ts';
import { smoothField } from './smooth-field.ts';
import { copyBatch, type Trigger } from './trigger.ts';

export interface WarpParameters {
  /** Grid of the displacement field; WaNet uses 4. */
  readonly cells: number;
  /** Mean displacement along each axis in pixels; WaNet's strength s moves pixels by about s/2. */
  readonly pixels: number;
  readonly seedName: string;
  readonly random: RandomSource;
}

/** Displacement fields are drawn at this size and read by interpolation, so one trigger fits images of any size. */
const FIELD_SIZE = 64;

/** A smooth, fixed warp of the whole image, in the manner of WaNet (Nguyen and Tran, arXiv:2102.10369). */
export function warpTrigger(parameters: WarpParameters): Trigger {
  const { cells, pixels, seedName, random } = parameters;
  const fields = [smoothField(FIELD_SIZE, FIELD_SIZE, cells, random), smoothField(FIELD_SIZE, FIELD_SIZE, cells, random)].map((field) => {
    const average = field.reduce((sum, value) => sum + Math.abs(value), 0) / field.length;
    return field.map((value) => (average === 0 ? 0 : (pixels * value) / average));
  }) as [Float32Array, Float32Array];

  const displacement = (field: Float32Array, row: number, column: number, height: number, width: number): number => {
    const y = height === 1 ? 0 : Math.round((row * (FIELD_SIZE - 1)) / (height - 1));
    const x = width === 1 ? 0 : Math.round((column * (FIELD_SIZE - 1)) / (width - 1));
    return field[y * FIELD_SIZE + x] as number;
  };

  return {
    family: 'warp',
    id: `warp/${seedName}/${cells}/${pixels}`,
    description: `a smooth warp of ${pixels} pixels on a ${cells}x${cells} grid`,
    magnitude: pixels,
    apply(batch, count, shape) {
      const changed = copyBatch(batch, count, shape);
      const { height, width, channels } = shape;
      const plane = height * width;
      const clamp = (value: number, most: number): number => (value < 0 ? 0 : value > most ? most : value);
      for (let row = 0; row < height; row += 1) {
        for (let column = 0; column < width; column += 1) {
          const y = clamp(row + displacement(fields[0], row, column, height, width), height - 1);
          const x = clamp(column + displacement(fields[1], row, column, height, width), width - 1);
          const y0 = Math.min(Math.floor(y), Math.max(height - 2, 0));
          const x0 = Math.min(Math.floor(x), Math.max(width - 2, 0));
          const y1 = Math.min(y0 + 1, height - 1);
          const x1 = Math.min(x0 + 1, width - 1);
          const fy = y - y0;
          const fx = x - x0;
          const to = row * width + column;
          for (let image = 0; image < count * channels; image += 1) {
            const from = image * plane;
            const top = (1 - fx) * (batch[from + y0 * width + x0] as number) + fx * (batch[from + y0 * width + x1] as number);
            const bottom = (1 - fx) * (batch[from + y1 * width + x0] as number) + fx * (batch[from + y1 * width + x1] as number);
            changed[from + to] = (1 - fy) * top + fy * bottom;
          }
        }
      }
      return changed;
    },
  };
}
