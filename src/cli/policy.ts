import type { Command } from 'commander';
import { readPolicy } from './read-policy.ts';
import type { CliContext } from './context.ts';

/** `modelgate policy check`: validates a policy and prints what it comes to. */
export function addPolicyCommand(program: Command, context: CliContext): void {
  const policy = program.command('policy').description('Work with policies.');
  policy
    .command('check')
    .description('Validate a policy; every mistake is named with its line and column.')
    .argument('[file|name]', 'policy file, or observe, recommended, strict (default: the one in this folder)')
    .option('--print', 'print the resolved policy as JSON', false)
    .action(async (named: string | undefined, options: { print: boolean }) => {
      const resolved = await readPolicy(named, context.cwd, context.cwd);
      if (options.print) {
        context.stdout.write(`${JSON.stringify(resolved, null, 2)}\n`);
        return;
      }
      const outcomes = Object.entries(resolved.outcomes).map(([outcome, verdict]) => `${outcome} → ${verdict}`);
      context.stdout.write(
        [
          `${resolved.source}: valid`,
          `  id         ${resolved.id}`,
          `  digest     ${resolved.digest}`,
          `  detectors  ${resolved.detectors.map((one) => (one.required ? `${one.id} (required)` : one.id)).join(', ') || 'none'}`,
          `  outcomes   ${outcomes.join(', ')}`,
          `  lockfile   ${resolved.trustedSource.lockfile} (unlisted → ${resolved.trustedSource.unlisted}, mismatch → ${resolved.trustedSource.mismatch})`,
          '',
        ].join('\n'),
      );
    });
}
