import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { sha256OfFile } from '../artifacts/digest.ts';
import { findArtifacts } from '../artifacts/find-artifacts.ts';
import { GateError } from '../errors.ts';
import { readPointer } from '../gate/read-pointer.ts';
import { lockPathOf } from '../provenance/lock-path.ts';
import type { LockEntry } from '../provenance/lockfile.ts';
import { readLockfile } from '../provenance/read-lockfile.ts';
import { updateLockfile, type LockfileDiff } from '../provenance/update-lockfile.ts';
import { writeLockfile } from '../provenance/write-lockfile.ts';
import { approvalOfOptions } from './approval-of-options.ts';
import type { CliContext } from './context.ts';
import { printable } from './printable.ts';
import { readPolicy, readText } from './read-policy.ts';
import { sourceOfOptions, type SourceOptions } from './source-of-options.ts';

interface LockOptions extends SourceOptions {
  readonly lockfile?: string;
  readonly policy?: string;
  readonly approvedBy?: string;
  readonly approvedAt?: string;
  readonly remove: readonly string[];
  readonly prune: boolean;
  readonly dryRun: boolean;
}

/** `modelgate lock`: writes the digests of artifacts, with their source and who approved them, into the lockfile. */
export function addLockCommand(program: Command, context: CliContext): void {
  program
    .command('lock')
    .description('Write or update the lockfile: the digests somebody approves, where they come from, and who approved them.')
    .argument('[path...]', 'files and folders to lock; default: every artifact the policy’s globs take')
    .option('--lockfile <file>', 'lockfile to write (default: the policy’s, modelgate.lock.json)')
    .option('--policy <file|name>', 'policy whose globs and lockfile are used')
    .option('--source-url <url>', 'where the artifacts come from')
    .option('--source-repository <name>', 'repository the artifacts come from; with --source-revision')
    .option('--source-revision <revision>', 'revision (commit) in that repository')
    .option('--approved-by <name>', 'who approves these bytes')
    .option('--approved-at <date>', 'when, ISO 8601 (default with --approved-by: today)')
    .option('--remove <path>', 'take an entry out; may be given several times', (one: string, all: readonly string[]) => [...all, one], [])
    .option('--prune', 'take out entries whose file is gone', false)
    .option('--dry-run', 'show what would change and write nothing', false)
    .action(async (paths: string[], options: LockOptions) => {
      const root = context.cwd;
      const stated: Stated = { source: sourceOfOptions(options), approval: approvalOfOptions(options) };
      const policy = await readPolicy(options.policy, root, root);
      const file = path.resolve(root, options.lockfile ?? policy.trustedSource.lockfile);
      const text = await readText(file);
      const current = text === undefined ? undefined : readLockfile(text, path.basename(file));

      const found = await findArtifacts({ root, paths: paths.length === 0 ? ['.'] : paths.map((one) => relativeTo(root, one)), ...policy.artifacts, signal: context.signal });
      const [problem] = found.problems;
      if (problem !== undefined) throw new GateError({ ...problem.error, code: problem.error.code });
      if (paths.length > 0 && found.artifacts.length === 0) {
        throw new GateError({ code: 'arguments/invalid', message: 'Below the given paths is no artifact.', nextStep: 'Check the paths and the policy’s artifacts.include.' });
      }
      const put: LockEntry[] = [];
      for (const artifact of found.artifacts) put.push(await entryOf(root, file, artifact, stated, context));
      const gone = options.prune ? (current?.artifacts ?? []).map((one) => one.path).filter((one) => !existsSync(path.join(path.dirname(file), one))) : [];

      const { lockfile, diff } = updateLockfile(current, { put, remove: [...options.remove, ...gone] });
      if (!options.dryRun) await writeLockfile(file, lockfile);
      context.stdout.write(describe(diff, printable(path.relative(root, file)), options.dryRun));
    });
}

/** What the command line says of all artifacts that it locks. */
interface Stated {
  readonly source: LockEntry['source'];
  readonly approval: Pick<LockEntry, 'approvedBy' | 'approvedAt'>;
}

async function entryOf(root: string, lockfile: string, artifact: string, { source, approval }: Stated, context: CliContext): Promise<LockEntry> {
  const listed = lockPathOf({ root, lockfile, artifact });
  if (listed === undefined) {
    throw new GateError({
      code: 'arguments/invalid',
      message: `${artifact} lies outside the folder of the lockfile, so it cannot be listed there.`,
      nextStep: 'Run modelgate lock in the folder that holds both, or name another lockfile with --lockfile.',
    });
  }
  const absolute = path.join(root, artifact);
  const pointer = await readPointer(absolute, artifact);
  const { sha256, size } = pointer ?? (await hashOf(absolute, artifact, context.signal));
  return {
    path: listed, sha256, size,
    ...(source === undefined ? {} : { source }),
    ...approval,
  };
}

async function hashOf(absolute: string, artifact: string, signal: AbortSignal): Promise<{ sha256: string; size: number }> {
  const { digest, size } = await sha256OfFile(absolute, { path: artifact, signal });
  return { sha256: digest.slice('sha256:'.length), size };
}

function relativeTo(root: string, given: string): string {
  return path.relative(root, path.resolve(root, given)).split(path.sep).join('/') || '.';
}

function describe(diff: LockfileDiff, file: string, isDryRun: boolean): string {
  const short = (sha256: string): string => `sha256:${sha256.slice(0, 12)}…`;
  const lines = [
    ...diff.added.map((one) => `  + ${printable(one.path)}  ${short(one.sha256)}`),
    ...diff.changed.map(({ before, after }) => `  ~ ${printable(after.path)}  ${before.sha256 === after.sha256 ? 'approval or source' : `${short(before.sha256)} → ${short(after.sha256)}`}`),
    ...diff.removed.map((one) => `  - ${printable(one.path)}  ${short(one.sha256)}`),
  ];
  const counts = `${diff.added.length} added, ${diff.changed.length} changed, ${diff.removed.length} removed, ${diff.unchanged.length} unchanged`;
  return `${[`${file}: ${counts}${isDryRun ? ' (not written)' : ''}`, ...lines].join('\n')}\n`;
}
