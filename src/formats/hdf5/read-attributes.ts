import { Cursor } from '../../artifacts/cursor.ts';
import { partOf } from '../../artifacts/part-of.ts';
import { GateError } from '../../errors.ts';
import { readDatatype } from './datatype.ts';
import { addressFrom, hdf5Error, lengthFrom, readAt, type Hdf5File } from './hdf5-file.ts';
import { MAX_HDF5_COLLECTION_BYTES, MAX_HDF5_RANK } from './hdf5-limits.ts';
import type { HeaderMessage } from './read-header.ts';

/** A text attribute, and where its bytes lie. */
export interface TextAttribute {
  readonly text: string;
  readonly offset: number;
  readonly length: number;
}

const ATTRIBUTE = 0x0c;
const ATTRIBUTE_INFO = 0x15;
const SHARED = 0x02;

/**
 * Attributes of an object that are one text, of those that are asked for. An attribute of another kind is passed over, as
 * Keras would fail on it; attributes that are kept elsewhere than in the header (more than eight in files of
 * `libver="latest"`) are `format/unsupported`, because any of them could be one that was asked for.
 */
export async function readTextAttributes(file: Hdf5File, messages: readonly HeaderMessage[], wanted: ReadonlySet<string>): Promise<Map<string, TextAttribute>> {
  const found = new Map<string, TextAttribute>();
  for (const message of messages) {
    if (message.type === ATTRIBUTE_INFO && isDense(file, message)) throw hdf5Error('format/unsupported', 'The attributes are kept in a heap of their own, which is not read.', message.offset);
    if (message.type !== ATTRIBUTE) continue;
    if ((message.flags & SHARED) !== 0) throw hdf5Error('format/unsupported', 'An attribute is kept in another place, which is not read.', message.offset);
    const attribute = parseAttribute(file, message);
    if (attribute === undefined || !wanted.has(attribute.name)) continue;
    const { name, type, data } = attribute;
    // Libraries differ in which of two they take.
    if (found.has(name)) throw hdf5Error('format/malformed', `The attribute ${JSON.stringify(name)} is there twice.`, message.offset);
    if (type.kind === 'text') found.set(name, { text: textOf(partOf(data.bytes, 0, type.size)), offset: data.offset, length: type.size });
    else if (type.kind === 'variable-text') found.set(name, await variableText(file, data));
  }
  return found;
}

/** The value of an attribute that lies in the header, as bytes. */
export interface PlainAttribute {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly offset: number;
}

/** Attributes of an object that are one value of fixed length which is no number. What is kept elsewhere, or not understood, is not among them. */
export function plainAttributes(file: Hdf5File, messages: readonly HeaderMessage[]): PlainAttribute[] {
  return messages.flatMap((message): PlainAttribute[] => {
    if (message.type !== ATTRIBUTE || (message.flags & SHARED) !== 0) return [];
    try {
      const attribute = parseAttribute(file, message);
      if (attribute === undefined || (attribute.type.kind !== 'text' && attribute.type.kind !== 'other')) return [];
      const { name, type, data } = attribute;
      return [{ name, bytes: partOf(data.bytes, 0, type.size), offset: data.offset }];
    } catch (error) {
      if (error instanceof GateError) return [];
      throw error;
    }
  });
}

/** Attribute info message: flags, then, behind the largest creation index where there is one, the address of the heap. */
function isDense(file: Hdf5File, { bytes, offset }: HeaderMessage): boolean {
  const cursor = new Cursor(bytes, { offset });
  cursor.skip(1);
  const flags = cursor.u8();
  if ((flags & 1) !== 0) cursor.skip(2);
  return addressFrom(cursor, file.offsetBytes) !== undefined;
}

