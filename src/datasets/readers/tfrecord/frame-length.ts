import { maskedCrc32c } from './crc32c.ts';

/** Bytes in front of a record's content: its length and the checksum of the length. */
export const FRAME_HEAD_BYTES = 12;
/** Behind it: the checksum of the content. */
export const FRAME_TAIL_BYTES = 4;

/** Length of the content of the TFRecord frame that begins here; undefined where none does. */
export function frameLength(head: Uint8Array): number | undefined {
  if (head.byteLength < FRAME_HEAD_BYTES) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, FRAME_HEAD_BYTES);
  if (view.getUint32(8, true) !== maskedCrc32c(head.subarray(0, 8))) return undefined;
  const length = view.getBigUint64(0, true);
  return length <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(length) : undefined;
}
