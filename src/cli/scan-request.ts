import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { changesByGit } from '../artifacts/changes-by-git.ts';
import { earlierVersions, type EarlierVersions } from '../artifacts/earlier-versions.ts';
import { MAX_MANIFEST_BYTES } from '../artifacts/limits.ts';
import { readAtRef } from '../artifacts/read-at-ref.ts';
import { resolveCommit } from '../artifacts/resolve-commit.ts';
import type { GitPlace } from '../artifacts/run-git.ts';
import { GateError } from '../errors.ts';
import type { GateRequest } from '../gate-request.ts';
import { diskFiles, filesAtCommit, type JudgingFiles } from '../gate/judging-files.ts';
import { readJudgingRules } from '../gate/judging-rules.ts';
import type { CliContext } from './context.ts';
import { scanRoot } from './scan-root.ts';

export interface ScanOptions {
  readonly policy?: string;
  readonly lockfile?: string;
  readonly samples?: string;
  readonly baseline?: string;
  readonly dataset?: readonly string[];
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
  /** Absolute path. */
  readonly scores?: string;
  readonly verbose: boolean;
}

/**
 * Everything `scan` was asked for, read and checked at the edge into the one object the gate takes. Policy and lockfile
 * are those of the folder the command runs in, whatever is scanned; with `--changed`, those of the base commit.
 */
export async function readScanRequest(paths: readonly string[], options: ScanOptions, context: CliContext): Promise<GateRequest> {
  const datasets = options.dataset ?? [];
  const { root, paths: both } = await scanRoot(paths.length === 0 && datasets.length === 0 ? ['.'] : [...paths, ...datasets], context.cwd);
  const relative = datasets.length === 0 ? both : both.slice(0, paths.length);
  const comparison = options.changed === undefined ? undefined : await readComparison(options.changed, root, context);
  const rules = await readJudgingRules({
    root: context.cwd,
    workspace: context.cwd,
    policy: options.policy,
    lockfile: options.lockfile,
    files: comparison?.files ?? diskFiles(context.cwd),
  });
  return {
    root,
    scope: comparison?.scope ?? { kind: 'paths', paths: relative },
    ...rules,
    samples: await existing('--samples', options.samples, context.cwd),
    baseline: await existing('--baseline', options.baseline, context.cwd),
    ...(datasets.length === 0 ? {} : { datasets: both.slice(paths.length) }),
    ...(comparison === undefined ? {} : { readTrusted: comparison.readTrusted }),
    ...(options.scores === undefined ? {} : { scoresFile: options.scores }),
    ...(options.output === undefined || options.format !== 'json' ? {} : { partsFolder: path.dirname(path.resolve(context.cwd, options.output)) }),
    ...(comparison?.scope.kind === 'changes' ? { changes: comparison.scope.changes } : {}),
    earlier: comparison?.earlier ?? (await earlierVersions({ root, environment: context.environment, signal: context.signal })),
    seed: options.seed,
    budgetSeconds: options.budget ?? rules.policy.budgetSeconds,
    engine: options.engine,
    threads: Math.max(1, Math.floor(options.threads ?? availableParallelism())),
    warnOnly: options.warnOnly,
    ...(options.shard === undefined ? {} : { shard: options.shard }),
  };
}

interface Comparison {
  readonly scope: GateRequest['scope'];
  readonly files: JudgingFiles;
  readonly earlier: EarlierVersions;
  readonly readTrusted: NonNullable<GateRequest['readTrusted']>;
}

/** What changed between two commits, and the rules as they are at the earlier one. The later one has to be checked out. */
async function readComparison(range: string, root: string, context: CliContext): Promise<Comparison> {
  const match = /^(.+?)\.{2,3}(.*)$/.exec(range);
  if (match === null) {
    throw new GateError({
      code: 'arguments/invalid',
      message: `--changed takes BASE..HEAD, not "${range}".`,
      nextStep: 'For instance: --changed origin/main..HEAD',
    });
  }
  const [base, head] = [match[1] ?? '', match[2] === undefined || match[2] === '' ? 'HEAD' : match[2]];
  const place: GitPlace = { root, environment: context.environment, signal: context.signal };
  await checkIsCheckedOut(place, head);
  const cwd = { ...place, root: context.cwd };
  return {
    scope: { kind: 'changes', changes: await changesByGit({ ...place, base, head }) },
    earlier: await earlierVersions({ ...place, base, head }),
    readTrusted: (file) => filesAtCommit(root, (one) => readAtRef({ ...place, ref: base, path: one, maxBytes: MAX_MANIFEST_BYTES })).read(file),
    files: filesAtCommit(context.cwd, (file) => readAtRef({ ...cwd, ref: base, path: file })),
  };
}

/** The files that are scanned are the ones on disk: of any other commit they would say nothing. */
async function checkIsCheckedOut(place: GitPlace, head: string): Promise<void> {
  const [wanted, present] = [await resolveCommit(place, head), await resolveCommit(place, 'HEAD')];
  if (!wanted.isFound || !present.isFound || wanted.commit === present.commit) return;
  throw new GateError({
    code: 'arguments/invalid',
    message: `--changed names ${head} (${wanted.commit.slice(0, 12)}), but ${present.commit.slice(0, 12)} is checked out, and what is scanned are the files on disk.`,
    nextStep: `Check out ${head} first, or leave the part after ".." out.`,
  });
}

async function existing(option: string, given: string | undefined, cwd: string): Promise<string | undefined> {
  if (given === undefined) return undefined;
  const full = path.resolve(cwd, given);
  if ((await stat(full).catch(() => undefined)) !== undefined) return full;
  throw new GateError({ code: 'arguments/invalid', message: `${option}: there is no file or folder "${given}".` });
}
