import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { GateError } from '../errors.ts';
import type { GateRequest } from '../gate-request.ts';
import { loadSidecar } from '../policy/load-sidecar.ts';
import { matchSettings, type MatchedSettings } from '../policy/match-settings.ts';

/** What is known of an artifact's model: the policy's blocks, what a sidecar adds, and the samples the run was given. */
export async function settingsFor(artifact: string, request: GateRequest): Promise<MatchedSettings> {
  const sidecar = await loadSidecar({ artifact, readFile: (file) => readBeside(request.root, file) });
  const matched = matchSettings(artifact, request.policy.models, sidecar);
  const samples = request.samples ?? absolute(request.root, matched.settings.samples);
  const baseline = request.baseline ?? absolute(request.root, matched.settings.baseline);
  return {
    ...matched,
    settings: {
      ...matched.settings,
      ...(samples === undefined ? {} : { samples }),
      ...(baseline === undefined ? {} : { baseline }),
    },
  };
}

function absolute(root: string, given: string | undefined): string | undefined {
  return given === undefined ? undefined : path.resolve(root, given);
}

async function readBeside(root: string, file: string): Promise<string | undefined> {
  try {
    return await readFile(path.join(root, file), 'utf8');
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new GateError({ code: 'artifact/unreadable', message: `The sidecar ${file} could not be read.`, where: { artifact: file }, cause: thrown });
  }
}
