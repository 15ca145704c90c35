import path from 'node:path';
import type { Command } from 'commander';
import { GateError } from '../errors.ts';
import { runGate } from '../gate.ts';
import type { ResolvedPolicy } from '../policy/policy.ts';
import { reporters } from '../reporters/index.ts';
import { deliver } from './deliver.ts';
import type { CliContext } from './context.ts';
import { exitCodeOf } from './exit-codes.ts';
import { readPolicy } from './read-policy.ts';
import { readLock } from './read-lock.ts';
import { scanRoot } from './scan-root.ts';
import { Option } from 'commander';

interface VerifyOptions {
  readonly lockfile?: string;
  readonly policy?: string;
  readonly format: string;
  readonly output?: string;
  readonly verbose: boolean;
}

/** `modelgate verify`: digests against the lockfile and nothing else. */
export function addVerifyCommand(program: Command, context: CliContext, finish: (code: number) => void): void {
  program
    .command('verify')
    .description('Compare digests with the lockfile; no detector runs. Every listed file must be there and every artifact listed.')
    .argument('[path...]', 'files and folders; default: every listed file and every artifact the policy’s globs take')
    .option('--lockfile <file>', 'lockfile (default: the policy’s, modelgate.lock.json)')
    .option('--policy <file|name>', 'policy whose globs and trustedSource rules are used')
    .addOption(new Option('--format <format>', 'how to report').choices(reporters.map((one) => one.meta.id)).default('text'))
    .option('--output <file>', 'write the report here instead of standard output')
    .option('-v, --verbose', 'show every artifact, not only what needs attention', false)
    .action(async (paths: string[], options: VerifyOptions) => {
      const { root, paths: relative } = await scanRoot(paths, context.cwd);
      const policy = hashesOnly(await readPolicy(options.policy, root, context.cwd));
      const lockfile = await readLock(options.lockfile, policy.trustedSource.lockfile, root, context.cwd);
      if (lockfile === undefined) {
        throw new GateError({
          code: 'lockfile/not-found',
          message: `There is no lockfile "${policy.trustedSource.lockfile}" to verify against.`,
          nextStep: 'Write one with: modelgate lock',
        });
      }
      const listed = lockfile.content.artifacts.map((one) => path.relative(root, path.join(path.dirname(lockfile.path), one.path)).split(path.sep).join('/'));
      const report = await runGate(
        {
          root,
          scope: { kind: 'paths', paths: paths.length === 0 ? [...new Set([...relative, ...listed])] : relative },
          policy, lockfile,
          ignoredHeadChanges: [],
          samples: undefined, baseline: undefined, seed: 0, budgetSeconds: undefined, engine: 'auto', threads: 2, warnOnly: false,
        },
        {
          // Nothing is opened: the digest is all that is asked for.
          inspect: async () => ({ notes: [], companions: [], results: [] }),
          now: () => performance.now(),
          signal: context.signal,
          onProgress: () => undefined,
        },
      );
      await deliver(report, new Map(), { format: options.format, output: options.output, verbose: options.verbose }, context);
      finish(exitCodeOf(report));
    });
}

/** The policy without detectors, and with what provenance finds made decisive: this command exists for nothing else. */
function hashesOnly(policy: ResolvedPolicy): ResolvedPolicy {
  return { ...policy, detectors: [], rules: [], trustedSource: { ...policy.trustedSource, mismatch: 'fail' } };
}
