import { createHash } from 'node:crypto';
import { openFileSource } from './file-source.ts';
import { HASH_CHUNK_BYTES } from './limits.ts';

/** MD5 or SHA-1 of a file, behind a text if one is given: what others recorded is compared with it. Neither vouches for anything. */
export async function hashFile(absolutePath: string, algorithm: 'md5' | 'sha1', path: string, headOf: (size: number) => string = () => ''): Promise<string> {
  const source = await openFileSource(absolutePath, path);
  try {
    const hash = createHash(algorithm).update(headOf(source.size));
    for (let at = 0; at < source.size; at += HASH_CHUNK_BYTES) hash.update(await source.read(at, Math.min(HASH_CHUNK_BYTES, source.size - at)));
    return hash.digest('hex');
  } finally {
    await source.close();
  }
}
