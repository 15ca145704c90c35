import { decodeMember } from '../artifacts/decode-member.ts';
import { memorySource } from '../artifacts/memory-source.ts';
import { MAX_WHOLE_FILE_BYTES } from './dataset-limits.ts';

/** What a gzip file holds; bytes that are none come back as they are. Throws an Error beyond {@link MAX_WHOLE_FILE_BYTES} and for a damaged stream (CWE-409). */
export async function gunzip(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const pieces: Uint8Array[] = [];
  let size = 0;
  const notices: string[] = [];
  for await (const piece of decodeMember(memorySource(bytes), { offset: 0, length: bytes.byteLength, encoding: 'gzip' }, ({ detail }) => void notices.push(detail))) {
    size += piece.byteLength;
    if (size > MAX_WHOLE_FILE_BYTES) throw new Error(`it unpacks to more than ${String(MAX_WHOLE_FILE_BYTES)} bytes`);
    // The unpacker may use its buffer again.
    pieces.push(piece.slice());
  }
  const [wrong] = notices;
  if (wrong !== undefined) throw new Error(wrong);
  return Buffer.concat(pieces);
}
