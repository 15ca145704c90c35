import { constantValue, dequantizer, isFloatCast, transposed, type Dequantizer } from './constant-value.ts';
import { ELEMENT_BITS } from './data-type.ts';
import { intsAttribute, isOperator, type GraphIndex } from './graph-index.ts';
import type { OnnxTensor } from './onnx-model.ts';
import { decodeRawValues, type NumericType } from './tensor-values.ts';

/** Some consecutive rows; valid until the next are asked for. */
export interface RowBlock {
  /** Number of the first row. */
  readonly first: number;
  readonly count: number;
  /** Row-major [count, columnCount]. */
  readonly values: Float32Array;
}

/** A constant matrix of a graph, read in blocks of rows whatever its size and however it is stored. */
export interface MatrixRows {
  /** Name of the tensor the numbers come from. */
  readonly origin: string;
  readonly rowCount: number;
  readonly columnCount: number;
  /** All rows in their order, each block at most {@link MAX_BLOCK_ELEMENTS} or one row; may be asked for again. Rejects as `tensorValues` does. */
  blocks(): AsyncGenerator<RowBlock, void, undefined>;
}

export interface MatrixLayout {
  /** The value of the graph has the rows as its columns. */
  readonly isTransposed?: boolean;
  /** It is a kernel of one place: [rows, columns, 1, 1]. */
  readonly isKernel?: boolean;
  /** What every number is multiplied by; default 1. */
  readonly scale?: number;
}

/** 32 MiB of float32: a matrix of no more is held, of a larger one a block at a time. Nearly all classifiers' last layers are smaller. */
export const MAX_BLOCK_ELEMENTS = 2 ** 23;

/** Matrices whose numbers are computed otherwise than is read in blocks are held several times over, so of them only so many elements are taken. */
const MAX_COMPUTED_ELEMENTS = 2 ** 25;

/** Nodes between a matrix and its numbers; exporters need one or two. */
const MAX_STEPS = 8;

/** Undefined where the value is no constant matrix, or one of very many numbers that have to be computed. */
export async function matrixRows(index: GraphIndex, name: string, layout: MatrixLayout = {}): Promise<MatrixRows | undefined> {
  const stored = (await storedMatrix(index, name, layout)) ?? (await computedMatrix(index, name, layout));
  if (stored === undefined || stored.rowCount < 1 || stored.columnCount < 1) return undefined;
  return stored.rowCount * stored.columnCount <= MAX_BLOCK_ELEMENTS ? held(stored) : stored;
}

/** Numbers that are already there. */
export function rowsOfValues(origin: string, [rowCount, columnCount]: readonly [number, number], values: Float32Array | Float64Array, scale = 1): MatrixRows {
  const all = scale === 1 && values instanceof Float32Array ? values : Float32Array.from(values, (value) => value * scale);
  const rows = rowsAtATime(columnCount);
  return {
    origin, rowCount, columnCount,
    async *blocks() {
      for (let first = 0; first < rowCount; first += rows) {
        const count = Math.min(rows, rowCount - first);
        yield { first, count, values: viewOf(all, first * columnCount, count * columnCount) };
      }
    },
  };
}

/** Throws where there are not so many, unlike `subarray`. */
function viewOf({ buffer, byteOffset, BYTES_PER_ELEMENT }: Float32Array, from: number, count: number): Float32Array {
  return new Float32Array(buffer, byteOffset + from * BYTES_PER_ELEMENT, count);
}

function rowsAtATime(columnCount: number): number {
  return Math.max(1, Math.floor(MAX_BLOCK_ELEMENTS / columnCount));
}

/** One that is read once, when it is first asked for. */
function held(matrix: MatrixRows): MatrixRows {
  let block: RowBlock | undefined;
  return {
    ...matrix,
    async *blocks() {
      if (block === undefined) for await (const one of matrix.blocks()) block = one;
      if (block !== undefined) yield block;
    },
  };
}

async function computedMatrix(index: GraphIndex, name: string, { isTransposed, isKernel, scale }: MatrixLayout): Promise<MatrixRows | undefined> {
  const value = await constantValue(index, name, MAX_COMPUTED_ELEMENTS);
  if (value === undefined || !isMatrix(value.shape, isKernel)) return undefined;
  const turned = isTransposed === true ? transposed(value, [1, 0]) : value;
  const [rowCount = 0, columnCount = 0] = turned?.shape ?? [];
  return turned === undefined ? undefined : rowsOfValues(value.origin, [rowCount, columnCount], turned.values, scale);
}

