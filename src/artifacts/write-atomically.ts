import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { lstat, open, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import { GateError } from '../errors.ts';

/**
 * Writes a file so that whoever looks, at any moment, finds the old content or the new one: a temporary file in the
 * same folder is written, flushed to disk and renamed over the target. A kill can leave a `.<name>.<random>.tmp`
 * behind, never a half-written target. Throws `output/unwritable`; refuses links and what is not a regular file,
 * because a checkout under test could plant one to have another file overwritten (CWE-59).
 */
export async function writeAtomically(absolutePath: string, content: string | Uint8Array): Promise<void> {
  const existing = await factsOf(absolutePath);
  if (existing !== undefined && !existing.isFile()) {
    throw unwritable(absolutePath, existing.isSymbolicLink() ? 'it is a symbolic link' : 'it is not a regular file');
  }

  const folder = path.dirname(absolutePath);
  const temporary = path.join(folder, `.${path.basename(absolutePath)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await writeAndFlush(temporary, content, existing?.mode);
    await rename(temporary, absolutePath);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw unwritable(absolutePath, codeOf(error) ?? 'unknown reason', error);
  }
  await flushFolder(folder);
}

async function factsOf(absolutePath: string): Promise<Stats | undefined> {
  try {
    return await lstat(absolutePath);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw unwritable(absolutePath, codeOf(error) ?? 'unknown reason', error);
  }
}

async function writeAndFlush(temporary: string, content: string | Uint8Array, mode: number | undefined): Promise<void> {
  const handle = await open(temporary, 'wx', 0o666);
  try {
    await handle.writeFile(content);
    // The new file keeps the old one's permissions: a lockfile does not become unreadable for the group by an update.
    if (mode !== undefined) await handle.chmod(mode & 0o777);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the rename itself survive a power cut. Not every system can open or flush a folder; the content is safe anyway. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  if (handle === undefined) return;
  await handle.sync().catch(() => undefined);
  await handle.close().catch(() => undefined);
}

function unwritable(absolutePath: string, reason: string, cause?: unknown): GateError {
  return new GateError({
    code: 'output/unwritable',
    message: `${absolutePath} could not be written (${reason}).`,
    where: { artifact: absolutePath },
    nextStep: 'Name a regular file in an existing folder that this user may write to.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
