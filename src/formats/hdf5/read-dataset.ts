import { Cursor } from '../../artifacts/cursor.ts';
import type { ByteRange } from '../../artifacts/byte-source.ts';
import { readDatatype, type Hdf5Type } from './datatype.ts';
import { addressFrom, hdf5Error, lengthFrom, type Hdf5File } from './hdf5-file.ts';
import { readDataspace } from './read-attributes.ts';
import type { HeaderMessage } from './read-header.ts';

export interface Hdf5Dataset {
  readonly type: Hdf5Type;
  readonly shape: readonly number[];
  /** Of its elements in the file, where they lie in one piece; undefined for chunks, for none, and for those of other files. */
  readonly range?: ByteRange;
  /** The elements are those of other files: a list of raw files, or a virtual dataset. */
  readonly isElsewhere: boolean;
}

const DATASPACE = 0x01;
const DATATYPE = 0x03;
const EXTERNAL_FILES = 0x07;
const LAYOUT = 0x08;
const SHARED = 0x02;

/** A dataset; undefined where the object has no layout and so is none. */
export function readDataset(file: Hdf5File, messages: readonly HeaderMessage[]): Hdf5Dataset | undefined {
  const layout = messages.find(({ type }) => type === LAYOUT);
  if (layout === undefined) return undefined;
  const space = messages.find(({ type }) => type === DATASPACE);
  const type = messages.find((one) => one.type === DATATYPE);
  const known: Hdf5Type = type === undefined || (type.flags & SHARED) !== 0 ? { kind: 'other', size: 0 } : readDatatype(type.bytes, type.offset);
  const shape = space === undefined || (space.flags & SHARED) !== 0 ? [] : readDataspace(space.bytes, space.offset, file) ?? [0];
  const { range, isVirtual } = layoutOf(file, layout);
  const isElsewhere = isVirtual || messages.some((one) => one.type === EXTERNAL_FILES);
  return { type: known, shape, isElsewhere, ...(range === undefined || isElsewhere ? {} : { range }) };
}

/** Data layout message, versions 3 and 4: class 0 in the header itself, 1 in one piece, 2 in chunks, 3 virtual. */
function layoutOf(file: Hdf5File, { bytes, offset }: HeaderMessage): { readonly range?: ByteRange; readonly isVirtual: boolean } {
  const cursor = new Cursor(bytes, { offset });
  const version = cursor.u8();
  if (version < 3) return { isVirtual: false };
  if (version > 4) throw hdf5Error('format/unsupported', `A data layout has version ${version}.`, offset);
  const kind = cursor.u8();
  if (kind === 0) {
    const length = cursor.u16le();
    const at = cursor.position;
    cursor.skip(length);
    return { isVirtual: false, range: { offset: at, length } };
  }
  if (kind !== 1) return { isVirtual: kind === 3 };
  const address = addressFrom(cursor, file.offsetBytes);
  const length = lengthFrom(cursor, file.lengthBytes);
  if (address === undefined) return { isVirtual: false };
  if (length > file.source.size - file.base - address) throw hdf5Error('format/truncated', `A dataset takes ${length} bytes at ${file.base + address}; the file has ${file.source.size}.`, file.base + address);
  return { isVirtual: false, range: { offset: file.base + address, length } };
}
