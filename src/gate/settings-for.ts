import { lstat, realpath } from 'node:fs/promises';
import path from 'node:path';
import { openFileSource } from '../artifacts/file-source.ts';
import { isInside } from '../artifacts/is-inside.ts';
import { GateError } from '../errors.ts';
import type { GateRequest } from '../gate-request.ts';
import { loadSidecar } from '../policy/load-sidecar.ts';
import { matchSettings, type MatchedSettings } from '../policy/match-settings.ts';

/** What is known of an artifact's model: the policy's blocks, what a sidecar adds, and the samples the run was given. A member is described by blocks for its own path or its file's, and by the sidecar beside the file. */
export async function settingsFor(artifact: string, request: GateRequest, member?: string): Promise<MatchedSettings> {
  const sidecar = await loadSidecar({ artifact, readFile: (file) => readBeside(request.root, file) });
  const matched = matchSettings(member === undefined ? artifact : [artifact, member], request.policy.models, sidecar);
  const samples = request.samples ?? absolute(request.root, matched.settings.samples);
  const baseline = request.baseline ?? absolute(request.root, matched.settings.baseline);
  const reference = absolute(request.root, matched.settings.reference);
  return {
    ...matched,
    settings: {
      ...matched.settings,
      ...(samples === undefined ? {} : { samples }),
      ...(baseline === undefined ? {} : { baseline }),
      ...(reference === undefined ? {} : { reference }),
    },
  };
}

function absolute(root: string, given: string | undefined): string | undefined {
  return given === undefined ? undefined : path.resolve(root, given);
}

/** A sidecar is a few lines. */
const MAX_SIDECAR_BYTES = 64 * 1024;

/** Reads a regular file inside the root: a link to a secret must not end up quoted in a report (CWE-59). */
async function readBeside(root: string, file: string): Promise<string | undefined> {
  const absolute = path.join(root, file);
  const facts = await lstat(absolute).catch(() => undefined);
  if (facts === undefined) return undefined;
  const real = await realpath(absolute).catch(() => undefined);
  if (real === undefined || !isInside(await realpath(root), real)) throw refused(file, 'it is a link that leads out of the repository, or to nothing');
  const source = await openFileSource(real, file);
  try {
    if (source.size > MAX_SIDECAR_BYTES) throw refused(file, `it has ${source.size} bytes, and a sidecar has at most ${MAX_SIDECAR_BYTES}`);
    return new TextDecoder('utf-8', { fatal: false }).decode(await source.read(0, source.size));
  } finally {
    await source.close();
  }
}

function refused(file: string, why: string): GateError {
  return new GateError({
    code: 'policy/invalid',
    message: `The sidecar ${file} is not read: ${why}.`,
    where: { artifact: file },
    nextStep: 'Replace it by a small regular file, or describe the model in the policy’s "models".',
  });
}
