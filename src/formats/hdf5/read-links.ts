import { Cursor } from '../../artifacts/cursor.ts';
import { partOf } from '../../artifacts/part-of.ts';
import { addressFrom, hdf5Error, lengthFrom, readAt, type Hdf5File } from './hdf5-file.ts';
import { MAX_HDF5_NAME_BYTES, MAX_HDF5_NAME_HEAP_BYTES, MAX_HDF5_NODES, MAX_HDF5_TREE_DEPTH } from './hdf5-limits.ts';
import type { HeaderMessage } from './read-header.ts';

export type Hdf5Link =
  | { readonly kind: 'object'; readonly name: string; readonly address: number }
  /** Leads to another place in this file. */
  | { readonly kind: 'soft'; readonly name: string; readonly target: string }
  /** Leads to an object in another file. */
  | { readonly kind: 'external'; readonly name: string; readonly target: string };

const LINK_INFO = 0x02;
const LINK = 0x06;
const SYMBOL_TABLE = 0x11;

/** Everything that a group names: links in its header, and the tree of names of old groups. */
export async function readLinks(file: Hdf5File, messages: readonly HeaderMessage[]): Promise<Hdf5Link[]> {
  const links: Hdf5Link[] = [];
  for (const { type, bytes, offset } of messages) {
    if (type === LINK) links.push(readLink(file, bytes, offset));
    else if (type === SYMBOL_TABLE) links.push(...(await readSymbolTable(file, bytes, offset)));
    else if (type === LINK_INFO && isDense(file, bytes, offset)) throw hdf5Error('format/unsupported', 'The names of a group are kept in a heap of their own, which is not read.', offset);
  }
  return links;
}

function isDense(file: Hdf5File, bytes: Uint8Array, offset: number): boolean {
  const cursor = new Cursor(bytes, { offset });
  cursor.skip(1);
  if ((cursor.u8() & 1) !== 0) cursor.skip(8);
  return addressFrom(cursor, file.offsetBytes) !== undefined;
}

/** A link message, version 1 (HDF5 specification IV.A.2.g). */
function readLink(file: Hdf5File, bytes: Uint8Array, offset: number): Hdf5Link {
  const cursor = new Cursor(bytes, { offset });
  const version = cursor.u8();
  if (version !== 1) throw hdf5Error('format/unsupported', `A link has version ${version}.`, offset);
  const flags = cursor.u8();
  const kind = (flags & 0x08) === 0 ? 0 : cursor.u8();
  if ((flags & 0x04) !== 0) cursor.skip(8);
  if ((flags & 0x10) !== 0) cursor.skip(1);
  const width = flags & 3;
  const nameBytes = width === 0 ? cursor.u8() : width === 1 ? cursor.u16le() : width === 2 ? cursor.u32le() : cursor.size64le();
  const name = decode(cursor.bytes(nameBytes));
  if (kind === 0) {
    const address = addressFrom(cursor, file.offsetBytes);
    if (address === undefined) throw hdf5Error('format/malformed', 'A link leads nowhere.', offset);
    return { kind: 'object', name, address };
  }
  const target = decode(cursor.bytes(cursor.u16le()));
  if (kind === 1) return { kind: 'soft', name, target };
  if (kind !== 64) throw hdf5Error('format/unsupported', `A link has the kind ${kind}, which programs define for themselves.`, offset);
  // A byte of flags, the name of the file and that of the object in it.
  return { kind: 'external', name, target: target.slice(1).split('\u0000', 1)[0] ?? '' };
}