function parseAttribute(file: Hdf5File, { bytes, offset }: HeaderMessage) {
  const cursor = new Cursor(bytes, { offset });
  const version = cursor.u8();
  if (version < 1 || version > 3) throw hdf5Error('format/unsupported', `An attribute has version ${version}.`, offset);
  const flags = cursor.u8();
  const [nameBytes, typeBytes, spaceBytes] = [cursor.u16le(), cursor.u16le(), cursor.u16le()];
  if (version === 3) cursor.skip(1);
  // Version 1 fills each part up to a multiple of eight.
  const padded = (length: number): number => (version === 1 ? Math.ceil(length / 8) * 8 : length);
  const name = textOf(partOf(cursor.bytes(padded(nameBytes)), 0, nameBytes));
  const typeAt = cursor.position;
  const typeContent = cursor.bytes(padded(typeBytes));
  if (version > 1 && (flags & 1) !== 0) throw hdf5Error('format/unsupported', `The attribute ${JSON.stringify(name.slice(0, 100))} has a committed type, which is not read.`, typeAt);
  const type = readDatatype(typeContent, typeAt);
  const spaceAt = cursor.position;
  const shape = readDataspace(cursor.bytes(padded(spaceBytes)), spaceAt, file);
  // A list of texts is no configuration.
  if (shape === undefined || shape.some((size) => size !== 1)) return undefined;
  return { name, type, data: { bytes: cursor.rest(), offset: offset + (bytes.byteLength - cursor.remaining) } };
}

/** Sizes of a dataspace message, versions 1 and 2; undefined for one without elements. */
export function readDataspace(bytes: Uint8Array, offset: number, file: Hdf5File): number[] | undefined {
  const cursor = new Cursor(bytes, { offset });
  const version = cursor.u8();
  const rank = cursor.u8();
  cursor.skip(1);
  if (version !== 1 && version !== 2) throw hdf5Error('format/unsupported', `A dataspace has version ${version}.`, offset);
  if (rank > MAX_HDF5_RANK) throw hdf5Error('format/malformed', `A dataspace has ${rank} dimensions.`, offset);
  const kind = cursor.u8();
  if (version === 1) cursor.skip(4);
  if (version === 2 && kind === 2) return undefined;
  return Array.from({ length: rank }, () => lengthFrom(cursor, file.lengthBytes));
}

/** The text in a global heap collection (HDF5 specification III.E) that an element refers to. */
async function variableText(file: Hdf5File, { bytes, offset }: { readonly bytes: Uint8Array; readonly offset: number }): Promise<TextAttribute> {
  const element = new Cursor(bytes, { offset });
  const length = element.u32le();
  const address = addressFrom(element, file.offsetBytes);
  const wanted = element.u32le();
  if (address === undefined || length === 0) return { text: '', offset, length: 0 };
  const header = await readAt(file, address, 8 + file.lengthBytes, 'A heap collection');
  if (header.u32le() !== 0x4c4f_4347) throw hdf5Error('format/malformed', 'A heap collection lacks its signature.', file.base + address);
  header.skip(4);
  const size = lengthFrom(header, file.lengthBytes);
  if (size > MAX_HDF5_COLLECTION_BYTES) throw hdf5Error('format/limit-exceeded', `A heap collection has ${size} bytes; ${MAX_HDF5_COLLECTION_BYTES} are read.`, file.base + address);
  const collection = await readAt(file, address, size, 'A heap collection');
  collection.skip(8 + file.lengthBytes);
  while (collection.remaining >= 8 + file.lengthBytes) {
    const index = collection.u16le();
    collection.skip(2 + 4);
    const objectBytes = lengthFrom(collection, file.lengthBytes);
    // Index 0 is the free space at the end.
    if (index === 0) break;
    const at = collection.position;
    if (index === wanted) {
      if (length > objectBytes) throw hdf5Error('format/malformed', `A text of ${length} bytes is kept in ${objectBytes}.`, at);
      return { text: textOf(collection.bytes(length)), offset: at, length };
    }
    collection.skip(Math.min(collection.remaining, Math.ceil(objectBytes / 8) * 8));
  }
  throw hdf5Error('format/malformed', `A heap collection has no object ${wanted}.`, file.base + address);
}

/** Up to the first NUL, as readers of fixed-length texts take them. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : partOf(bytes, 0, end)).toString('utf8');
}
