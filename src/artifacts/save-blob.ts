import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GateError } from '../errors.ts';
import { GIT_TIMEOUT_MILLISECONDS } from './limits.ts';
import { gitCommand, type GitPlace } from './run-git.ts';

/**
 * Writes a blob into a file, byte for byte and piece by piece: models are larger than what {@link runGit} may print.
 * Throws `changes/unknown` when git does not have the object or hands out more or less than `bytes`.
 */
export async function saveBlob(place: GitPlace, id: string, bytes: number, file: string): Promise<void> {
  const { program, args, options } = gitCommand(place, ['cat-file', 'blob', id]);
  const git = spawn(program, args, {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: GIT_TIMEOUT_MILLISECONDS,
    killSignal: 'SIGKILL',
    ...(place.signal === undefined ? {} : { signal: place.signal }),
  });
  let said = '';
  git.stderr.on('data', (piece: Buffer) => (said = (said + piece.toString('utf8')).slice(-MAX_SAID_CHARACTERS)));
  const ended = new Promise<number | null>((resolve, reject) => {
    git.on('error', reject);
    git.on('close', resolve);
  });
  let written = 0;
  const counted = new Transform({
    transform(piece: Buffer, _encoding, done) {
      written += piece.byteLength;
      // What git hands out beyond the size it gave is nothing to fill a disk with (CWE-770).
      done(written > bytes ? new Error(`more than the ${bytes} bytes it was said to have`) : null, piece);
    },
  });
  try {
    const [status] = await Promise.all([ended, pipeline(git.stdout, counted, createWriteStream(file, { flags: 'wx' }))]);
    if (status === 0 && written === bytes) return;
  } catch (thrown) {
    git.kill('SIGKILL');
    throw failed(id, thrown instanceof Error ? thrown.message : String(thrown));
  }
  throw failed(id, said.trim().split('\n').at(-1) ?? '');
}

/** The end of what git complained about; its last line is quoted. */
const MAX_SAID_CHARACTERS = 4096;

function failed(id: string, reason: string): GateError {
  return new GateError({
    code: 'changes/unknown',
    message: `The object ${id.slice(0, 12)} could not be read from git${reason === '' ? '' : `: ${reason}`}.`,
    nextStep: 'Set "fetch-depth: 0" in the checkout step, and clone without a filter.',
  });
}
