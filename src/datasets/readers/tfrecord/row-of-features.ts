import { hasJpegSignature } from '../../images/jpeg-markers.ts';
import { hasPngSignature } from '../../images/png-chunks.ts';
import type { Cell, Row } from '../table/choose-columns.ts';
import type { Feature } from './features-of-example.ts';
import type { RawImages } from './raw-images.ts';

/**
 * The features of an example as a row. A feature of one value is a cell; one of several is JSON. Bytes are a text where they are UTF-8 and no image. The
 * feature with raw pixels is an image; throws an Error that says why where it is none.
 */
export function rowOfFeatures(features: ReadonlyMap<string, Feature>, raw: RawImages | undefined): Row {
  const row = new Map<string, Cell>();
  for (const [name, feature] of features) row.set(name, name === raw?.name ? raw.imageOf(features) : cellOf(feature));
  return row;
}

function cellOf(feature: Feature): Cell {
  const values = 'bytes' in feature ? feature.bytes.map(bytesCell) : feature.numbers;
  const [only] = values;
  if (only === undefined) return null;
  return values.length === 1 ? only : JSON.stringify(values.map((one) => (one instanceof Uint8Array ? `${String(one.byteLength)} bytes` : one)));
}

function bytesCell(bytes: Uint8Array): Uint8Array | string {
  if (hasPngSignature(bytes) || hasJpegSignature(bytes)) return bytes;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return bytes;
  }
}