function isMatrix(shape: readonly number[], isKernel: boolean | undefined): boolean {
  return isKernel === true ? shape.length === 4 && shape[2] === 1 && shape[3] === 1 : shape.length === 2;
}

/** A matrix whose numbers stand in the file, perhaps turned, quantized or of another float type: they are read where they are needed. */
async function storedMatrix(index: GraphIndex, name: string, { isTransposed = false, isKernel, scale = 1 }: MatrixLayout): Promise<MatrixRows | undefined> {
  let [value, isTurned, dequantize] = [name, isTransposed, undefined as Dequantizer | undefined];
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const node = index.producers.get(value);
    const tensor = index.initializers.get(value) ?? (isOperator(node, 'Constant') ? tensorAttribute(node.attributes.values()) : undefined);
    if (tensor !== undefined) {
      if (!isMatrix(tensor.dims, isKernel) || !isStored(tensor)) return undefined;
      return rowsInFile({ origin: value, tensor, isTurned, scale, dequantize });
    }
    if (node === undefined || dequantize !== undefined) return undefined;
    if (isOperator(node, 'Transpose')) {
      const order = (intsAttribute(node, 'perm') ?? [1, 0]).join();
      if (isKernel === true || (order !== '1,0' && order !== '0,1')) return undefined;
      if (order === '1,0') isTurned = !isTurned;
    } else if (isOperator(node, 'DequantizeLinear')) {
      const dims = index.initializers.get(node.inputs[0] ?? '')?.dims;
      dequantize = dims === undefined ? undefined : await dequantizer(index, node, dims);
      if (dequantize === undefined) return undefined;
    } else if (!isOperator(node, 'Identity') && !isFloatCast(node)) return undefined;
    value = node.inputs[0] ?? '';
  }
  return undefined;
}

function tensorAttribute(attributes: Iterable<{ readonly type: string; readonly value: unknown }>): OnnxTensor | undefined {
  for (const { type, value } of attributes) if (type === 'tensor') return value as OnnxTensor;
  return undefined;
}

type Stored = OnnxTensor & Required<Pick<OnnxTensor, 'raw'>> & { readonly dataType: NumericType };

/** Numbers of whole bytes, as raw data or external data keep them. */
function isStored(tensor: OnnxTensor): tensor is Stored {
  const { dataType, raw } = tensor;
  if (raw === undefined || dataType === 'string' || dataType === 'undefined' || dataType.startsWith('complex')) return false;
  return ELEMENT_BITS[dataType] >= 8;
}

interface InFile {
  readonly origin: string;
  readonly tensor: Stored;
  /** The file has the columns first. */
  readonly isTurned: boolean;
  readonly scale: number;
  readonly dequantize: Dequantizer | undefined;
}

function rowsInFile({ origin, tensor, isTurned, scale, dequantize }: InFile): MatrixRows {
  const { dataType, dims, raw } = tensor;
  const [outer = 0, inner = 0] = dims;
  const [rowCount, columnCount] = isTurned ? [inner, outer] : [outer, inner];
  const bytesEach = ELEMENT_BITS[dataType] / 8;
  /** Elements that follow one another in the file, dequantized and rounded to float32 as a constant of the graph would be. */
  const read = async (from: number, count: number): Promise<Float32Array | Float64Array> => {
    const bytes = await raw.source.read(raw.range.offset + from * bytesEach, count * bytesEach);
    const values = decodeRawValues(dataType, count, bytes);
    return dequantize === undefined ? values : Float32Array.from(values, (value, at) => dequantize(value, from + at));
  };
  const rows = rowsAtATime(columnCount);
  return {
    origin, rowCount, columnCount,
    async *blocks() {
      const values = new Float32Array(Math.min(rows, rowCount) * columnCount);
      for (let first = 0; first < rowCount; first += rows) {
        const count = Math.min(rows, rowCount - first);
        const block = viewOf(values, 0, count * columnCount);
        if (isTurned) {
          for (let column = 0; column < columnCount; column += 1) {
            const part = await read(column * rowCount + first, count);
            for (let row = 0, at = column; row < count; row += 1, at += columnCount) block[at] = (part[row] as number) * scale;
          }
        } else {
          const part = await read(first * columnCount, block.length);
          for (let at = 0; at < block.length; at += 1) block[at] = (part[at] as number) * scale;
        }
        yield { first, count, values: block };
      }
    },
  };
}
