import path from 'node:path';
import { GateError } from '../errors.ts';
import type { GateRequest } from '../gate-request.ts';
import { readLockfile } from '../provenance/read-lockfile.ts';
import { readText } from './read-policy.ts';

/** The lockfile somebody named, else the policy's in the root; undefined when the policy's is not there. */
export async function readLock(named: string | undefined, fromPolicy: string, root: string, cwd: string): Promise<GateRequest['lockfile']> {
  const file = named === undefined ? path.resolve(root, fromPolicy) : path.resolve(cwd, named);
  const text = await readText(file);
  if (text !== undefined) return { path: file, content: readLockfile(text, named ?? fromPolicy) };
  if (named === undefined) return undefined;
  throw new GateError({
    code: 'lockfile/not-found',
    message: `There is no lockfile "${named}".`,
    nextStep: 'Write one with: modelgate lock',
  });
}
