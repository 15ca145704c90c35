import { openFileSource } from '../artifacts/file-source.ts';
import { parseLfsPointer, type LfsPointer } from '../artifacts/lfs-pointer.ts';
import { MAX_POINTER_BYTES } from '../artifacts/limits.ts';

/** The Git LFS pointer that stands in a file's place, if one does. Throws `artifact/unreadable`. */
export async function readPointer(file: string, path: string): Promise<LfsPointer | undefined> {
  const source = await openFileSource(file, path);
  try {
    if (source.size > MAX_POINTER_BYTES) return undefined;
    return parseLfsPointer(await source.read(0, source.size));
  } finally {
    await source.close();
  }
}
