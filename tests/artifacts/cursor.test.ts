import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cursor } from '../../src/artifacts/cursor.ts';
import { GateError } from '../../src/errors.ts';
import { gateErrorOf } from './gate-error-of.ts';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** Base-128 of a value below 2^64, seven bits a byte, lowest first. */
function varintOf(value: bigint): number[] {
  const out: number[] = [];
  let left = value;
  while (left >= 0x80n) {
    out.push(Number(left & 0x7fn) | 0x80);
    left >>= 7n;
  }
  return [...out, Number(left)];
}

describe('Cursor', () => {
  it('reads numbers of both byte orders and steps over them', () => {
    const cursor = new Cursor(bytes(0xff, 0x01, 0x02, 0x01, 0x02, 1, 2, 3, 4, 1, 2, 3, 4), { offset: 100 });

    expect([cursor.u8(), cursor.u16le(), cursor.u16be(), cursor.u32le(), cursor.u32be()]).toEqual([255, 0x0201, 0x0102, 0x04030201, 0x01020304]);
    expect(cursor.position).toBe(113);
    expect(cursor.isAtEnd).toBe(true);
  });

  it('reads every fixed-width number as DataView does, at any alignment', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), fc.nat(7), (eight, shift) => {
        const shifted = new Uint8Array(shift + 8);
        shifted.set(eight, shift);
        const view = new DataView(eight.buffer, eight.byteOffset, 8);
        const at = (): Cursor => new Cursor(shifted.subarray(shift));

        expect(at().u64le()).toBe(view.getBigUint64(0, true));
        expect(at().u64be()).toBe(view.getBigUint64(0, false));
        expect(at().i64le()).toBe(view.getBigInt64(0, true));
        expect(at().i64be()).toBe(view.getBigInt64(0, false));
        expect(at().i32le()).toBe(view.getInt32(0, true));
        expect(at().i32be()).toBe(view.getInt32(0, false));
        expect(at().f32le()).toBe(view.getFloat32(0, true));
        expect(at().f32be()).toBe(view.getFloat32(0, false));
        expect(at().f64le()).toBe(view.getFloat64(0, true));
        expect(at().f64be()).toBe(view.getFloat64(0, false));
        expect(at().i8()).toBe(view.getInt8(0));
      }),
    );
  });

  it('never returns less than was asked for, and stays where it was when it refuses', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.array(fc.nat(40), { maxLength: 10 }), (content, lengths) => {
        const cursor = new Cursor(content, { offset: 7 });
        for (const length of lengths) {
          const [before, left] = [cursor.position, cursor.remaining];
          if (length <= left) {
            expect([...cursor.bytes(length)]).toEqual([...content.subarray(before - 7, before - 7 + length)]);
            continue;
          }
          expect(() => cursor.bytes(length)).toThrow(expect.objectContaining({ code: 'format/truncated', where: { offset: before } }));
          expect(cursor.position).toBe(before);
        }
      }),
    );
  });

  it('reads any 64-bit varint back, as bigint and, where exact, as number', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        const encoded = bytes(...varintOf(value));

        expect(new Cursor(encoded).varint()).toBe(value);
        if (value <= BigInt(Number.MAX_SAFE_INTEGER)) expect(new Cursor(encoded).varintSize()).toBe(Number(value));
        else expect(() => new Cursor(encoded).varintSize()).toThrow(expect.objectContaining({ code: 'format/malformed' }));
      }),
    );
  });

  it('takes a varint with needless zero groups for its value, as Protocol Buffers do', () => {
    expect(new Cursor(bytes(0x81, 0x80, 0x80, 0x00)).varintSize()).toBe(1);
    expect(new Cursor(bytes(0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00)).varintSize()).toBe(1);
  });

  it('refuses a varint that ends early or is longer than 64 bits, at the offset where it starts', async () => {
    const tooLong = bytes(0, ...Array.from({ length: 9 }, () => 0xff), 0x02);
    const endless = bytes(0, ...Array.from({ length: 12 }, () => 0x80));
    const cases = [
      { content: bytes(0, 0x80), code: 'format/truncated' },
      { content: bytes(0), code: 'format/truncated' },
      { content: tooLong, code: 'format/malformed' },
      { content: endless, code: 'format/malformed' },
    ];

    for (const { content, code } of cases) {
      for (const read of [(cursor: Cursor) => cursor.varint(), (cursor: Cursor) => cursor.varintSize()]) {
        const cursor = new Cursor(content, { offset: 10, artifact: 'a.onnx' });
        cursor.skip(1);
        const error = await gateErrorOf(() => read(cursor));

        expect(error.code).toBe(code);
        expect(error.where).toEqual({ artifact: 'a.onnx', offset: 11 });
      }
    }
  });

  it('refuses lengths that are none', async () => {
    for (const length of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      const error = await gateErrorOf(() => new Cursor(bytes(1, 2, 3)).bytes(length));

      expect(error.code, String(length)).toMatch(/^format\/malformed$/);
    }
  });

  it('refuses a 64-bit size that a number cannot hold', async () => {
    const error = await gateErrorOf(() => new Cursor(bytes(0, 0, 0, 0, 0, 0, 0x20, 0)).size64le());

    expect(error.code).toBe('format/malformed');
    expect(error.where).toEqual({ offset: 0 });
    expect(new Cursor(bytes(0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)).size64be()).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('keeps absolute offsets in nested parts, whose end is an end', async () => {
    const outer = new Cursor(bytes(9, 9, 1, 2, 3, 9), { offset: 1000, artifact: 'm' });
    outer.skip(2);
    const inner = outer.sub(3);
    inner.skip(1);
    const error = await gateErrorOf(() => inner.u32le());

    expect(error.where).toEqual({ artifact: 'm', offset: 1003 });
    expect([inner.remaining, outer.position, outer.peek(), inner.sub(2).rest()]).toEqual([2, 1005, 9, bytes(2, 3)]);
    expect(outer.u8()).toBe(9);
    expect(outer.peek()).toBeUndefined();
  });

  it('reads UTF-8 strictly', async () => {
    const text = 'Größe\uFEFF 模型 🙂';
    const encoded = new TextEncoder().encode(text);

    expect(new Cursor(encoded).text(encoded.length)).toBe(text);
    expect((await gateErrorOf(() => new Cursor(encoded).text(encoded.length - 1))).code).toBe('format/malformed');
    expect((await gateErrorOf(() => new Cursor(bytes(0xc0, 0x80)).text(2))).where).toEqual({ offset: 0 });
  });

  it('hands readers an error about what they read, with the place', () => {
    const cursor = new Cursor(bytes(1, 2), { offset: 4, artifact: 'x' });

    expect(cursor.malformed('Wrong.')).toBeInstanceOf(GateError);
    expect(cursor.malformed('Wrong.', 3).where).toEqual({ artifact: 'x', offset: 3 });
  });
});
