import path from 'node:path';
import { cachedInspect } from '../inspection/cached-inspect.ts';
import type { Inspect } from '../inspection/inspection.ts';
import { createSupervisor } from '../inspection/supervise.ts';
import { workerProgram } from '../inspection/worker-program.ts';
import { TOOL } from '../version.ts';
import type { CliContext } from './context.ts';

/** How this run inspects artifacts: in supervised processes, with results kept in a folder when one is named. */
export function createInspect(cache: string | boolean | undefined, context: CliContext): Inspect {
  const inspect = createSupervisor({ ...workerProgram(), environment: context.environment });
  if (typeof cache !== 'string') return inspect;
  return cachedInspect(inspect, {
    folder: path.resolve(context.cwd, cache),
    tool: `${TOOL.name} ${TOOL.version}`,
    onProblem: (message) => void context.stderr.write(`modelgate: ${message}\n`),
  });
}
