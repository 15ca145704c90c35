import { constants, type BigIntStats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { GateError } from '../errors.ts';
import type { ByteSource } from './byte-source.ts';
import { checkRange } from './check-range.ts';
import { MAX_SYSTEM_READ_BYTES } from './limits.ts';

/** A file held open: what is read is the file that was opened, even if its name is given to another one meanwhile. */
export interface FileSource extends ByteSource {
  readInto(offset: number, target: Uint8Array): Promise<void>;
  /** Which file this is and in which state, at opening: device, inode, size and times. Equal text, same bytes. */
  readonly identity: string;
  /** True once size, modification time or change time differ from those at opening. */
  isChanged(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Opens a regular file for random access. `path` is what errors call it (default: the absolute path).
 * Throws `artifact/unreadable` for what is missing, forbidden or not a regular file (folder, pipe, device, socket).
 */
export async function openFileSource(absolutePath: string, path: string = absolutePath): Promise<FileSource> {
  const handle = await openWithoutBlocking(absolutePath, path);
  try {
    const opened = await handle.stat({ bigint: true });
    if (!opened.isFile()) throw unreadable(path, `${path} is ${kindOf(opened)}, not a regular file.`);
    return sourceOf(handle, opened, path);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function sourceOf(handle: FileHandle, opened: BigIntStats, path: string): FileSource {
  const size = Number(opened.size);
  const identity = identityOf(opened);
  return {
    size,
    identity,
    async read(offset, length) {
      checkRange({ offset, length }, size, path);
      const bytes = new Uint8Array(length);
      await fill(handle, bytes, offset, path);
      return bytes;
    },
    async readInto(offset, target) {
      checkRange({ offset, length: target.byteLength }, size, path);
      await fill(handle, target, offset, path);
    },
    async isChanged() {
      return identityOf(await handle.stat({ bigint: true })) !== identity;
    },
    close: () => handle.close(),
  };
}

function identityOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join('/');
}

/** One `read` may return less than asked for (signals, network mounts, the 2 GiB bound), so it is asked until all is there. */
async function fill(handle: FileHandle, bytes: Uint8Array, offset: number, path: string): Promise<void> {
  let filled = 0;
  while (filled < bytes.byteLength) {
    const wanted = Math.min(bytes.byteLength - filled, MAX_SYSTEM_READ_BYTES);
    const { bytesRead } = await readPiece(handle, bytes, filled, wanted, offset + filled, path);
    if (bytesRead === 0) {
      throw new GateError({
        code: 'format/truncated',
        message: `${path} ended at ${offset + filled} while being read; it was longer when it was opened.`,
        where: { artifact: path, offset: offset + filled },
        nextStep: 'Make sure that nothing writes to the file while modelgate runs.',
      });
    }
    filled += bytesRead;
  }
}

async function readPiece(
  handle: FileHandle,
  bytes: Uint8Array,
  at: number,
  length: number,
  position: number,
  path: string,
): Promise<{ bytesRead: number }> {
  try {
    return await handle.read(bytes, at, length, position);
  } catch (error) {
    throw unreadable(path, `${path} could not be read at offset ${position} (${reasonOf(error)}).`, error);
  }
}

async function openWithoutBlocking(absolutePath: string, path: string): Promise<FileHandle> {
  try {
    // Opening a pipe that nobody writes to waits for ever; O_NONBLOCK lets the check of its kind come first.
    // It means nothing for regular files and does not exist on Windows.
    return await open(absolutePath, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw unreadable(path, `${path} could not be opened (${reasonOf(error)}).`, error);
  }
}

function unreadable(path: string, message: string, cause?: unknown): GateError {
  return new GateError({
    code: 'artifact/unreadable',
    message,
    where: { artifact: path },
    nextStep: 'Check that the path names a file that this user may read.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function kindOf(stats: BigIntStats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}

/** The system's code only: its message holds absolute paths, which do not belong into reports. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'it does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'ELOOP') return 'its links form a loop';
  if (code === 'EMFILE' || code === 'ENFILE') return 'too many files are open';
  if (code === 'ENXIO') return 'it is not a regular file';
  return typeof code === 'string' ? code : 'unknown reason';
}