/** The tree of names of an old group: a B-tree whose leaves are tables of entries; names lie in a heap (III.A.1, III.B, III.C). */
async function readSymbolTable(file: Hdf5File, bytes: Uint8Array, offset: number): Promise<Hdf5Link[]> {
  const message = new Cursor(bytes, { offset });
  const tree = addressFrom(message, file.offsetBytes);
  const heap = addressFrom(message, file.offsetBytes);
  if (tree === undefined || heap === undefined) return [];
  const nameAt = await readNameHeap(file, heap);
  const links: Hdf5Link[] = [];
  const seen = new Set<number>();
  const visit = async (address: number, depth: number): Promise<void> => {
    if (depth > MAX_HDF5_TREE_DEPTH || seen.size >= MAX_HDF5_NODES) throw hdf5Error('format/limit-exceeded', 'The names of a group are spread over too many nodes.', file.base + address);
    if (seen.has(address)) throw hdf5Error('format/malformed', 'A node of a tree of names is there twice.', file.base + address);
    seen.add(address);
    const head = await readAt(file, address, 8, 'A node of names');
    const signature = head.u32le();
    if (signature === 0x444f_4e53) {
      head.skip(2);
      links.push(...(await readSymbols(file, address + 8, head.u16le(), nameAt)));
      return;
    }
    if (signature !== 0x4545_5254 || head.u8() !== 0) throw hdf5Error('format/malformed', 'A node of names lacks its signature.', file.base + address);
    head.skip(1);
    const count = head.u16le();
    const body = await readAt(file, address + 8 + file.offsetBytes * 2, count * (file.lengthBytes + file.offsetBytes) + file.lengthBytes, 'A node of names');
    const children: number[] = [];
    for (let index = 0; index < count; index += 1) {
      body.skip(file.lengthBytes);
      const child = addressFrom(body, file.offsetBytes);
      if (child !== undefined) children.push(child);
    }
    for (const child of children) await visit(child, depth + 1);
  };
  await visit(tree, 0);
  return links;
}

async function readSymbols(file: Hdf5File, address: number, count: number, nameAt: (offset: number, at: number) => string): Promise<Hdf5Link[]> {
  const size = file.offsetBytes * 2 + 24;
  const cursor = await readAt(file, address, count * size, 'A table of names');
  return Array.from({ length: count }, (): Hdf5Link => {
    const at = cursor.position;
    const name = nameAt(addressFrom(cursor, file.offsetBytes) ?? 0, at);
    const object = addressFrom(cursor, file.offsetBytes);
    const cache = cursor.u32le();
    cursor.skip(4);
    const scratch = cursor.u32le();
    cursor.skip(12);
    // Kind 2 is a soft link, whose target is a name of the heap.
    if (cache === 2) return { kind: 'soft', name, target: nameAt(scratch, at) };
    if (object === undefined) throw hdf5Error('format/malformed', 'A name leads nowhere.', at);
    return { kind: 'object', name, address: object };
  });
}

async function readNameHeap(file: Hdf5File, address: number): Promise<(offset: number, at: number) => string> {
  const head = await readAt(file, address, 8 + file.lengthBytes * 2 + file.offsetBytes, 'A heap of names');
  if (head.u32le() !== 0x5041_4548) throw hdf5Error('format/malformed', 'A heap of names lacks its signature.', file.base + address);
  head.skip(4);
  const size = lengthFrom(head, file.lengthBytes);
  head.skip(file.lengthBytes);
  const data = addressFrom(head, file.offsetBytes);
  if (size > MAX_HDF5_NAME_HEAP_BYTES || data === undefined) throw hdf5Error('format/limit-exceeded', `A heap of names has ${size} bytes; ${MAX_HDF5_NAME_HEAP_BYTES} are read.`, file.base + address);
  const names = (await readAt(file, data, size, 'A heap of names')).rest();
  return (offset, at) => {
    if (offset >= size) throw hdf5Error('format/malformed', 'A name lies outside of its heap.', at);
    const rest = partOf(names, offset, Math.min(size - offset, MAX_HDF5_NAME_BYTES));
    const length = rest.indexOf(0);
    if (length < 0) throw hdf5Error('format/malformed', `A name does not end within ${rest.byteLength} bytes.`, at);
    return decode(partOf(rest, 0, length));
  };
}

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}
