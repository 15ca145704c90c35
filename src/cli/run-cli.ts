import { Command, CommanderError } from 'commander';
import { toGateError } from '../errors.ts';
import { TOOL } from '../version.ts';
import { addDatasetCommand } from './dataset.ts';
import { addDetectorsCommand } from './detectors.ts';
import { addExplainCommand } from './explain.ts';
import { addLockCommand } from './lock.ts';
import { addMergeCommand } from './merge.ts';
import { addPolicyCommand } from './policy.ts';
import { addReferenceCommand } from './reference.ts';
import { addScanCommand } from './scan.ts';
import { addVerifyCommand } from './verify.ts';
import type { CliContext } from './context.ts';
import { EXIT_CODES, exitCodeOfError } from './exit-codes.ts';
import { printable } from './printable.ts';

/** As wide as reports are. */
const HELP_COLUMNS = 100;

/** Parses the arguments, runs the command and returns the exit code. Never throws. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  let exitCode = 0;
  const program = new Command('modelgate')
    .description('Gates machine-learning models in CI: provenance, file safety and backdoor detectors in one verdict.')
    .version(TOOL.version)
    .showHelpAfterError('Run modelgate --help for all commands, and modelgate COMMAND --help for the options of one.')
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
      // Commander gives up wrapping where a column of names leaves fewer than forty of its 80 columns.
      getOutHelpWidth: () => context.stdout.columns ?? HELP_COLUMNS,
      getErrHelpWidth: () => context.stderr.columns ?? HELP_COLUMNS,
    });
  const finish = (code: number): void => {
    exitCode = code;
  };
  for (const add of [addScanCommand, addLockCommand, addVerifyCommand, addMergeCommand, addPolicyCommand, addReferenceCommand, addDatasetCommand, addDetectorsCommand, addExplainCommand]) {
    add(program, context, finish);
  }
  for (const command of allCommands(program)) command.exitOverride().copyInheritedSettings(program);

  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT_CODES.pass.code : EXIT_CODES.user.code;
    const error = toGateError(thrown);
    const where = [error.where?.artifact, error.where?.line, error.where?.column].filter((part) => part !== undefined).join(':');
    context.stderr.write(`modelgate: ${error.code}${where === '' ? '' : ` at ${printable(where)}`}: ${lines(error.message)}\n`);
    if (error.nextStep !== undefined) context.stderr.write(`  ${printable(error.nextStep)}\n`);
    if (error.blame === 'tool' && thrown instanceof Error && thrown.stack !== undefined) context.stderr.write(`${lines(thrown.stack)}\n`);
    return exitCodeOfError(thrown);
  }
}

/** Messages of several lines are ours; what artifacts and files bring into them must not start a line or move the cursor. */
function lines(text: string): string {
  return text.split('\n').map((line) => printable(line).replace(/^\s*::/, '<U+003A>:')).join('\n  ');
}

function allCommands(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...allCommands(child)]);
}
