import { mixedInteger } from './mixed-integer.ts';
import type { ElementOrder, WeightLayer } from './weight-layers.ts';

/** Buckets, a power of two: the cosine of two matrices is estimated to within about 1 / √512, and ancestors are far above that. */
const BUCKETS = 512;

/** Entries of a layer that its sketch is made of: of a larger one every second, fourth and so on. Their cosine is that of all to within a thousandth. */
const MAX_SKETCHED = 2 ** 22;

/** What is kept of a layer when its weights are gone: enough to recognise it, or its descendant, among others. */
export interface LayerSketch {
  readonly rows: number;
  readonly columns: number;
  readonly buckets: Float64Array;
}

export function emptySketch({ rows, columns }: Pick<LayerSketch, 'rows' | 'columns'>): LayerSketch {
  return { rows, columns, buckets: new Float64Array(BUCKETS) };
}

/**
 * Count sketch (Charikar, Chen, Farach-Colton 2002): inner products of sketches estimate those of the matrices. Adds a piece whose first
 * element is number `start` in the order given; the order of a layer's elements makes no difference to its sketch but for rounding.
 */
export function addToSketch({ rows, columns, buckets }: LayerSketch, piece: Float32Array, start: number, order: ElementOrder): void {
  // Number of the element row by row, and how it goes on: by one along a row, by a whole row along a column.
  const [length, step] = order === 'rows' ? [columns, 1] : [rows, columns];
  const skipped = 2 ** Math.max(0, Math.ceil(Math.log2((rows * columns) / MAX_SKETCHED))) - 1;
  let line = Math.floor(start / length);
  let within = start % length;
  for (let at = 0; at < piece.length; line += 1, within = 0) {
    const end = Math.min(piece.length, at + length - within);
    for (let place = order === 'rows' ? line * columns + within : within * columns + line; at < end; at += 1, place += step) {
      if ((place & skipped) !== 0) continue;
      const hash = mixedInteger(place);
      const bucket = hash & (BUCKETS - 1);
      // Multiplied, because a branch that goes either way at random costs more than all the rest.
      buckets[bucket] = (buckets[bucket] as number) + (piece[at] as number) * (1 - 2 * (hash >>> 31));
    }
  }
}

/** The sketch of a layer in one pass; `goOn` is asked between pieces. */
export async function sketchOf(layer: WeightLayer, goOn: () => boolean = () => true): Promise<LayerSketch | undefined> {
  const sketch = emptySketch(layer);
  let start = 0;
  for await (const piece of layer.pieces(layer.order)) {
    if (!goOn()) return undefined;
    addToSketch(sketch, piece, start, layer.order);
    start += piece.length;
  }
  return sketch;
}

/** Estimated cosine of two matrices of one shape, 1 for equal ones; 0 where one is all zeros or not finite. */
export function likeness(one: LayerSketch, other: LayerSketch): number {
  let [sum, first, second] = [0, 0, 0];
  for (let at = 0; at < BUCKETS; at += 1) {
    const [a, b] = [one.buckets[at] as number, other.buckets[at] as number];
    sum += a * b;
    first += a * a;
    second += b * b;
  }
  const scale = Math.sqrt(first) * Math.sqrt(second);
  return scale > 0 && Number.isFinite(scale) ? sum / scale : 0;
}
