import { PIECE_ELEMENTS, type WeightLayer } from '../../src/detectors/model-comparison/weight-layers.ts';

/** A layer whose weights are in memory. */
export function heldLayer(rows: number, columns: number, values: Float32Array): WeightLayer {
  return {
    name: 'layer', rows, columns,
    async *pieces() {
      for (let from = 0; from < values.length; from += PIECE_ELEMENTS) yield values.subarray(from, from + PIECE_ELEMENTS);
    },
  };
}
