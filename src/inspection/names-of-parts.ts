import { sha256Of } from '../artifacts/digest.ts';
import { openFileSource } from '../artifacts/file-source.ts';
import { partsOfIndex } from '../formats/shard-index/parts-of-index.ts';

/** What the index of a trusted model calls its files. Throws as {@link partsOfIndex} does, and `artifact/unreadable`; errors call the index `path`. */
export async function namesOfParts(file: string, path: string): Promise<readonly string[]> {
  const bytes = await openFileSource(file, path);
  try {
    return [...(await partsOfIndex({ path, digest: sha256Of(''), bytes })).keys()];
  } finally {
    await bytes.close();
  }
}
