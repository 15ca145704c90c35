import { entry, matrixOf, multiply, type Matrix } from '../../src/decompositions/matrix.ts';

/**
 * Joint inter-symbol interference of demixing matrices against the true mixing: 0 when every data set's sources are
 * recovered in one common order up to scale, 1 at worst (Anderson, Adali, Li 2012; for one data set the index
 * of Amari, Cichocki, Yang 1996). Throws RangeError for fewer than two sources.
 */
export function jointInterference(demixing: readonly Matrix[], mixing: readonly Matrix[]): number {
  const side = demixing[0]?.rows ?? 0;
  if (side < 2 || demixing.length !== mixing.length) throw new RangeError('Interference needs two sources, and one mixing a demixing matrix.');
  const sum = matrixOf(side, side);
  for (const [k, matrix] of demixing.entries()) {
    const global = multiply(matrix, mixing[k] as Matrix);
    for (let at = 0; at < sum.values.length; at += 1) sum.values[at] = (sum.values[at] as number) + Math.abs(global.values[at] as number);
  }
  let total = 0;
  for (let one = 0; one < side; one += 1) {
    total += excess(Array.from({ length: side }, (_, other) => entry(sum, one, other)));
    total += excess(Array.from({ length: side }, (_, other) => entry(sum, other, one)));
  }
  return total / (2 * side * (side - 1));
}

function excess(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(...values) - 1;
}
