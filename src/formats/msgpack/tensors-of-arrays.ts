import type { ByteSource } from '../../artifacts/byte-source.ts';
import { Cursor } from '../../artifacts/cursor.ts';
import { GateError } from '../../errors.ts';
import type { Tensors } from '../../model/facets.ts';
import type { FileOddity } from '../../model/structure.ts';
import { elementCountOf, rawByteLength } from '../../onnx/data-type.ts';
import type { OnnxDataType } from '../../onnx/onnx-model.ts';
import { shown } from '../oddities/shown.ts';
import type { MsgpackArray } from './read-msgpack.ts';
import { rawValues, type RawTensor } from '../raw-values.ts';

type PlainType = Exclude<OnnxDataType, 'undefined' | 'string'>;

/** NumPy's names of types by ours. */
const TYPES: Readonly<Record<string, PlainType>> = {
  float32: 'float', float64: 'double', float16: 'float16', bfloat16: 'bfloat16', int8: 'int8', int16: 'int16', int32: 'int32', int64: 'int64',
  uint8: 'uint8', uint16: 'uint16', uint32: 'uint32', uint64: 'uint64', bool: 'bool', bool_: 'bool', complex64: 'complex64', complex128: 'complex128',
};

/** Arrays as Flax writes them, `(shape, type, bytes)` in MessagePack, as tensors; one that is not so is an oddity. */
export function tensorsOfArrays(arrays: readonly MsgpackArray[], source: ByteSource): { readonly facet: Tensors; readonly oddities: readonly FileOddity[] } {
  const list: RawTensor[] = [];
  const oddities: FileOddity[] = [];
  for (const array of arrays) {
    try {
      list.push(infoOf(array, source));
    } catch (error) {
      if (!(error instanceof GateError)) throw error;
      oddities.push({ kind: 'unknown-extension', place: `array ${shown(array.path)}`, bytes: array.range, detail: `It is not written as Flax writes arrays: ${error.message}` });
    }
  }
  // Of several of one name the first counts.
  return { oddities, facet: { list, values: rawValues([...list].reverse()) } };
}

function infoOf({ path, range, head }: MsgpackArray, source: ByteSource): RawTensor {
  const cursor = new Cursor(head, { offset: range.offset });
  if (cursor.u8() !== 0x93) throw cursor.malformed('it is no list of three');
  const rank = cursor.u8();
  if ((rank & 0xf0) !== 0x90) throw cursor.malformed('its shape is no short list');
  const shape = Array.from({ length: rank & 0x0f }, () => readSize(cursor));
  const name = readText(cursor);
  const dataType = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
  if (dataType === undefined) throw cursor.malformed(`its type is ${shown(name)}`);
  const kind = cursor.u8();
  const length = kind === 0xc4 ? cursor.u8() : kind === 0xc5 ? cursor.u16be() : kind === 0xc6 ? cursor.u32be() : undefined;
  const elements = elementCountOf(shape);
  if (length === undefined || elements === undefined || length !== rawByteLength(dataType, elements)) throw cursor.malformed('its bytes do not fit its shape and type');
  const offset = cursor.position;
  if (offset + length !== range.offset + range.length) throw cursor.malformed('something follows its bytes');
  return { name: path, dataType, shape, source, range: { offset, length } };
}

function readSize(cursor: Cursor): number {
  const first = cursor.u8();
  if (first < 0x80) return first;
  if (first === 0xcc) return cursor.u8();
  if (first === 0xcd) return cursor.u16be();
  if (first === 0xce) return cursor.u32be();
  if (first === 0xcf) return cursor.size64be();
  throw cursor.malformed('a dimension is no whole number');
}

function readText(cursor: Cursor): string {
  const first = cursor.u8();
  if ((first & 0xe0) === 0xa0) return cursor.text(first & 0x1f);
  // `dtype.name` was written as bytes by older versions.
  if (first === 0xd9 || first === 0xc4) return cursor.text(cursor.u8());
  throw cursor.malformed('its type is no text');
}
