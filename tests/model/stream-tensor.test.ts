import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../src/artifacts/byte-source.ts';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import type { TensorInfo } from '../../src/model/facets.ts';
import { streamTensor, tensorBuffers } from '../../src/model/stream-tensor.ts';
import { decodeRawValues } from '../../src/onnx/tensor-values.ts';

function infoOf(dataType: string, shape: readonly number[], source: ByteSource, offset = 0, length = source.size - offset): TensorInfo {
  return { name: 't', dataType, shape, source, range: { offset, length } };
}

/** A source that remembers what was read of it. */
function counting(bytes: Uint8Array, withReadInto: boolean): { readonly source: ByteSource; readonly reads: [number, number][] } {
  const reads: [number, number][] = [];
  const inner = memorySource(bytes);
  const read = (offset: number, length: number) => (reads.push([offset, length]), inner.read(offset, length));
  const readInto = async (offset: number, target: Uint8Array) => target.set(await read(offset, target.byteLength));
  return { source: { size: bytes.length, read, ...(withReadInto ? { readInto } : {}) }, reads };
}

describe('streamTensor', () => {
  it.each(['float', 'double', 'float16', 'bfloat16', 'int8', 'int64', 'int4', 'uint2', 'complex64'] as const)('gives the values of %s that reading it whole gives, whatever the pieces', async (dataType) => {
    const bits = { float: 32, double: 64, float16: 16, bfloat16: 16, int8: 8, int64: 64, int4: 4, uint2: 2, complex64: 64 }[dataType];
    const parts = dataType === 'complex64' ? 2 : 1;
    await fc.assert(
      fc.asyncProperty(fc.nat(200), fc.nat(5), fc.constantFrom(16, 32, 48), fc.constantFrom(1, 2, 3), fc.boolean(), async (count, offset, pieceBytes, pieces, withReadInto) => {
        const length = Math.ceil((count * bits) / 8);
        // Bit patterns of finite numbers of every type.
        const bytes = Uint8Array.from({ length: offset + length + 3 }, (_, at) => (at * 37) % 60);
        const { source, reads } = counting(bytes, withReadInto);
        const values: number[] = [];
        let next = 0;
        for await (const piece of streamTensor(infoOf(dataType, [count], source, offset, length), { pieceBytes, readBytes: pieceBytes * pieces })) {
          expect(piece.start).toBe(next);
          expect(piece.values().length).toBe(piece.count * parts);
          next += piece.count;
          values.push(...piece.values());
        }
        expect(values).toEqual(Array.from(decodeRawValues(dataType, count * parts, bytes.slice(offset, offset + length))));
        // Each byte once, in order, none outside.
        expect(reads.map(([at]) => at)).toEqual(reads.map((_, index) => offset + index * pieceBytes * pieces));
        expect(reads.reduce((sum, [, one]) => sum + one, 0)).toBe(length);
      }),
      { numRuns: 30, seed: 1 },
    );
  });

  it('needs the memory of two reads, however large the tensor is', async () => {
    const size = 50_000_000_000;
    let most = 0;
    const source: ByteSource = { size, read: (_, length) => Promise.resolve(new Uint8Array(length)), readInto: (_, target) => Promise.resolve(void (most = Math.max(most, target.buffer.byteLength))) };
    let pieces = 0;
    for await (const piece of streamTensor(infoOf('float', [size / 4], source))) {
      pieces += 1;
      if (pieces === 40) break;
      expect(piece.count).toBe(65_536);
    }
    expect(most).toBe(2 ** 22);
  });

  it('lets one stream after the other use the same memory', async () => {
    const buffers = tensorBuffers();
    const seen = new Set<ArrayBufferLike>();
    for (const length of [64, 16, 64]) {
      for await (const piece of streamTensor(infoOf('float', [length / 4], memorySource(new Uint8Array(length))), { buffers })) seen.add(piece.bytes.buffer);
    }
    expect(seen.size).toBe(1);
  });

  it('rejects with what reading rejects with, and with a reason for what it cannot read', async () => {
    const drain = async (info: TensorInfo, options = {}): Promise<void> => {
      for await (const piece of streamTensor(info, options)) piece.values();
    };
    const short = infoOf('float', [8], memorySource(new Uint8Array(16)), 0, 32);
    const controller = new AbortController();
    controller.abort();

    await expect(drain(short)).rejects.toMatchObject({ code: 'format/truncated' });
    await expect(drain(infoOf('string', [1], memorySource(new Uint8Array(4))))).rejects.toMatchObject({ code: 'format/unsupported' });
    await expect(drain(infoOf('float', [1], memorySource(new Uint8Array(4))), { signal: controller.signal })).rejects.toMatchObject({ code: 'inspection/cancelled' });
    await expect(drain(infoOf('float', [1], memorySource(new Uint8Array(4))), { pieceBytes: 12 })).rejects.toThrow(RangeError);
  });
});
