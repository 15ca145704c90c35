import type { Cursor } from '../../../artifacts/cursor.ts';

export interface MessageField {
  readonly number: number;
  /** Of a length-delimited field. */
  readonly content: Cursor | undefined;
  readonly varint?: bigint;
  /** Of a 32-bit fixed field, as a float. */
  readonly fixed?: number;
}

/** The fields of a protobuf message in their order; of 64-bit fixed ones nothing is kept. Throws GateErrors for what breaks the wire format. */
export function* fieldsOfMessage(cursor: Cursor): Generator<MessageField> {
  while (!cursor.isAtEnd) {
    const tag = cursor.varintSize();
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        yield { number, content: undefined, varint: cursor.varint() };
        break;
      case 1:
        cursor.skip(8);
        break;
      case 2:
        yield { number, content: cursor.sub(cursor.varintSize()) };
        break;
      case 5:
        yield { number, content: undefined, fixed: cursor.f32le() };
        break;
      default:
        throw cursor.malformed('A field has a wire type that does not exist.');
    }
  }
}
