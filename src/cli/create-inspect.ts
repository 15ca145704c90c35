import path from 'node:path';
import { sha256OfFile } from '../artifacts/digest.ts';
import { isInside } from '../artifacts/is-inside.ts';
import { GateError } from '../errors.ts';
import { cachedInspect } from '../inspection/cached-inspect.ts';
import type { Inspect } from '../inspection/inspection.ts';
import { createSupervisor } from '../inspection/supervise.ts';
import { workerProgram } from '../inspection/worker-program.ts';
import { TOOL } from '../version.ts';
import type { CliContext } from './context.ts';

/** How this run inspects artifacts: in supervised processes, with results kept in a folder when one is named. */
export async function createInspect(cache: string | boolean | undefined, root: string, context: CliContext): Promise<Inspect> {
  const worker = workerProgram();
  const inspect = createSupervisor({ ...worker, environment: context.environment });
  if (typeof cache !== 'string') return inspect;

  const folder = path.resolve(context.cwd, cache);
  if (isInside(root, folder)) {
    throw new GateError({
      code: 'arguments/invalid',
      message: `The cache folder "${cache}" lies inside what is scanned, so whoever changes that could fill it.`,
      nextStep: 'Name a folder elsewhere.',
    });
  }
  return cachedInspect(inspect, {
    folder,
    // A cache must not outlive the code that filled it.
    tool: `${TOOL.version} ${(await sha256OfFile(worker.workerFile)).digest}`,
    onProblem: (message) => void context.stderr.write(`modelgate: ${message}\n`),
  });
}
