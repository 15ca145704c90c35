import { GateError } from '../errors.ts';
import { runGit, type GitPlace } from './run-git.ts';

/**
 * Paths below `root` that git tracks, relative to it, sorted by code units; those of checked-out submodules included.
 * Throws `changes/unknown` when git cannot tell.
 */
export async function trackedFiles(place: GitPlace): Promise<readonly string[]> {
  const answer = await runGit(place, ['ls-files', '-z', '--cached', '--recurse-submodules']);
  if (!answer.isDone) throw new GateError({ code: 'changes/unknown', message: answer.reason });
  const names = decode(answer.output).split('\0').filter((name) => name !== '');
  return [...new Set(names)].sort();
}

function decode(output: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(output);
  } catch (error) {
    throw new GateError({
      code: 'changes/unknown',
      message: 'git tracks a file whose name is not valid UTF-8.',
      nextStep: 'Rename the file; its name cannot be reported.',
      cause: error,
    });
  }
}
