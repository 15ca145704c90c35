import type { TensorInfo } from '../../model/facets.ts';
import { ELEMENT_BITS } from '../../onnx/data-type.ts';
import type { DuplicatePair } from './tensor-findings.ts';

/** Different bytes of a row that is no constant and no pattern of a few levels, as rows of quantised weights are. */
const MINIMUM_DISTINCT_VALUES = 8;

/** Longer rows are compared in their first megabyte. */
const COMPARED_BYTES = 2 ** 20;

/** Of pairs whose hashes agree, those whose bytes do. Columns are believed: their sums of squares and hashes agree, and reading one reads everything. */
export async function confirmedPairs({ source, range, shape, dataType }: TensorInfo, pairs: readonly DuplicatePair[]): Promise<readonly DuplicatePair[]> {
  const confirmed: DuplicatePair[] = [];
  const width = ((ELEMENT_BITS as Readonly<Record<string, number>>)[dataType] ?? 8) / 8;
  const rowBytes = range.length / (shape[0] ?? 1);
  const length = Math.min(rowBytes, COMPARED_BYTES);
  for (const pair of pairs) {
    if (pair.axis === 'column') {
      confirmed.push(pair);
      continue;
    }
    const first = Uint8Array.from(await source.read(range.offset + pair.first * rowBytes, length));
    const second = await source.read(range.offset + pair.second * rowBytes, length);
    if (first.every((byte, index) => byte === second[index]) && distinctValues(first, width) >= MINIMUM_DISTINCT_VALUES) confirmed.push(pair);
  }
  return confirmed;
}

function distinctValues(bytes: Uint8Array, width: number): number {
  const seen = new Set<string>();
  for (let at = 0; at + width <= bytes.length && seen.size < MINIMUM_DISTINCT_VALUES; at += width) seen.add(bytes.subarray(at, at + width).join());
  return seen.size;
}
