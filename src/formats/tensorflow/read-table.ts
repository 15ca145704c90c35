import type { ByteSource } from '../../artifacts/byte-source.ts';
import { Cursor } from '../../artifacts/cursor.ts';
import { GateError } from '../../errors.ts';

/** The last bytes of a table of keys and values as LevelDB writes them (`table_format.txt`), least significant byte first. */
const MAGIC = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];
/** Two places as varints, filled up, and the magic. */
const FOOTER_BYTES = 48;
/** A kind of packing and a checksum behind each block. */
const TRAILER_BYTES = 5;

/** One block; TensorFlow begins a new one at 256 KiB. */
const MAX_BLOCK_BYTES = 64 * 2 ** 20;
/** Keys of a table; checkpoints have some ten thousand. */
const MAX_ENTRIES = 2_000_000;
/** A key: the path of a variable. */
const MAX_KEY_BYTES = 65_536;
/** All keys: each is written as what differs from the one before, so few bytes make many long ones (CWE-770). */
const MAX_TOTAL_KEY_BYTES = 256 * 2 ** 20;

export interface TableEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Whether a file ends like a table. */
export function endsAsTable(tail: Uint8Array): boolean {
  const from = tail.byteLength - MAGIC.length;
  return from >= 0 && MAGIC.every((byte, index) => tail[from + index] === byte);
}

/** All keys and values, in their order. Throws `format/*` with the offset; packed blocks, which TensorFlow does not write, are unsupported. */
export async function readTable(source: ByteSource): Promise<TableEntry[]> {
  if (source.size < FOOTER_BYTES) throw failed('format/truncated', 'The table ends before its footer.', source.size);
  const footerAt = source.size - FOOTER_BYTES;
  const footer = await source.read(footerAt, FOOTER_BYTES);
  if (!endsAsTable(footer)) throw failed('format/truncated', 'The table does not end with its signature.', footerAt);
  const places = new Cursor(footer, { offset: footerAt });
  places.varintSize();
  places.varintSize();
  const index = await readBlock(source, { offset: places.varintSize(), length: places.varintSize() }, MAX_TOTAL_KEY_BYTES);
  let keyBytes = 0;
  const entries: TableEntry[] = [];
  for (const { value } of index) {
    const place = new Cursor(value);
    for (const entry of await readBlock(source, { offset: place.varintSize(), length: place.varintSize() }, MAX_TOTAL_KEY_BYTES - keyBytes)) {
      if (entries.length >= MAX_ENTRIES) throw failed('format/limit-exceeded', `The table has more than ${MAX_ENTRIES} keys.`, footerAt);
      keyBytes += entry.key.byteLength;
      entries.push(entry);
    }
  }
  return entries;
}

/** `keyBytes`: what the keys may take together. */
async function readBlock(source: ByteSource, { offset, length }: { readonly offset: number; readonly length: number }, keyBytes: number): Promise<TableEntry[]> {
  if (length > MAX_BLOCK_BYTES) throw failed('format/limit-exceeded', `A block of the table has ${length} bytes; ${MAX_BLOCK_BYTES} are read.`, offset);
  if (length < 4 || offset + length + TRAILER_BYTES > source.size) throw failed('format/truncated', `A block of ${length} bytes at ${offset} is not all in the file.`, Math.min(offset, source.size));
  const bytes = await source.read(offset, length + TRAILER_BYTES);
  if (bytes[length] !== 0) throw failed('format/unsupported', 'A block of the table is packed.', offset + length);
  const end = new Cursor(await source.read(offset + length - 4, 4), { offset: offset + length - 4 }).u32le();
  const contentBytes = length - 4 - end * 4;
  if (contentBytes < 0) throw failed('format/malformed', 'A block of the table is shorter than what it says of itself.', offset);
  const cursor = new Cursor(await source.read(offset, contentBytes), { offset });
  const entries: TableEntry[] = [];
  let key: Uint8Array = new Uint8Array(0);
  let left = keyBytes;
  while (!cursor.isAtEnd) {
    const at = cursor.position;
    const [shared, own, valueBytes] = [cursor.varintSize(), cursor.varintSize(), cursor.varintSize()];
    if (shared > key.byteLength || shared + own > MAX_KEY_BYTES) throw failed('format/malformed', 'A key of the table is longer than what it is made of.', at);
    left -= shared + own;
    if (left < 0) throw failed('format/limit-exceeded', `The keys of the table take more than ${MAX_TOTAL_KEY_BYTES} bytes.`, at);
    const next = new Uint8Array(shared + own);
    next.set(new Cursor(key).bytes(shared));
    next.set(cursor.bytes(own), shared);
    key = next;
    entries.push({ key, value: cursor.bytes(valueBytes) });
  }
  return entries;
}

function failed(code: 'format/truncated' | 'format/malformed' | 'format/limit-exceeded' | 'format/unsupported', message: string, offset: number): GateError {
  return new GateError({ code, message, where: { offset } });
}
