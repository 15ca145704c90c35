import type { ByteSource } from '../../artifacts/byte-source.ts';
import { Cursor } from '../../artifacts/cursor.ts';
import { GateError } from '../../errors.ts';
import { MAX_HDF5_READ_BYTES, MAX_HDF5_USER_BLOCK_BYTES } from './hdf5-limits.ts';

/** What is needed to follow addresses in a file (HDF5 File Format Specification 3.0, II.A). */
export interface Hdf5File {
  readonly source: ByteSource;
  /** Bytes in front of the file; addresses count from here. */
  readonly base: number;
  /** Bytes of an address, and of a length. */
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  /** Where the root group's header is. */
  readonly root: number;
  /** Where the file ends by its own word, in the source. */
  readonly end: number;
  /** Bytes read of headers and trees so far. */
  readonly spent: { bytes: number };
}

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Where the file begins within these bytes; undefined when they hold no beginning of one. */
export function hdf5Beginning(head: Uint8Array): number | undefined {
  for (let at = 0; at <= MAX_HDF5_USER_BLOCK_BYTES && at + SIGNATURE.length <= head.byteLength; at = at === 0 ? 512 : at * 2) {
    if (SIGNATURE.every((byte, index) => head[at + index] === byte)) return at;
  }
  return undefined;
}

export function hdf5Error(code: 'format/truncated' | 'format/malformed' | 'format/unsupported' | 'format/limit-exceeded', message: string, offset: number): GateError {
  return new GateError({ code, message, where: { offset } });
}

/** Reads the superblock, versions 0 to 3. */
export async function openHdf5(source: ByteSource): Promise<Hdf5File> {
  const beginning = hdf5Beginning(await source.read(0, Math.min(source.size, MAX_HDF5_USER_BLOCK_BYTES + SIGNATURE.length)));
  if (beginning === undefined) throw hdf5Error('format/malformed', 'The file does not begin like an HDF5 file.', 0);
  const block = new Cursor(await source.read(beginning, Math.min(128, source.size - beginning)), { offset: beginning });
  block.skip(SIGNATURE.length);
  const version = block.u8();
  if (version > 3) throw hdf5Error('format/unsupported', `The superblock has version ${version}; 0 to 3 are known.`, beginning);
  if (version < 2) {
    block.skip(4);
    const sizes = sizesOf(block);
    block.skip(1 + 2 + 2 + 4 + (version === 1 ? 4 : 0));
    const base = addressFrom(block, sizes.offsetBytes) ?? 0;
    block.skip(sizes.offsetBytes);
    const end = addressFrom(block, sizes.offsetBytes) ?? 0;
    block.skip(sizes.offsetBytes);
    // The root group's entry: the place of its name, then its header.
    block.skip(sizes.offsetBytes);
    return checked({ source, base, ...sizes, end, spent: { bytes: 0 }, root: addressFrom(block, sizes.offsetBytes) ?? -1 }, beginning);
  }
  const sizes = sizesOf(block);
  block.skip(1);
  const base = addressFrom(block, sizes.offsetBytes) ?? 0;
  block.skip(sizes.offsetBytes);
  const end = addressFrom(block, sizes.offsetBytes) ?? 0;
  return checked({ source, base, ...sizes, end, spent: { bytes: 0 }, root: addressFrom(block, sizes.offsetBytes) ?? -1 }, beginning);
}

function sizesOf(block: Cursor): { readonly offsetBytes: number; readonly lengthBytes: number } {
  const at = block.position;
  const [offsetBytes, lengthBytes] = [block.u8(), block.u8()];
  if (![4, 8].includes(offsetBytes) || ![4, 8].includes(lengthBytes)) throw hdf5Error('format/unsupported', `Addresses of ${offsetBytes} and lengths of ${lengthBytes} bytes are not read.`, at);
  return { offsetBytes, lengthBytes };
}

/** Libraries differ in what they do where the base address is not where the file begins. */
function checked(file: Hdf5File, beginning: number): Hdf5File {
  if (file.base !== beginning) throw hdf5Error('format/malformed', `The file begins at ${beginning} and says that it begins at ${file.base}.`, beginning);
  // The library refuses a file that is shorter than it says.
  if (file.end > file.source.size) throw hdf5Error('format/truncated', `The file says that it ends at ${file.end}; it has ${file.source.size} bytes.`, file.source.size);
  return file;
}

/** An address; undefined for the one that means "none". */
export function addressFrom(cursor: Cursor, bytes: number): number | undefined {
  if (bytes === 4) {
    const value = cursor.u32le();
    return value === 0xffff_ffff ? undefined : value;
  }
  const at = cursor.position;
  const value = cursor.u64le();
  if (value === 0xffff_ffff_ffff_ffffn) return undefined;
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw hdf5Error('format/malformed', 'An address lies beyond 2^53.', at);
  return Number(value);
}

export function lengthFrom(cursor: Cursor, bytes: number): number {
  return bytes === 4 ? cursor.u32le() : cursor.size64le();
}

/** Bytes at an address of the file. */
export async function readAt(file: Hdf5File, address: number, length: number, what: string): Promise<Cursor> {
  const offset = file.base + address;
  if (address < 0 || offset > file.source.size || length > file.source.size - offset) throw hdf5Error('format/truncated', `${what} takes ${length} bytes at ${offset}; the file has ${file.source.size}.`, Math.max(0, offset));
  file.spent.bytes += length;
  if (file.spent.bytes > MAX_HDF5_READ_BYTES) throw hdf5Error('format/limit-exceeded', `Headers and trees take more than ${MAX_HDF5_READ_BYTES} bytes.`, offset);
  return new Cursor(await file.source.read(offset, length), { offset });
}
