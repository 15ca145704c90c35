import type { WeightMatrix } from './weight-layers.ts';

/** Buckets: the cosine of two matrices is estimated to within about 1 / √512, and ancestors are far above that. */
const BUCKETS = 512;

/** What is kept of a layer when its weights are gone: enough to recognise it, or its descendant, among others. */
export interface LayerSketch {
  readonly rows: number;
  readonly columns: number;
  readonly buckets: Float64Array;
}

/** Count sketch (Charikar, Chen, Farach-Colton 2002): inner products of sketches estimate those of the matrices. One pass. */
export function sketchOf({ rows, columns, values }: WeightMatrix): LayerSketch {
  const buckets = new Float64Array(BUCKETS);
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] as number;
    const hash = mixed(at);
    const bucket = hash % BUCKETS;
    buckets[bucket] = (buckets[bucket] as number) + (hash >>> 31 === 0 ? value : -value);
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

/** Wang's 32-bit integer hash. */
function mixed(at: number): number {
  let key = at | 0;
  key = (key ^ 61) ^ (key >>> 16);
  key = (key + (key << 3)) | 0;
  key ^= key >>> 4;
  key = Math.imul(key, 0x27d4eb2d);
  return (key ^ (key >>> 15)) >>> 0;
}
