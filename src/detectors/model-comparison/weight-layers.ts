import { GateError } from '../../errors.ts';
import type { Facets, TensorInfo } from '../../model/facets.ts';
import { streamTensor } from '../../model/stream-tensor.ts';
import { indexGraph, type GraphIndex } from '../../onnx/graph-index.ts';
import { inlineFunctions } from '../../onnx/inline-functions.ts';
import { linearLayerOf, storedLayerOf, type StoredLayer } from '../../onnx/linear-layers.ts';
import type { OnnxNode } from '../../onnx/onnx-model.ts';

/** Which elements follow one another: those of a row (an output channel), or those of a column. */
export type ElementOrder = 'rows' | 'columns';

/** A matrix of weights, one row an output channel, that can be read, and read again, without the others. */
export interface WeightLayer {
  /** Tensor the weights come from. */
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  /** How the file stores them. */
  readonly order: ElementOrder;
  /**
   * The weights in the file's order, or in rows, in pieces of {@link PIECE_ELEMENTS} (the last may be shorter), so that two layers of one shape
   * can be read side by side; a piece is valid until the next is asked for. Batch normalization after the layer is counted in.
   * Stored weights are read piece by piece; computed ones, and rows of what is stored in columns, are held as a whole.
   * Throws `format/limit-exceeded` where that is too much.
   */
  pieces(order: ElementOrder): AsyncGenerator<Float32Array, void, undefined>;
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
      if (info.shape.length >= 2 && rows * columns > 0 && FLOATS.has(info.dataType)) yield { name: info.name, rows, columns, order: 'rows', pieces: () => streamedPieces(info) };
    }
    return;
  }
  const index = indexGraph(inlineFunctions(graph.model).graph);
  for (const node of index.graph.nodes) {
    const stored = await storedLayerOf(index, node);
    if (stored !== undefined && FLOATS.has(stored.tensor.dataType)) yield storedLayer(index, node, stored);
    else {
      const layer = await linearLayerOf(index, node);
      if (layer === undefined) continue;
      const { weightName: name, channelCount: rows } = layer;
      yield { name, rows, columns: layer.inputCount * layer.placeCount, order: 'rows', pieces: () => heldPieces(index, node, name) };
    }
  }
}

function storedLayer(index: GraphIndex, node: OnnxNode, stored: StoredLayer): WeightLayer {
  const { tensor, channelCount: rows, isTransposed, alpha, channelFactors } = stored;
  const { name, dataType, dims, raw } = tensor;
  const columns = stored.inputCount * stored.placeCount;
  const info: TensorInfo = { name, dataType, shape: dims, source: raw.source, range: raw.range };
  const order = isTransposed ? 'columns' : 'rows';
  return {
    name, rows, columns, order,
    async *pieces(asked) {
      if (asked !== order) return yield* heldPieces(index, node, name);
      const channelOf = (at: number): number => (isTransposed ? at % rows : Math.floor(at / columns));
      let start = 0;
      for await (const piece of streamedPieces(info)) {
        const isPlain = alpha === 1 && channelFactors === undefined;
        yield isPlain ? piece : piece.map((value, at) => Math.fround(value * alpha) * (channelFactors?.[channelOf(start + at)] ?? 1));
        start += piece.length;
      }
    },
  };
}

/** Rows of a layer that is read as a whole. */
async function* heldPieces(index: GraphIndex, node: OnnxNode, name: string): AsyncGenerator<Float32Array, void, undefined> {
  const layer = await linearLayerOf(index, node);
  if (layer === undefined) {
    throw new GateError({
      code: 'format/limit-exceeded',
      message: `The two versions store ${JSON.stringify(name.slice(0, 100))} in different orders, and it is too large to be turned.`,
      nextStep: 'Export both versions in the same way.',
    });
  }
  const { weights, channelFactors: factors } = layer;
  const columns = layer.inputCount * layer.placeCount;
  for (let from = 0; from < weights.length; from += PIECE_ELEMENTS) {
    const piece = Float32Array.from(weights.subarray(from, from + PIECE_ELEMENTS));
    if (factors !== undefined) for (let at = 0; at < piece.length; at += 1) piece[at] = (piece[at] as number) * (factors[Math.floor((from + at) / columns)] as number);
    yield piece;
  }
}

/** Pieces of the stream hold as many elements as the type's width makes of its bytes; these hold the same number for every type. */
async function* streamedPieces(info: TensorInfo): AsyncGenerator<Float32Array, void, undefined> {
  const piece = new Float32Array(PIECE_ELEMENTS);
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
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}
