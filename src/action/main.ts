import { appendFile } from 'node:fs/promises';
import { toGateError } from '../errors.ts';
import { escapeMarkdown, visible } from '../reporters/escape.ts';
import { describeError, type DescribedError } from './describe-error.ts';
import { runAction, type ActionPorts } from './run-action.ts';

/** Exit codes of the step's process; the same as the CLI's. Any but 0 fails the step. */
const EXIT = { pass: 0, fail: 1, user: 2, tool: 3 } as const;

/** Runs the action and turns what comes of it into an exit code. Never throws: a gate that fails must not look passed. */
export async function main(given: ActionPorts): Promise<number> {
  const ports = { ...given, log: visibleLog(given.log) };
  try {
    const { isFailed, sentence } = await runAction(ports);
    if (!isFailed) {
      ports.log.info(sentence);
      return EXIT.pass;
    }
    ports.log.error(sentence, 'modelgate');
    return EXIT.fail;
  } catch (thrown) {
    const described = describeError(thrown);
    ports.log.error(described.message, described.title);
    await summarize(described, ports.environment['GITHUB_STEP_SUMMARY']).catch(() => undefined);
    return toGateError(thrown).blame === 'tool' ? EXIT.tool : EXIT.user;
  }
}

/** Reasons and errors quote file names and git's own words: none of them may end a line or begin a workflow command. */
function visibleLog(log: ActionPorts['log']): ActionPorts['log'] {
  return {
    info: (message) => log.info(visible(message)),
    notice: (message) => log.notice(visible(message)),
    warning: (message) => log.warning(visible(message)),
    error: (message, title) => log.error(visible(message), title),
  };
}

async function summarize({ title, message }: DescribedError, file: string | undefined): Promise<void> {
  if (file === undefined || file === '') return;
  await appendFile(file, `## modelgate: no verdict\n\nNothing was decided, so the step fails.\n\n**${escapeMarkdown(title)}** ${escapeMarkdown(message)}\n`);
}
