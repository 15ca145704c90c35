import { readFile } from 'node:fs/promises';
import path from 'node:path';
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
    return fromFile(file, text, path.dirname(file));
  }
  for (const name of DEFAULT_POLICY_FILES) {
    const text = await readText(path.join(root, name));
    if (text !== undefined) return fromFile(path.join(root, name), text, root);
  }
  return builtIn('recommended', root);
}

function builtIn(id: string, root: string): Promise<ResolvedPolicy> {
  return loadPolicy({ source: { kind: 'built-in', id }, readFile: (file) => readText(path.resolve(root, file)), detectors });
}

function fromFile(file: string, text: string, folder: string): Promise<ResolvedPolicy> {
  return loadPolicy({
    source: { kind: 'file', path: path.basename(file), text },
    readFile: (relative) => readText(path.resolve(folder, relative)),
    detectors,
  });
}

export async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new GateError({ code: 'artifact/unreadable', message: `${file} could not be read.`, cause: thrown });
  }
}
