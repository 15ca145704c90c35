import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { GateError } from '../errors.ts';

/** Reads the files that say how the change is judged: policy, lockfile, what they extend. Paths relative to root, with `/`. */
export interface JudgingFiles {
  readonly place: 'commit' | 'disk';
  /** undefined: there is no such file. */
  read(file: string): Promise<string | undefined>;
  /**
   * The files read so far (and those looked for in vain) that differ on disk: what the head changes of the rules it is
   * judged by, without effect on this run. Sorted.
   */
  ignoredChanges(): Promise<readonly string[]>;
}

/**
 * Files as they are at a commit. Never from disk: whoever proposes a change must not choose the rule it is judged by.
 * `readAt` answers undefined only for "is not there"; "cannot be read" it throws, because taken for "is not there" that
 * would replace a strict policy by the default one.
 */
export function filesAtCommit(root: string, readAt: (file: string) => Promise<Uint8Array | undefined>): JudgingFiles {
  const seen = new Map<string, string | undefined>();
  return {
    place: 'commit',
    async read(file) {
      const normalized = path.posix.normalize(file);
      const bytes = await readAt(normalized);
      const text = bytes === undefined ? undefined : decode(bytes, file);
      seen.set(normalized, text);
      return text;
    },
    async ignoredChanges() {
      const changed: string[] = [];
      for (const [file, text] of seen) {
        const onDisk = await readText(path.join(root, file)).catch(() => null);
        if (onDisk === null || withoutCarriageReturns(onDisk) !== withoutCarriageReturns(text)) changed.push(file);
      }
      return changed.sort();
    },
  };
}

/** Files as they are on disk: for runs in which what is on disk is already trusted. */
export function diskFiles(root: string): JudgingFiles {
  return {
    place: 'disk',
    read: (file) => readText(path.resolve(root, file)),
    ignoredChanges: async () => [],
  };
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new GateError({ code: 'artifact/unreadable', message: `${file} is not UTF-8 text.`, where: { artifact: file }, nextStep: 'Save the file as UTF-8.', cause });
  }
}

/** Text of a file on disk; undefined when there is none. */
export async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new GateError({ code: 'artifact/unreadable', message: `${file} could not be read.`, where: { artifact: file }, nextStep: 'Check that it is a file and may be read.', cause: thrown });
  }
}

/** git on Windows writes CRLF to disk for what is LF in the commit; that is no change. */
function withoutCarriageReturns(text: string | undefined): string | undefined {
  return text?.replaceAll('\r\n', '\n');
}
