import path from 'node:path';
import { detectors } from '../detectors/index.ts';
import { GateError } from '../errors.ts';
import { cachedInspect } from '../inspection/cached-inspect.ts';
import type { Inspect } from '../inspection/inspection.ts';
import type { GateEvent } from './event.ts';
import type { ActionInputs } from './inputs.ts';
import { isInside } from '../artifacts/is-inside.ts';
import { realPathOf } from './real-path-of.ts';
import { withoutExecution } from './without-execution.ts';

export interface GuardedInspectRequest {
  readonly inspect: Inspect;
  readonly inputs: Pick<ActionInputs, 'allowUntrustedExecution' | 'cache'>;
  readonly event: Pick<GateEvent, 'name' | 'isPrivileged'>;
  /** Real path of the checkout. */
  readonly workspace: string;
  readonly home: string | undefined;
  /** What identifies the code that inspects. */
  readonly tool: string;
  readonly log: { readonly info: (message: string) => void; readonly notice: (message: string) => void; readonly warning: (message: string) => void };
}

/** The inspection as this event and these inputs allow it: with or without running models, with or without the cache. */
export async function guardedInspect({ inspect, inputs, event, workspace, home, tool, log }: GuardedInspectRequest): Promise<Inspect> {
  let guarded = inspect;
  if (event.isPrivileged && !inputs.allowUntrustedExecution) {
    log.warning(`Under ${event.name} no model is run, because the job holds secrets: detectors that need to run it are inconclusive.`);
    guarded = withoutExecution(guarded, detectors);
  }
  if (inputs.cache !== undefined) {
    const folder = await cacheFolder(inputs.cache, workspace, home);
    // Where anybody's files meet a cache that other branches read, nothing is taken from it and nothing put in.
    if (event.isPrivileged) log.info(`The cache is not used under ${event.name}.`);
    else guarded = cachedInspect(guarded, { folder, tool, onProblem: log.warning });
  }
  return guarded;
}

/** In the workspace the change under test could bring results of its own; a link could lead back there (CWE-345). */
async function cacheFolder(given: string, workspace: string, home: string | undefined): Promise<string> {
  const expanded = home !== undefined && /^~(?=\/|$)/.test(given) ? path.join(home, given.slice(1)) : given;
  const folder = path.resolve(workspace, expanded);
  if (!isInside(workspace, folder) && !isInside(workspace, await realPathOf(folder))) return folder;
  throw new GateError({
    code: 'arguments/invalid',
    message: `The input \`cache\` is "${given}"; allowed is a folder outside of the workspace, where a change cannot bring results of its own.`,
    where: { field: 'cache' },
    nextStep: 'Use for instance: cache: ${{ runner.temp }}/modelgate-cache',
  });
}
