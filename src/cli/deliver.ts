import path from 'node:path';
import { writeAtomically } from '../artifacts/write-atomically.ts';
import { GateError } from '../errors.ts';
import type { GateReport } from '../report.ts';
import { reporters } from '../reporters/index.ts';
import { ruleCatalog } from '../gate/rule-catalog.ts';
import { wantsColor, type CliContext } from './context.ts';

/** Renders the report and writes it to standard output or, whole or not at all, to a file. */
export async function deliver(
  report: GateReport,
  options: { readonly format: string; readonly output: string | undefined; readonly verbose: boolean },
  context: CliContext,
): Promise<void> {
  const reporter = reporters.find((one) => one.meta.id === options.format);
  if (reporter === undefined) {
    throw new GateError({ code: 'arguments/invalid', message: `There is no reporter "${options.format}".` });
  }
  const text = reporter.render(report, {
    color: options.output === undefined && wantsColor(context),
    verbose: options.verbose,
    rules: ruleCatalog(),
  });
  if (options.output === undefined) {
    await new Promise<void>((resolve, reject) => {
      context.stdout.write(text, (error) => (error ? reject(error) : resolve()));
    });
    return;
  }
  await writeAtomically(path.resolve(context.cwd, options.output), text);
}
