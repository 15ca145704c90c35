import { Cursor } from '../../artifacts/cursor.ts';
import { addressFrom, hdf5Error, lengthFrom, readAt, type Hdf5File } from './hdf5-file.ts';
import { MAX_HDF5_BLOCK_BYTES, MAX_HDF5_CONTINUATIONS, MAX_HDF5_MESSAGES } from './hdf5-limits.ts';

export interface HeaderMessage {
  readonly type: number;
  /** Bit 1: the content is a reference to a shared message. */
  readonly flags: number;
  readonly bytes: Uint8Array;
  /** Of its content, in the file. */
  readonly offset: number;
}

const CONTINUATION = 0x10;
const VERSION_2 = 0x5244_484f;
const VERSION_2_CONTINUATION = 0x4b48_434f;

/** All messages of an object's header, versions 1 and 2, with the blocks it continues in. */
export async function readHeader(file: Hdf5File, address: number): Promise<HeaderMessage[]> {
  const start = await readAt(file, address, 16, 'An object header');
  const at = file.base + address;
  if (start.u32le() === VERSION_2) return readVersion2(file, address);
  const again = await readAt(file, address, 16, 'An object header');
  const version = again.u8();
  if (version !== 1) throw hdf5Error(version === 0 || version > 2 ? 'format/malformed' : 'format/unsupported', `An object header has version ${version}.`, at);
  again.skip(1);
  again.skip(2 + 4);
  return collect(file, [{ address: address + 16, length: again.u32le(), isFirst: true }], { is2: false, hasOrder: false });
}

async function readVersion2(file: Hdf5File, address: number): Promise<HeaderMessage[]> {
  const header = await readAt(file, address, Math.min(64, file.source.size - file.base - address), 'An object header');
  header.skip(4);
  const version = header.u8();
  if (version !== 2) throw hdf5Error('format/unsupported', `An object header has version ${version}.`, file.base + address);
  const flags = header.u8();
  if ((flags & 0x20) !== 0) header.skip(16);
  if ((flags & 0x10) !== 0) header.skip(4);
  const width = flags & 3;
  const length = width === 0 ? header.u8() : width === 1 ? header.u16le() : width === 2 ? header.u32le() : header.size64le();
  return collect(file, [{ address: header.position - file.base, length, isFirst: true }], { is2: true, hasOrder: (flags & 4) !== 0 });
}

interface Block {
  readonly address: number;
  readonly length: number;
  readonly isFirst: boolean;
}

async function collect(file: Hdf5File, blocks: Block[], { is2, hasOrder }: { readonly is2: boolean; readonly hasOrder: boolean }): Promise<HeaderMessage[]> {
  const messages: HeaderMessage[] = [];
  for (let index = 0; index < blocks.length; index += 1) {
    const block = blocks[index] as Block;
    if (block.length > MAX_HDF5_BLOCK_BYTES) throw hdf5Error('format/limit-exceeded', `A header block has ${block.length} bytes; ${MAX_HDF5_BLOCK_BYTES} are read.`, file.base + block.address);
    const cursor = await readAt(file, block.address, block.length, 'A header block');
    if (is2 && !block.isFirst && cursor.u32le() !== VERSION_2_CONTINUATION) throw hdf5Error('format/malformed', 'A header block lacks its signature.', file.base + block.address);
    // A continuation ends with a checksum; the first block's lies behind it.
    const end = is2 && !block.isFirst ? 4 : 0;
    const least = is2 ? 4 + (hasOrder ? 2 : 0) : 8;
    while (cursor.remaining - end >= least) {
      const type = is2 ? cursor.u8() : cursor.u16le();
      const size = cursor.u16le();
      const flags = cursor.u8();
      cursor.skip(is2 ? (hasOrder ? 2 : 0) : 3);
      if (size > cursor.remaining - end) throw hdf5Error('format/malformed', 'A header message ends behind its block.', cursor.position);
      const offset = cursor.position;
      const bytes = cursor.bytes(size);
      if (messages.length >= MAX_HDF5_MESSAGES) throw hdf5Error('format/limit-exceeded', `An object header has more than ${MAX_HDF5_MESSAGES} messages.`, offset);
      messages.push({ type, flags, bytes, offset });
      if (type !== CONTINUATION) continue;
      if (blocks.length > MAX_HDF5_CONTINUATIONS) throw hdf5Error('format/limit-exceeded', `An object header continues in more than ${MAX_HDF5_CONTINUATIONS} blocks.`, offset);
      const { address, length } = continuation(file, bytes, offset);
      blocks.push({ address, length, isFirst: false });
    }
  }
  return messages;
}

function continuation(file: Hdf5File, bytes: Uint8Array, offset: number): { readonly address: number; readonly length: number } {
  const cursor = new Cursor(bytes, { offset });
  const address = addressFrom(cursor, file.offsetBytes);
  const length = lengthFrom(cursor, file.lengthBytes);
  if (address === undefined) throw hdf5Error('format/malformed', 'A header continues nowhere.', offset);
  return { address, length };
}
