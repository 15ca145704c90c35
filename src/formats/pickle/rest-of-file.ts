import type { ByteSource } from '../../artifacts/byte-source.ts';

export interface RestOfFile {
  readonly kind: 'padding' | 'trailing-data' | 'appended-archive';
  readonly message: string;
}

const CHUNK_BYTES = 1024 * 1024;
/** The end of a zip archive lies within so many bytes of the end of the file: 22 and a comment of 65,535. */
const ZIP_END_BYTES = 22 + 65_535;

/** What lies behind the last pickle, which no unpickler reads and other programs may. */
export async function describeRest(source: ByteSource, offset: number): Promise<RestOfFile> {
  const length = source.size - offset;
  const head = await source.read(offset, Math.min(4, length));
  const tailLength = Math.min(length, ZIP_END_BYTES);
  const tail = Buffer.from(await source.read(source.size - tailLength, tailLength));
  const isZip = (head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4) || tail.includes('PK\x05\x06', 0, 'latin1');
  const what = `${String(length)} ${length === 1 ? 'byte' : 'bytes'} behind the last pickle`;
  if (isZip) return { kind: 'appended-archive', message: `${what} are a zip archive: programs that look for one read another file than programs that unpickle.` };
  return (await isPadding(source, offset)) ? { kind: 'padding', message: `${what} are only zeros or line ends.` } : { kind: 'trailing-data', message: `${what} belong to nothing that is read.` };
}

async function isPadding(source: ByteSource, offset: number): Promise<boolean> {
  for (let at = offset; at < source.size; at += CHUNK_BYTES) {
    const chunk = await source.read(at, Math.min(CHUNK_BYTES, source.size - at));
    if (chunk.some((byte) => byte !== 0 && byte !== 10 && byte !== 13)) return false;
  }
  return true;
}
