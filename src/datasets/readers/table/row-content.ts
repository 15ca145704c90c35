import type { RawRecord, RawSample } from '../../dataset-reader.ts';
import { brokenSample } from '../../open-dataset/broken-sample.ts';
import { encodedImage } from '../../sample-content.ts';
import { isImageCell, type Cell, type ChosenColumns, type Row } from './choose-columns.ts';

/** One row of a table as a sample, or as a broken one. */
export function rowContent(row: Row, { shape, label: labelColumn, content: column }: ChosenColumns, { id, place }: Pick<RawSample, 'id' | 'place'>): RawRecord {
  const given = labelColumn === undefined ? null : (row.get(labelColumn) ?? null);
  const label = given === null || isImageCell(given) ? {} : { label: given };
  if (shape.kind === 'row') {
    const values = shape.columns.map((name) => plain(row.get(name) ?? null));
    return { sample: { id, place, ...label, content: { kind: 'row', values } } };
  }
  const value = column === undefined ? null : (row.get(column) ?? null);
  if (value === null) return brokenSample(place, new Error(`The column ${column ?? ''} is empty.`));
  if (shape.kind === 'text') {
    if (isImageCell(value)) return brokenSample(place, new Error(`The column ${column ?? ''} holds bytes and no text.`));
    return { sample: { id, place, ...label, content: { kind: 'text', text: String(value) } } };
  }
  if (!isImageCell(value)) return brokenSample(place, new Error(`The column ${column ?? ''} holds no image.`));
  try {
    return { sample: { id, place, ...label, content: value instanceof Uint8Array ? encodedImage(value) : value } };
  } catch (thrown) {
    return brokenSample(place, thrown);
  }
}

function plain(cell: Cell): number | string | null {
  return isImageCell(cell) ? `${String(cell instanceof Uint8Array ? cell.byteLength : cell.pixels.byteLength)} bytes` : cell;
}
