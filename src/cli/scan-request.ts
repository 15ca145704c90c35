import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { changesByGit } from '../artifacts/changes-by-git.ts';
import { GateError } from '../errors.ts';
import type { GateRequest } from '../gate-request.ts';
import type { CliContext } from './context.ts';
import { readLock } from './read-lock.ts';
import { readPolicy } from './read-policy.ts';
import { scanRoot } from './scan-root.ts';

export interface ScanOptions {
  readonly policy?: string;
  readonly lockfile?: string;
  readonly samples?: string;
  readonly baseline?: string;
  readonly changed?: string;
  readonly format: string;
  readonly output?: string;
  readonly seed: number;
  readonly budget?: number;
  readonly shard?: { readonly index: number; readonly count: number };
  readonly threads?: number;
  readonly engine: GateRequest['engine'];
  /** A folder; `false` for --no-cache. */
  readonly cache?: string | boolean;
  readonly warnOnly: boolean;
  readonly verbose: boolean;
}

/** Everything `scan` was asked for, read and checked at the edge into the one object the gate takes. */
export async function readScanRequest(paths: readonly string[], options: ScanOptions, context: CliContext): Promise<GateRequest> {
  const { root, paths: relative } = await scanRoot(paths, context.cwd);
  const policy = await readPolicy(options.policy, root, context.cwd);
  return {
    root,
    scope: options.changed === undefined ? { kind: 'paths', paths: relative } : await changedScope(options.changed, root, context),
    policy,
    lockfile: await readLock(options.lockfile, policy.trustedSource.lockfile, root, context.cwd),
    ignoredHeadChanges: [],
    samples: await existing('--samples', options.samples, context.cwd),
    baseline: await existing('--baseline', options.baseline, context.cwd),
    seed: options.seed,
    budgetSeconds: options.budget ?? policy.budgetSeconds,
    engine: options.engine,
    threads: Math.max(1, Math.floor(options.threads ?? availableParallelism())),
    warnOnly: options.warnOnly,
    ...(options.shard === undefined ? {} : { shard: options.shard }),
  };
}

async function changedScope(range: string, root: string, context: CliContext): Promise<GateRequest['scope']> {
  const match = /^(.+?)\.{2,3}(.*)$/.exec(range);
  if (match === null) {
    throw new GateError({
      code: 'arguments/invalid',
      message: `--changed takes BASE..HEAD, not "${range}".`,
      nextStep: 'For instance: --changed origin/main..HEAD',
    });
  }
  return { kind: 'changes', changes: await changesByGit({ root, environment: context.environment, signal: context.signal, base: match[1] ?? '', head: match[2] === '' ? 'HEAD' : (match[2] ?? 'HEAD') }) };
}

async function existing(option: string, given: string | undefined, cwd: string): Promise<string | undefined> {
  if (given === undefined) return undefined;
  const full = path.resolve(cwd, given);
  if ((await stat(full).catch(() => undefined)) !== undefined) return full;
  throw new GateError({ code: 'arguments/invalid', message: `${option}: there is no file or folder "${given}".` });
}
