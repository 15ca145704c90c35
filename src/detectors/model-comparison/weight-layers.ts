import { indexGraph } from '../../onnx/graph-index.ts';
import { inlineFunctions } from '../../onnx/inline-functions.ts';
import { linearLayerOf } from '../../onnx/linear-layers.ts';
import type { Facets } from '../../model/facets.ts';

/** Weights as a matrix: one row an output channel, with what batch normalization after the layer multiplies it by. */
export interface WeightMatrix {
  readonly rows: number;
  readonly columns: number;
  /** Row-major, and the caller's to change. */
  readonly values: Float32Array;
}

/** A layer that can be read, and read again, without the others. */
export interface WeightLayer {
  /** Tensor the weights come from. */
  readonly name: string;
  read(): Promise<WeightMatrix>;
}

/** Elements of one matrix that is compared; beyond, two versions and their difference would not fit beside each other (CWE-789). */
const MAX_ELEMENTS = 2 ** 27;

/**
 * The layers whose weights are compared: those that the graph says are linear, quantised ones restored and batch
 * normalization counted in, so that how a graph was exported makes no difference; without a graph, all matrices.
 */
export async function* weightLayers({ graph, tensors }: Partial<Pick<Facets, 'graph' | 'tensors'>>): AsyncGenerator<WeightLayer> {
  if (graph === undefined) {
    for (const { name, shape, dataType } of tensors?.list ?? []) {
      const [rows = 0, ...rest] = shape;
      const columns = rest.reduce((product, size) => product * size, 1);
      if (shape.length < 2 || rows * columns === 0 || rows * columns > MAX_ELEMENTS || !/float|double/i.test(dataType)) continue;
      yield { name, read: async () => ({ rows, columns, values: Float32Array.from((await tensors?.values(name)) ?? []) }) };
    }
    return;
  }
  const index = indexGraph(inlineFunctions(graph.model).graph);
  for (const node of index.graph.nodes) {
    const first = await linearLayerOf(index, node);
    if (first === undefined || first.weights.length > MAX_ELEMENTS) continue;
    yield {
      name: first.weightName,
      async read() {
        const layer = await linearLayerOf(index, node);
        if (layer === undefined) throw new Error('called for a layer that was there a moment ago');
        const { channelCount: rows, channelFactors: factors } = layer;
        const columns = layer.inputCount * layer.placeCount;
        const values = Float32Array.from(layer.weights);
        if (factors !== undefined) for (let at = 0; at < values.length; at += 1) values[at] = (values[at] as number) * (factors[Math.floor(at / columns)] as number);
        return { rows, columns, values };
      },
    };
  }
}
