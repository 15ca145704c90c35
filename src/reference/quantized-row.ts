import type { ReferenceFile } from './reference-file.ts';

type Row = ReferenceFile['models'][number]['rows'][number];

const LARGEST = 32_767;

/** A row of numbers as 16-bit whole numbers and one scale: a hundred-thousandth of the largest is lost, which no feature sees. */
export function quantizedRow(values: Float64Array): Row {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const scale = largest / LARGEST;
  const bytes = Buffer.alloc(2 * values.length);
  for (const [at, value] of values.entries()) bytes.writeInt16LE(scale === 0 ? 0 : Math.round(value / scale), 2 * at);
  return { scale, values: bytes.toString('base64') };
}

/** The numbers of a row; undefined when there are not `length`. */
export function rowValues({ scale, values }: Row, length: number): Float64Array | undefined {
  const bytes = Buffer.from(values, 'base64');
  if (bytes.length !== 2 * length || bytes.toString('base64') !== values) return undefined;
  return Float64Array.from({ length }, (_, at) => scale * bytes.readInt16LE(2 * at));
}
