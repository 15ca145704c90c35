import type { ByteSource } from '../artifacts/byte-source.ts';
import type { FormatReader } from '../formats/format-reader.ts';
import { identifyFormats } from '../formats/identify.ts';
import { formatReaders } from '../formats/index.ts';

/** How much of a file the readers see before one of them is chosen. */
const HEAD_BYTES = 64 * 1024;

/** And of its end: the end record of a zip archive with the longest comment. */
const TAIL_BYTES = 22 + 65_535;

/** Every reader whose format the bytes certainly are, or the one that was asked for. Throws as {@link identifyFormats} does. */
export async function readersOf(bytes: ByteSource, path: string, readAs?: string): Promise<readonly [FormatReader, ...FormatReader[]]> {
  const asked = formatReaders.find((one) => one.meta.id === readAs);
  if (asked !== undefined) return [asked];
  const head = await bytes.read(0, Math.min(HEAD_BYTES, bytes.size));
  const tailBytes = Math.min(TAIL_BYTES, bytes.size);
  const tail = await bytes.read(bytes.size - tailBytes, tailBytes);
  return identifyFormats({ head, end: { tail, size: bytes.size }, path }, formatReaders);
}
