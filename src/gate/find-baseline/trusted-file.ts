import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { isInside } from '../../artifacts/is-inside.ts';
import type { GateRequest } from '../../gate-request.ts';
import { readPointer } from '../read-pointer.ts';

export interface TrustedFile {
  /** Absolute path: the named file itself, or what was written from the history. */
  readonly file: string;
  /** What messages call it. */
  readonly shown: string;
  /** As the end of "Compared with …". */
  readonly description: string;
  /** Set where it was taken from the history. */
  readonly commit?: string;
}

/**
 * A named file as it may be trusted: as it is on disk, or, where the change under test may have touched it, as it was before, written to
 * `to`. A reason where neither is to be had.
 */
export async function trustedFile(named: string, request: GateRequest, to: string): Promise<TrustedFile | { readonly reason: string }> {
  const untrusted = await untrustedPath(named, request);
  if (untrusted !== undefined) {
    const commit = request.earlier?.commit;
    if (request.earlier === undefined || commit === undefined) {
      return { reason: `The baseline ${untrusted} may be part of the change under test, and how it was before is not known, so it is not trusted.` };
    }
    if (!(await request.earlier.save(untrusted, to))) return { reason: `The baseline ${untrusted} is brought by the change under test itself, so it is not trusted.` };
    return { file: to, shown: untrusted, commit, description: `${untrusted} at commit ${commit.slice(0, 12)}, because the change under test may touch it` };
  }
  const shown = isInside(request.root, named) ? posixRelative(request.root, named) : path.basename(named);
  if ((await readPointer(named, shown)) !== undefined) {
    return { reason: `The baseline ${shown} is a Git LFS pointer, and the file itself is not there. Check out with LFS files (actions/checkout: lfs: true).` };
  }
  return { file: named, shown, description: `${shown} as named` };
}

/**
 * The named file's path relative to the root when what is on disk may be the change's own: the change touches the file, a
 * link on the way to it or what the link leads to, or it cannot be told. Undefined where the file on disk is trusted.
 */
async function untrustedPath(named: string, request: GateRequest): Promise<string | undefined> {
  const { root, changes, earlier } = request;
  if (changes === undefined) return undefined;
  const realRoot = await realpath(root);
  const real = await realpath(named).catch(() => named);
  for (const [from, file] of [[root, named], [realRoot, real]] as const) {
    const relative = posixRelative(from, file);
    if (isInside(from, file)) {
      if (!changes.known || isTouched(relative, touchedFiles(request))) return relative;
    } else if (earlier?.repository !== undefined && isInside(earlier.repository, file)) {
      // Changes are listed below the root only.
      return relative;
    }
  }
  return undefined;
}

function isTouched(file: string, touched: ReadonlySet<string>): boolean {
  const parts = file.split('/');
  return parts.some((_, count) => touched.has(parts.slice(0, count + 1).join('/')));
}

/** All that the change under test touches, as far as it is known. */
export function touchedFiles({ changes }: GateRequest): ReadonlySet<string> {
  if (changes?.known !== true) return new Set();
  return new Set(changes.list.flatMap((one) => [one.path, ...(one.previousPath === undefined ? [] : [one.previousPath])]));
}

export function posixRelative(from: string, file: string): string {
  return path.relative(from, file).split(path.sep).join('/');
}
