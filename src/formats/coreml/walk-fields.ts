import type { ByteSource } from '../../artifacts/byte-source.ts';
import { GateError } from '../../errors.ts';

/** A field of a protobuf message: its number and where its value lies; of a varint the value itself. */
export interface WireField {
  readonly number: number;
  readonly kind: 'varint' | 'bytes' | 'fixed';
  readonly offset: number;
  readonly length: number;
  readonly value: number;
}

/** The longest varint. */
const MAX_VARINT_BYTES = 10;

/** Fields that may still be read; shared by a whole file (CWE-770). */
export interface FieldBudget {
  left: number;
}

/**
 * The fields of one message, in order, without reading what they hold. Throws `format/truncated` and `format/malformed` with the offset; a message
 * inside of another ends where the other says.
 */
export async function* walkFields(source: ByteSource, from: number, to: number, budget: FieldBudget): AsyncGenerator<WireField> {
  let at = from;
  const fail = (code: 'format/truncated' | 'format/malformed' | 'format/limit-exceeded', message: string): GateError => new GateError({ code, message: `${message} (offset ${String(at)})`, where: { offset: at } });
  const varint = async (): Promise<number> => {
    const bytes = await source.read(at, Math.max(0, Math.min(MAX_VARINT_BYTES, to - at)));
    let value = 0;
    for (const [index, byte] of bytes.entries()) {
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) {
        at += index + 1;
        return value;
      }
    }
    throw fail(bytes.length < MAX_VARINT_BYTES ? 'format/truncated' : 'format/malformed', 'A number does not end.');
  };
  while (at < to) {
    budget.left -= 1;
    if (budget.left < 0) throw fail('format/limit-exceeded', 'The file has more fields than are read.');
    const tag = await varint();
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    if (number === 0 || tag > 2 ** 32) throw fail('format/malformed', 'There is no field of that number.');
    const start = at;
    if (wire === 0) {
      const value = await varint();
      yield { number, kind: 'varint', offset: start, length: at - start, value };
      continue;
    }
    if (wire !== 1 && wire !== 2 && wire !== 5) throw fail('format/malformed', `Fields of kind ${String(wire)} are in no file of this format.`);
    const length = wire === 2 ? await varint() : wire === 1 ? 8 : 4;
    if (length > to - at) throw fail('format/truncated', `A field has ${String(length)} bytes, and fewer are left.`);
    yield { number, kind: wire === 2 ? 'bytes' : 'fixed', offset: at, length, value: 0 };
    at += length;
  }
}
