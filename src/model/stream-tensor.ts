import { GateError } from '../errors.ts';
import { ELEMENT_BITS } from '../onnx/data-type.ts';
import { decodeRawValues, type NumericType } from '../onnx/tensor-values.ts';
import type { TensorInfo } from './facets.ts';

/**
 * Bytes of one piece: two are alive at once. It holds whole elements of every type (a multiple of 16), and is small enough
 * for a second pass over a piece to find it in the processor's cache.
 */
export const TENSOR_PIECE_BYTES = 2 ** 20;

/** Some consecutive elements of a tensor. Valid until the next piece is asked for: its bytes are then written over. */
export interface TensorPiece {
  /** Index of the first element, row-major. */
  readonly start: number;
  readonly count: number;
  /** The elements as they are stored, little-endian, beginning at an address that every typed array accepts. */
  readonly bytes: Uint8Array;
  /** The same as numbers, by the rules of `Tensors.values`: float32 without a copy, everything else decoded for this call. */
  values(): Float32Array | Float64Array;
}

export interface StreamOptions {
  readonly signal?: AbortSignal;
  /** For tests; a positive multiple of 16, default {@link TENSOR_PIECE_BYTES}. */
  readonly pieceBytes?: number;
}

/**
 * The elements of a tensor piece by piece, each byte read once and in order, with flat memory whatever the tensor's size;
 * the next piece is read while one is looked at. Rejects with `inspection/cancelled`, with `format/unsupported` for types
 * without a fixed width, and with whatever reading rejects with.
 */
export async function* streamTensor(info: TensorInfo, options: StreamOptions = {}): AsyncGenerator<TensorPiece, void, undefined> {
  const bits = bitsOf(info);
  const pieceBytes = options.pieceBytes ?? TENSOR_PIECE_BYTES;
  if (!(pieceBytes > 0) || pieceBytes % 16 !== 0) throw new RangeError(`A piece of ${pieceBytes} bytes does not hold whole elements.`);
  const { offset, length } = info.range;
  const total = info.shape.reduce((product, dim) => product * dim, 1);
  const longest = Math.min(pieceBytes, length);
  const buffers = [new Uint8Array(longest), new Uint8Array(longest)] as const;
  const readPiece = async (at: number): Promise<Uint8Array> => {
    const piece = buffers[(at / pieceBytes) % 2 === 0 ? 0 : 1].subarray(0, Math.min(pieceBytes, length - at));
    if (info.source.readInto === undefined) piece.set(await info.source.read(offset + at, piece.byteLength));
    else await info.source.readInto(offset + at, piece);
    return piece;
  };

  let next = length === 0 ? undefined : readPiece(0);
  for (let at = 0; next !== undefined; at += pieceBytes) {
    const bytes = await next;
    if (options.signal?.aborted === true) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the weights was cancelled.' });
    next = at + pieceBytes < length ? readPiece(at + pieceBytes) : undefined;
    // Awaited in the next turn, or never when the reader stops early; a rejection before that must not count as unhandled.
    next?.catch(() => undefined);
    const start = (at * 8) / bits;
    const count = Math.min(total - start, (bytes.byteLength * 8) / bits);
    try {
      yield { start, count, bytes, values: () => valuesOf(info, bytes, count) };
    } catch (error) {
      await next?.catch(() => undefined);
      throw error;
    }
  }
}

function valuesOf(info: TensorInfo, bytes: Uint8Array, count: number): Float32Array | Float64Array {
  if (info.dataType === 'float') return new Float32Array(bytes.buffer, bytes.byteOffset, count);
  const parts = info.dataType === 'complex64' || info.dataType === 'complex128' ? 2 : 1;
  return decodeRawValues(info.dataType as NumericType, count * parts, bytes);
}

function bitsOf({ name, dataType }: TensorInfo): number {
  const bits = (ELEMENT_BITS as Readonly<Record<string, number>>)[dataType];
  if (bits !== undefined) return bits;
  throw new GateError({ code: 'format/unsupported', message: `Tensor ${JSON.stringify(name.slice(0, 100))} of type ${dataType} has no numeric elements.` });
}
