import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Digest } from '../../artifacts/artifact.ts';
import { sha256Of, sha256OfFile } from '../../artifacts/digest.ts';
import { findArtifacts } from '../../artifacts/find-artifacts.ts';

/**
 * One digest for a file, or for all files below a folder with their names. Undefined when something in it cannot be
 * read: two folders that differ in what is unreadable must not look the same.
 */
export async function digestOfPath(absolutePath: string, signal: AbortSignal): Promise<Digest | undefined> {
  try {
    const facts = await stat(absolutePath);
    if (facts.isFile()) return (await sha256OfFile(absolutePath, { signal })).digest;
    const found = await findArtifacts({ root: absolutePath, paths: ['.'], include: ['**'], exclude: [], skipFolders: [], signal });
    if (found.problems.length > 0) return undefined;
    const lines: string[] = [];
    for (const file of found.artifacts) {
      const { digest } = await sha256OfFile(path.join(absolutePath, file), { signal });
      lines.push(JSON.stringify([file, digest]));
    }
    return sha256Of(`folder\n${lines.join('\n')}`);
  } catch {
    return undefined;
  }
}
