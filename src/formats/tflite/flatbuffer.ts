import { viewOf } from '../../onnx/byte-view.ts';
import { GateError } from '../../errors.ts';

/** Items of all vectors that are gone over; the largest networks have some 100,000 tensors (CWE-770). */
const MAX_ITEMS = 4_000_000;
/** A name. */
const MAX_TEXT_BYTES = 65_536;
/** All names: any number of tensors can have the same long one (CWE-770). */
const MAX_TOTAL_TEXT_BYTES = 256 * 2 ** 20;

/** A table of a flatbuffer; fields are counted from 0 as in its schema. Every access is checked against the file. */
export interface FlatTable {
  readonly at: number;
  u8(field: number): number;
  i32(field: number): number;
  u32(field: number): number;
  /** A 64-bit number; `format/malformed` beyond 2^53. */
  u64(field: number): number;
  text(field: number): string;
  table(field: number): FlatTable | undefined;
  tables(field: number): FlatTable[];
  numbers(field: number): number[];
  /** Where the bytes of a vector of bytes lie; undefined where the field is not there. */
  bytes(field: number): { readonly offset: number; readonly length: number } | undefined;
}

/** The root table of a flatbuffer (https://flatbuffers.dev/internals/). Throws `format/truncated` for what leads out of the file. */
export function openFlatbuffer(bytes: Uint8Array): FlatTable {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let items = 0;
  let texts = 0;
  const within = (offset: number, length: number): number => {
    if (offset < 0 || length < 0 || length > bytes.byteLength - offset) throw new GateError({ code: 'format/truncated', message: `${length} bytes at ${offset} are not all in the file, which has ${bytes.byteLength}.`, where: { offset: Math.max(0, Math.min(offset, bytes.byteLength)) } });
    return offset;
  };
  const u32At = (offset: number): number => view.getUint32(within(offset, 4), true);
  /** Offsets are counted from where they are. */
  const follow = (offset: number): number => within(offset + u32At(offset), 4);
  const count = (offset: number, width: number): number => {
    const length = u32At(offset);
    within(offset + 4, length * width);
    return length;
  };
  const spend = (length: number, offset: number): number => {
    items += length;
    if (items > MAX_ITEMS) throw new GateError({ code: 'format/limit-exceeded', message: `The file has more than ${MAX_ITEMS} items.`, where: { offset } });
    return length;
  };
  const tableAt = (at: number): FlatTable => {
    const vtable = within(at - view.getInt32(within(at, 4), true), 4);
    const vtableBytes = view.getUint16(vtable, true);
    within(vtable, Math.max(4, vtableBytes));
    const place = (field: number, width: number): number | undefined => {
      const entry = 4 + field * 2;
      const offset = entry + 2 <= vtableBytes ? view.getUint16(vtable + entry, true) : 0;
      return offset === 0 ? undefined : within(at + offset, width);
    };
    const vectorAt = (field: number): number | undefined => {
      const found = place(field, 4);
      return found === undefined ? undefined : follow(found);
    };
    return {
      at,
      u8: (field) => { const found = place(field, 1); return found === undefined ? 0 : view.getUint8(found); },
      i32: (field) => { const found = place(field, 4); return found === undefined ? 0 : view.getInt32(found, true); },
      u32: (field) => { const found = place(field, 4); return found === undefined ? 0 : view.getUint32(found, true); },
      u64(field) {
        const found = place(field, 8);
        if (found === undefined) return 0;
        const value = view.getBigUint64(found, true);
        if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new GateError({ code: 'format/malformed', message: 'A number is beyond 2^53.', where: { offset: found } });
        return Number(value);
      },
      text(field) {
        const found = vectorAt(field);
        if (found === undefined) return '';
        const length = count(found, 1);
        texts += length;
        if (length > MAX_TEXT_BYTES || texts > MAX_TOTAL_TEXT_BYTES) throw new GateError({ code: 'format/limit-exceeded', message: `A name has ${length} bytes, and all together ${texts}; ${MAX_TEXT_BYTES} and ${MAX_TOTAL_TEXT_BYTES} are read.`, where: { offset: found } });
        return Buffer.from(viewOf(bytes, found + 4, length)).toString('utf8');
      },
      table(field) {
        const found = vectorAt(field);
        return found === undefined ? undefined : tableAt(found);
      },
      tables(field) {
        const found = vectorAt(field);
        if (found === undefined) return [];
        return Array.from({ length: spend(count(found, 4), found) }, (_, index) => tableAt(follow(found + 4 + index * 4)));
      },
      numbers(field) {
        const found = vectorAt(field);
        if (found === undefined) return [];
        return Array.from({ length: spend(count(found, 4), found) }, (_, index) => view.getInt32(found + 4 + index * 4, true));
      },
      bytes(field) {
        const found = vectorAt(field);
        return found === undefined ? undefined : { offset: found + 4, length: count(found, 1) };
      },
    };
  };
  return tableAt(follow(0));
}
