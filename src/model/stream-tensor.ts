import { GateError } from '../errors.ts';
import { ELEMENT_BITS } from '../onnx/data-type.ts';
import { decodeRawValues, type NumericType } from '../onnx/tensor-values.ts';
import type { TensorInfo } from './facets.ts';

/**
 * Bytes of one read: two are alive at once. A read costs some tenths of a millisecond whatever its length; of 4 MiB and more
 * that is no longer felt.
 */
export const TENSOR_READ_BYTES = 2 ** 22;

/** Bytes of one piece: whole elements of every type (a multiple of 16), and few enough for a second look at a piece to find it in the processor's cache. */
export const TENSOR_PIECE_BYTES = 2 ** 18;

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

/** Two pieces of memory that streams share one after the other; they grow to what the largest read needs. */
export interface TensorBuffers {
  take(index: 0 | 1, length: number): Uint8Array;
}

export function tensorBuffers(): TensorBuffers {
  const held = [new Uint8Array(0), new Uint8Array(0)];
  return {
    take(index, length) {
      if ((held[index]?.length ?? 0) < length) held[index] = new Uint8Array(length);
      return (held[index] as Uint8Array).subarray(0, length);
    },
  };
}

export interface StreamOptions {
  readonly signal?: AbortSignal;
  /** For tests; a positive multiple of 16, default {@link TENSOR_PIECE_BYTES}. */
  readonly pieceBytes?: number;
  /** For tests; a positive multiple of the piece, default {@link TENSOR_READ_BYTES}. */
  readonly readBytes?: number;
  /** Memory to read into, for whoever reads many tensors one after the other; made when it is not given. Only for one stream at a time. */
  readonly buffers?: TensorBuffers;
}

/**
 * The elements of a tensor piece by piece, each byte read once and in order, with flat memory whatever the tensor's size;
 * the next piece is read while one is looked at. Rejects with `inspection/cancelled`, with `format/unsupported` for types
 * without a fixed width, and with whatever reading rejects with.
 */
export async function* streamTensor(info: TensorInfo, options: StreamOptions = {}): AsyncGenerator<TensorPiece, void, undefined> {
  const bits = bitsOf(info);
  const { pieceBytes = TENSOR_PIECE_BYTES, readBytes = TENSOR_READ_BYTES, signal } = options;
  if (!(pieceBytes > 0) || pieceBytes % 16 !== 0 || readBytes % pieceBytes !== 0) throw new RangeError(`Pieces of ${pieceBytes} bytes and reads of ${readBytes} do not hold whole elements.`);
  const { offset, length } = info.range;
  const total = info.shape.reduce((product, dim) => product * dim, 1);
  const buffers = options.buffers ?? tensorBuffers();
  const readAt = async (at: number): Promise<Uint8Array> => {
    const read = buffers.take((at / readBytes) % 2 === 0 ? 0 : 1, Math.min(readBytes, length - at));
    if (info.source.readInto === undefined) read.set(await info.source.read(offset + at, read.byteLength));
    else await info.source.readInto(offset + at, read);
    return read;
  };

  let next = length === 0 ? undefined : readAt(0);
  for (let at = 0; next !== undefined; at += readBytes) {
    const read = await next;
    next = at + readBytes < length ? readAt(at + readBytes) : undefined;
    // Awaited in the next turn, or at the end when whoever reads stops early; a rejection before that must not count as unhandled.
    next?.catch(() => undefined);
    try {
      for (let from = 0; from < read.byteLength; from += pieceBytes) {
        if (signal?.aborted === true) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the weights was cancelled.' });
        const bytes = read.subarray(from, from + pieceBytes);
        const start = ((at + from) * 8) / bits;
        const count = Math.min(total - start, (bytes.byteLength * 8) / bits);
        yield { start, count, bytes, values: () => valuesOf(info, bytes, count) };
      }
    } finally {
      // Whoever closes the source after this must not do so under a read.
      await next?.catch(() => undefined);
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
