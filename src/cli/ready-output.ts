import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { GateError } from '../errors.ts';
import type { CliContext } from './context.ts';

/** Makes the folder that the report goes to, where it is not there. Throws `output/unwritable`. */
export async function readyOutput(output: string | undefined, { cwd }: Pick<CliContext, 'cwd'>): Promise<void> {
  if (output === undefined) return;
  const folder = path.dirname(path.resolve(cwd, output));
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new GateError({
      code: 'output/unwritable', message: `The folder ${folder} could not be made for the report.`, where: { artifact: output },
      nextStep: 'Name a file in a folder that is there, or that can be made.', cause,
    });
  }
}
