import type { Facets, TensorInfo } from '../../model/facets.ts';
import { streamTensor } from '../../model/stream-tensor.ts';
import { indexGraph } from '../../onnx/graph-index.ts';
import { inlineFunctions } from '../../onnx/inline-functions.ts';
import { linearLayerOf } from '../../onnx/linear-layers.ts';

/** A matrix of weights, one row an output channel, that can be read, and read again, without the others. */
export interface WeightLayer {
  /** Tensor the weights come from. */
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  /**
   * The weights, row-major, in pieces of {@link PIECE_ELEMENTS} (the last may be shorter), so that two layers of one shape
   * can be read side by side. Batch normalization after the layer is counted in.
   */
  pieces(): AsyncGenerator<Float32Array, void, undefined>;
}

/** 256 KiB of float32: of a streamed tensor only a few such pieces are in memory at once. */
export const PIECE_ELEMENTS = 2 ** 16;

const FLOATS: ReadonlySet<string> = new Set(['float', 'float16', 'bfloat16', 'double', 'float8e4m3fn', 'float8e4m3fnuz', 'float8e5m2', 'float8e5m2fnuz']);

/**
 * The layers whose weights are compared: those that the graph says are linear, quantised ones restored and batch
 * normalization counted in, so that how a graph was exported makes no difference; without a graph, all matrices of floats.
 */
export async function* weightLayers({ graph, tensors }: Partial<Pick<Facets, 'graph' | 'tensors'>>): AsyncGenerator<WeightLayer> {
  if (graph === undefined) {
    for (const info of tensors?.list ?? []) {
      const [rows = 0, ...rest] = info.shape;
      const columns = rest.reduce((product, size) => product * size, 1);
      if (info.shape.length >= 2 && rows * columns > 0 && FLOATS.has(info.dataType)) yield { name: info.name, rows, columns, pieces: () => streamedPieces(info) };
    }
    return;
  }
  const index = indexGraph(inlineFunctions(graph.model).graph);
  for (const node of index.graph.nodes) {
    const layer = await linearLayerOf(index, node);
    if (layer === undefined) continue;
    const { weightName: name, channelCount: rows } = layer;
    const columns = layer.inputCount * layer.placeCount;
    yield {
      name, rows, columns,
      async *pieces() {
        const again = await linearLayerOf(index, node);
        if (again !== undefined) yield* scaledPieces(again.weights, again.channelFactors, columns);
      },
    };
  }
}

function* scaledPieces(weights: Float32Array | Float64Array, factors: Float64Array | undefined, columns: number): Generator<Float32Array, void, undefined> {
  for (let from = 0; from < weights.length; from += PIECE_ELEMENTS) {
    const piece = Float32Array.from(weights.subarray(from, from + PIECE_ELEMENTS));
    if (factors !== undefined) for (let at = 0; at < piece.length; at += 1) piece[at] = (piece[at] as number) * (factors[Math.floor((from + at) / columns)] as number);
    yield piece;
  }
}

/** Pieces of the stream hold as many elements as the type's width makes of its bytes; these hold the same number for every type. */
async function* streamedPieces(info: TensorInfo): AsyncGenerator<Float32Array, void, undefined> {
  let piece = new Float32Array(PIECE_ELEMENTS);
  let filled = 0;
  for await (const part of streamTensor(info)) {
    const values = part.values();
    for (let from = 0; from < values.length; ) {
      const taken = Math.min(values.length - from, PIECE_ELEMENTS - filled);
      piece.set(values.subarray(from, from + taken), filled);
      filled += taken;
      from += taken;
      if (filled < PIECE_ELEMENTS) continue;
      yield piece;
      piece = new Float32Array(PIECE_ELEMENTS);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}
