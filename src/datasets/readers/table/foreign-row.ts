import type { Cell, Row } from './choose-columns.ts';

/** How the datasets library stores an image: its bytes, or where it lies. */
interface StoredImage {
  readonly bytes?: unknown;
}

/** A row as a library hands it over, as one of ours: booleans and large numbers as numbers, images as their bytes, lists as JSON. */
export function foreignRow(row: Readonly<Record<string, unknown>>): Row {
  return new Map(Object.entries(row).map(([name, value]) => [name, cellOf(value)]));
}

function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number' || typeof value === 'string' || value instanceof Uint8Array) return value;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof Date) return value.toISOString();
  const { bytes } = value as StoredImage;
  if (bytes instanceof Uint8Array) return bytes;
  return JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one));
}
