import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GateError } from '../../src/errors.ts';
import { decodeMessage } from '../../src/onnx/decode-message.ts';
import { ONNX_LIMITS } from '../../src/onnx/onnx-limits.ts';
import { messageKind, SCHEMA, TABLES, type MessageName } from '../../src/onnx/schema.ts';
import { intField, joinBytes, lengthDelimited, varint64 } from '../../src/onnx/wire-writer.ts';
import { readInt32, readInt64, readText, readUint64, readVarintNumber, wireState } from '../../src/onnx/wire.ts';
import { acceptFixtures, zooFiles } from './onnx-fixtures.ts';
import { readWithProtobufjs } from './onnx-proto.ts';

function decode(name: MessageName, bytes: Uint8Array): Record<string, unknown> {
  return decodeMessage(wireState(bytes, ONNX_LIMITS), name, bytes.byteLength) as unknown as Record<string, unknown>;
}

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof GateError ? error.code : String(error);
  }
}

const WIDTHS: Readonly<Record<string, number>> = { floatRun: 4, doubleRun: 8 };

/** Our messages in the form protobufjs gives: members by their proto names, numbers of runs decoded. */
function plain(name: MessageName, message: Record<string, unknown>, bytes: Uint8Array): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const entry of TABLES.get(name)?.values() ?? []) {
    const value = message[entry.name];
    if (value === undefined) continue;
    const key = entry.name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const nested = messageKind(entry);
    const one = (item: unknown): unknown => {
      if (nested !== undefined) return plain(nested, item as Record<string, unknown>, bytes);
      if (typeof item === 'bigint') return String(item);
      if (entry.kind === 'bytes') {
        const { offset, length } = item as { offset: number; length: number };
        return Buffer.from(bytes.slice(offset, offset + length)).toString('base64');
      }
      return item;
    };
    if (entry.kind.endsWith('Run')) result[key] = (value as { offset: number; length: number }[]).flatMap((run) => numbersOf(entry.kind, run, bytes));
    else result[key] = Array.isArray(value) ? value.map(one) : one(value);
  }
  return result;
}

function numbersOf(kind: string, { offset, length }: { offset: number; length: number }, bytes: Uint8Array): unknown[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = WIDTHS[kind];
  if (width !== undefined) {
    return Array.from({ length: length / width }, (_, at) => (width === 4 ? view.getFloat32(offset + at * 4, true) : view.getFloat64(offset + at * 8, true)));
  }
  const state = wireState(bytes, ONNX_LIMITS);
  state.position = offset;
  const numbers: unknown[] = [];
  while (state.position < offset + length) {
    if (kind === 'int32Run') numbers.push(readInt32(state, offset + length, kind));
    else numbers.push(String(kind === 'uint64Run' ? readUint64(state, offset + length, kind) : readInt64(state, offset + length, kind)));
  }
  return numbers;
}

/** protobufjs lists every repeated field, we list those that occur. */
function withoutEmptyLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyLists);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, one]) => !(Array.isArray(one) && one.length === 0));
  return Object.fromEntries(entries.map(([key, one]) => [key, withoutEmptyLists(one)]));
}

describe('against protobufjs with a schema of its own', () => {
  it.each(acceptFixtures)('$name holds the same fields', ({ bytes }) => {
    expect(withoutEmptyLists(plain('Model', decode('Model', bytes), bytes))).toEqual(withoutEmptyLists(readWithProtobufjs(bytes)));
  });

  it.skipIf(zooFiles.length === 0)('so does every model of the zoo', () => {
    for (const file of zooFiles) {
      const bytes: Uint8Array = readFileSync(file);
      expect(withoutEmptyLists(plain('Model', decode('Model', bytes), bytes)), file).toEqual(withoutEmptyLists(readWithProtobufjs(bytes)));
    }
  });
});

describe('the schema', () => {
  it('gives every field of a message a number of its own', () => {
    for (const [name, fields] of Object.entries(SCHEMA)) {
      const numbers = Object.values(fields).map((field: readonly unknown[]) => field[0]);
      expect(new Set(numbers).size, name).toBe(numbers.length);
    }
  });
});

describe('a varint', () => {
  const read = (value: bigint): bigint => readInt64(wireState(varint64(value), ONNX_LIMITS), 10, 'x');

  it('reads back as the 64-bit number that was written', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(read(value)).toBe(value);
        expect(readUint64(wireState(varint64(value), ONNX_LIMITS), 10, 'x')).toBe(BigInt.asUintN(64, value));
      }),
    );
  });

  it('may be padded, and ends after ten bytes and 64 bits', () => {
    const padded = Uint8Array.of(0x81, 0x80, 0x80, 0x00);

    expect(readInt64(wireState(padded, ONNX_LIMITS), 4, 'x')).toBe(1n);
    for (const bytes of [Uint8Array.of(...new Array<number>(10).fill(0xff), 0x01), Uint8Array.of(...new Array<number>(9).fill(0xff), 0x02)]) {
      expect(codeOf(() => readInt64(wireState(bytes, ONNX_LIMITS), bytes.byteLength, 'x'))).toBe('format/malformed');
    }
    expect(read(-(2n ** 63n))).toBe(-(2n ** 63n));
  });

  it('as an int32 holds 32 bits with their sign and nothing else', () => {
    const as32 = (value: bigint): number => readInt32(wireState(varint64(value), ONNX_LIMITS), 10, 'x');

    expect([as32(-1n), as32(-(2n ** 31n)), as32(2n ** 31n - 1n)]).toEqual([-1, -(2 ** 31), 2 ** 31 - 1]);
    for (const value of [2n ** 31n, -(2n ** 31n) - 1n, 2n ** 32n, 2n ** 63n]) expect(codeOf(() => as32(value)), String(value)).toBe('format/malformed');
  });

  it('as a length is exact or refused', () => {
    const asLength = (value: bigint): number => readVarintNumber(wireState(varint64(value), ONNX_LIMITS), 10, 'x');

    expect(asLength(2n ** 53n - 1n)).toBe(Number.MAX_SAFE_INTEGER);
    expect(codeOf(() => asLength(2n ** 53n))).toBe('format/malformed');
  });

  it('that the file or the message cuts off is truncated or malformed', () => {
    expect(codeOf(() => readInt64(wireState(Uint8Array.of(0x80), ONNX_LIMITS), 1, 'x'))).toBe('format/truncated');
    expect(codeOf(() => readInt64(wireState(Uint8Array.of(0x80, 0x01), ONNX_LIMITS), 1, 'x'))).toBe('format/malformed');
  });
});

describe('a text', () => {
  it('reads back as it was written, whatever its length and script', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 120 }), (value) => {
        const content = new TextEncoder().encode(value);
        const bytes = joinBytes([varint64(BigInt(content.byteLength)), content]);
        expect(readText(wireState(bytes, ONNX_LIMITS), bytes.byteLength, 10_000, 'x')).toBe(value);
      }),
    );
  });
});

describe('a message', () => {
  it('keeps the last member of a oneof only', () => {
    const dimension = joinBytes([intField(1, 3), lengthDelimited(2, [Uint8Array.of(0x4e)])]);

    expect(decode('Dimension', dimension)).toMatchObject({ dimValue: undefined, dimParam: 'N' });
  });

  it('merges a singular message that occurs again', () => {
    const twice = joinBytes([lengthDelimited(2, [lengthDelimited(1, [intField(1, 1)])]), lengthDelimited(2, [lengthDelimited(6, [Uint8Array.of(0x64)])])]);

    expect(decode('ValueInfo', twice)).toMatchObject({ type: { tensorType: { elemType: 1 }, denotation: 'd' } });
  });
});
