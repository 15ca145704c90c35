import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { isInside } from '../artifacts/is-inside.ts';
import { detectors } from '../detectors/index.ts';
import { GateError } from '../errors.ts';
import { DEFAULT_POLICY_FILES } from '../policy/default-policy-files.ts';
import { loadPolicy } from '../policy/load-policy.ts';
import type { ResolvedPolicy } from '../policy/policy.ts';
import { READY_POLICIES } from '../policy/ready-policies.ts';

/** The policy somebody named, else the one in the root, else `recommended`. */
export async function readPolicy(named: string | undefined, root: string, cwd: string): Promise<ResolvedPolicy> {
  if (named !== undefined && Object.hasOwn(READY_POLICIES, named)) return builtIn(named, root);
  if (named !== undefined) {
    const file = path.resolve(cwd, named);
    const text = await readText(file);
    if (text === undefined) {
      throw new GateError({
        code: 'policy/not-found',
        message: `There is no policy "${named}".`,
        nextStep: `Give a file, or one of the ready policies: ${Object.keys(READY_POLICIES).join(', ')}.`,
      });
    }
    return fromFile(file, text, cwd);
  }
  for (const name of DEFAULT_POLICY_FILES) {
    const text = await readText(path.join(root, name));
    if (text !== undefined) return fromFile(path.join(root, name), text, cwd);
  }
  return builtIn('recommended', root);
}

function builtIn(id: string, root: string): Promise<ResolvedPolicy> {
  return loadPolicy({ source: { kind: 'built-in', id }, readFile: (file) => readInside(root, file), detectors });
}

/** What a policy extends lies in the folder the command runs in, or, for a policy from elsewhere, beside it. */
function fromFile(file: string, text: string, cwd: string): Promise<ResolvedPolicy> {
  const base = isInside(cwd, file) ? cwd : path.dirname(file);
  return loadPolicy({
    source: { kind: 'file', path: path.relative(base, file).split(path.sep).join('/'), text },
    readFile: (one) => readInside(base, one),
    detectors,
  });
}

/** Reads a file below a folder; a link that leads out of it is refused (CWE-59). */
async function readInside(folder: string, file: string): Promise<string | undefined> {
  const absolute = path.resolve(folder, file);
  const real = await realpath(absolute).catch(() => undefined);
  if (real === undefined) return undefined;
  if (!isInside(await realpath(folder), real)) {
    throw new GateError({ code: 'policy/invalid', message: `${file} leads out of its folder through a link.`, where: { artifact: file } });
  }
  return readText(absolute);
}

export async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new GateError({ code: 'artifact/unreadable', message: `${file} could not be read.`, cause: thrown });
  }
}
