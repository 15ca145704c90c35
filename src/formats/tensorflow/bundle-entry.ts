import { WIRE_LENGTH, WIRE_VARINT, wireError } from '../../onnx/wire.ts';
import { dimsOf } from './constant-tensors.ts';
import { eachField } from './message.ts';

/** Where one tensor of a checkpoint lies (BundleEntryProto of tensor_bundle.proto). */
export interface BundleEntry {
  readonly name: string;
  /** By the numbers of types.proto. */
  readonly type: number;
  readonly shape: readonly number[];
  readonly shard: number;
  readonly offset: number;
  readonly size: number;
  /** A part of a partitioned variable, or the whole of which the parts are elsewhere. */
  readonly isSlice: boolean;
}

/** BundleHeaderProto: num_shards 1, endianness 2 (0 little). */
export function readBundleHeader(value: Uint8Array): { readonly shards: number; readonly isLittleEndian: boolean } {
  let shards = 0;
  let endianness = 0n;
  eachField({ bytes: value, start: 0, end: value.byteLength }, (field) => {
    if (field.wire !== WIRE_VARINT) return;
    if (field.number === 1) shards = sizeOf(field.value);
    else if (field.number === 2) endianness = field.value;
  }, 'header of the checkpoint');
  return { shards, isLittleEndian: endianness === 0n };
}

/** BundleEntryProto: dtype 1, shape 2, shard_id 3, offset 4, size 5, slices 7. Keys of slices begin with a zero byte. */
export function readBundleEntry(name: string, value: Uint8Array): BundleEntry {
  const entry = { type: 0, shard: 0, offset: 0, size: 0 };
  let shape: number[] = [];
  let isSlice = name.startsWith('\u0000');
  eachField({ bytes: value, start: 0, end: value.byteLength }, (field) => {
    if (field.number === 2 && field.wire === WIRE_LENGTH) shape = dimsOf({ bytes: value, start: field.start, end: field.end });
    else if (field.number === 7) isSlice = true;
    else if (field.wire === WIRE_VARINT) {
      if (field.number === 1) entry.type = sizeOf(field.value);
      else if (field.number === 3) entry.shard = sizeOf(field.value);
      else if (field.number === 4) entry.offset = sizeOf(field.value);
      else if (field.number === 5) entry.size = sizeOf(field.value);
    }
  }, 'entry of the checkpoint');
  if (shape.some((dim) => dim < 0)) throw wireError('format/malformed', `Tensor ${JSON.stringify(name.slice(0, 100))} has a negative dimension.`, 0);
  return { name, shape, isSlice, ...entry };
}

function sizeOf(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw wireError('format/malformed', 'A number of the checkpoint is beyond 2^53.', 0);
  return Number(value);
}
