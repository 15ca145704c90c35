import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { GateError } from '../errors.ts';
import type { Artifact } from './artifact.ts';
import type { ByteSource } from './byte-source.ts';
import { checkRange } from './check-range.ts';
import { sha256OfSource } from './digest.ts';
import { openFileSource, type FileSource } from './file-source.ts';
import { MAX_COMPANION_PATH_BYTES, MAX_COMPANIONS } from './limits.ts';

export interface CompanionOwner {
  /** Absolute path of the model's file, as its loader would be given it (a link is not resolved). */
  readonly file: string;
  /** The model's path in reports; companions are reported beside it. */
  readonly path: string;
  readonly signal?: AbortSignal;
}

/**
 * How a format reader opens the files a model names (ONNX external data): relative, inside the model's folder, regular
 * files. Everything else throws `format/external-data`, because a model that reads `../../secrets` or follows a link
 * out of its folder attacks whoever loads it (CVE-2022-25882, CVE-2024-27318; CWE-22, CWE-59). Two spellings of one
 * path give one artifact. Companions hold no file open between reads and refuse to read a file that changed after it
 * was hashed.
 */
export function openCompanionOf(owner: CompanionOwner): (relativePath: string) => Promise<Artifact> {
  const opened = new Map<string, Promise<Artifact>>();
  return async (relativePath) => {
    const relative = normalizedPath(relativePath);
    const known = opened.get(relative);
    if (known !== undefined) return known;
    if (opened.size >= MAX_COMPANIONS) {
      throw refused(relativePath, `the model names more than ${MAX_COMPANIONS} files`);
    }
    const companion = openCompanion(owner, relative);
    opened.set(relative, companion);
    return companion;
  };
}

async function openCompanion(owner: CompanionOwner, relative: string): Promise<Artifact> {
  const real = await realCompanion(owner.file, relative);
  const source = await openRegular(real, relative);
  try {
    const digest = await sha256OfSource(source, owner.signal === undefined ? {} : { signal: owner.signal });
    const reported = path.posix.join(path.posix.dirname(owner.path), relative);
    return { path: reported, digest, bytes: reopeningSource(real, relative, source) };
  } finally {
    await source.close();
  }
}

/**
 * Opens a file beside the model as {@link openCompanionOf} does, without hashing it: for looking at the beginning of files that are
 * artifacts of their own. Nothing that is read so is a part of the model.
 */
export function peekCompanionOf({ file }: CompanionOwner): (relativePath: string) => Promise<ByteSource> {
  return async (relativePath) => {
    const relative = normalizedPath(relativePath);
    const real = await realCompanion(file, relative);
    const source = await openRegular(real, relative);
    await source.close();
    return reopeningSource(real, relative, source);
  };
}

/** Absolute real path of a file beside the model, with the refusals of {@link openCompanionOf}. */
export async function companionFile(owner: string, relativePath: string): Promise<string> {
  return realCompanion(owner, normalizedPath(relativePath));
}

/** Purely textual, before the file system is asked: the same answer on every system. */
function normalizedPath(given: string): string {
  if (given === '') throw refused(given, 'the path is empty');
  if (Buffer.byteLength(given) > MAX_COMPANION_PATH_BYTES) throw refused(`${given.slice(0, 80)}…`, 'the path is too long');
  if (given.includes('\0')) throw refused(given, 'the path holds a NUL character');
  if (given.includes('\\')) throw refused(given, 'the path holds a backslash, which is a separator on Windows only');
  if (given.startsWith('/')) throw refused(given, 'the path is absolute');
  if (/^[a-z]:/i.test(given)) throw refused(given, 'the path names a drive');
  const segments = given.split('/');
  if (segments.includes('..')) throw refused(given, 'the path leaves the model’s folder');
  if (segments.includes('')) throw refused(given, 'the path has an empty part');
  const kept = segments.filter((segment) => segment !== '.');
  if (kept.length === 0) throw refused(given, 'the path names a folder');
  return kept.join('/');
}

async function realCompanion(modelFile: string, relative: string): Promise<string> {
  const folder = path.dirname(modelFile);
  const [realFolder, real] = await Promise.all([realPathOf(folder, relative), realPathOf(path.join(folder, relative), relative)]);
  const fromFolder = path.relative(realFolder, real);
  if (fromFolder === '' || fromFolder === '..' || fromFolder.startsWith(`..${path.sep}`) || path.isAbsolute(fromFolder)) {
    throw refused(relative, 'a link leads out of the model’s folder');
  }
  return real;
}

async function realPathOf(absolute: string, relative: string): Promise<string> {
  try {
    return await realpath(absolute);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    throw refused(relative, code === 'ENOENT' || code === 'ENOTDIR' ? 'there is no such file' : `it could not be found (${String(code)})`, error);
  }
}

async function openRegular(real: string, relative: string): Promise<FileSource> {
  try {
    return await openFileSource(real, relative);
  } catch (error) {
    throw refused(relative, error instanceof GateError ? error.message : 'it could not be opened', error);
  }
}

/**
 * Opens the file for every read and closes it again, so that a model of thousands of files needs no thousand handles
 * and nobody has to close anything. A file that is no longer the one that was hashed is refused.
 */
function reopeningSource(real: string, relative: string, hashed: FileSource): ByteSource {
  const { size, identity } = hashed;
  const reopened = async <T>(use: (source: FileSource) => Promise<T>): Promise<T> => {
    const source = await openRegular(real, relative);
    try {
      if (source.identity !== identity) {
        throw new GateError({
          code: 'artifact/changed',
          message: `${relative} changed after it was hashed.`,
          where: { artifact: relative },
          nextStep: 'Run again when nothing writes to the file.',
        });
      }
      return await use(source);
    } finally {
      await source.close();
    }
  };
  return {
    size,
    async read(offset, length) {
      checkRange({ offset, length }, size, relative);
      return reopened((source) => source.read(offset, length));
    },
    async readInto(offset, target) {
      checkRange({ offset, length: target.byteLength }, size, relative);
      return reopened((source) => source.readInto(offset, target));
    },
  };
}

function refused(relative: string, reason: string, cause?: unknown): GateError {
  return new GateError({
    code: 'format/external-data',
    message: `The external data ${JSON.stringify(relative)} is refused: ${reason}.`,
    where: { field: 'location' },
    nextStep: 'Put the file into the model’s folder and name it by a relative path.',
    ...(cause === undefined ? {} : { cause }),
  });
}
