import { mixedInteger } from './mixed-integer.ts';
import type { WeightLayer } from './weight-layers.ts';

/** Buckets: the cosine of two matrices is estimated to within about 1 / √512, and ancestors are far above that. */
const BUCKETS = 512;

/** What is kept of a layer when its weights are gone: enough to recognise it, or its descendant, among others. */
export interface LayerSketch {
  readonly rows: number;
  readonly columns: number;
  readonly buckets: Float64Array;
}

/** Count sketch (Charikar, Chen, Farach-Colton 2002): inner products of sketches estimate those of the matrices. One pass; `goOn` is asked between pieces. */
export async function sketchOf({ rows, columns, pieces }: WeightLayer, goOn: () => boolean = () => true): Promise<LayerSketch | undefined> {
  const buckets = new Float64Array(BUCKETS);
  let start = 0;
  for await (const piece of pieces()) {
    if (!goOn()) return undefined;
    for (let at = 0; at < piece.length; at += 1) {
      const value = piece[at] as number;
      const hash = mixedInteger(start + at);
      const bucket = hash % BUCKETS;
      buckets[bucket] = (buckets[bucket] as number) + (hash >>> 31 === 0 ? value : -value);
    }
    start += piece.length;
  }
  return { rows, columns, buckets };
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
