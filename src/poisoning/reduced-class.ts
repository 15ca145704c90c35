import { principalDirections } from '../decompositions/principal-directions.ts';

export interface ReducedClass {
  /** [rows, width]: centered on the class mean, along its principal directions. */
  readonly table: Float32Array;
  readonly width: number;
  readonly variances: readonly number[];
}

/** The rows of one class along their strongest directions. Undefined when they do not vary. */
export function reducedClass(features: Float32Array, columns: number, rows: readonly number[], directionCount: number): ReducedClass | undefined {
  const { mean, directions, variances } = principalDirections(features, columns, rows, directionCount);
  const width = directions.length;
  if (width === 0) return undefined;
  const table = new Float32Array(rows.length * width);
  for (const [at, row] of rows.entries()) {
    for (const [k, direction] of directions.entries()) {
      let sum = 0;
      for (let c = 0; c < columns; c += 1) sum += ((features[row * columns + c] as number) - (mean[c] as number)) * (direction[c] as number);
      table[at * width + k] = sum;
    }
  }
  return { table, width, variances };
}
