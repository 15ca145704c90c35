import { PIECE_ELEMENTS, type ElementOrder, type WeightLayer } from '../../src/detectors/model-comparison/weight-layers.ts';

/** A layer whose weights, row by row, are in memory; `order` is how it says that a file stores them. */
export function heldLayer(rows: number, columns: number, values: Float32Array, order: ElementOrder = 'rows'): WeightLayer {
  return {
    name: 'layer', rows, columns, order,
    async *pieces(asked) {
      const ordered = asked === 'rows' ? values : Float32Array.from(values, (_, at) => values[(at % rows) * columns + Math.floor(at / rows)] as number);
      for (let from = 0; from < ordered.length; from += PIECE_ELEMENTS) yield ordered.subarray(from, from + PIECE_ELEMENTS);
    },
  };
}
