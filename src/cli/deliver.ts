import path from 'node:path';
import { writeAtomically } from '../artifacts/write-atomically.ts';
import { GateError } from '../errors.ts';
import type { GateReport, Pictures } from '../report.ts';
import { reporters } from '../reporters/index.ts';
import { ruleCatalog } from '../gate/rule-catalog.ts';
import { writePictures } from '../gate/write-pictures.ts';
import { wantsColor, type CliContext } from './context.ts';
import { readyOutput } from './ready-output.ts';

/** Renders the report and writes it to standard output or, whole or not at all, to a file with its pictures beside it. */
export async function deliver(
  report: GateReport,
  pictures: Pictures,
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
    pictures,
    hasPictureFiles: options.output !== undefined,
  });
  if (options.output === undefined) {
    await write(text, context);
    return;
  }
  await readyOutput(options.output, context);
  const file = path.resolve(context.cwd, options.output);
  // First: a report never names a picture that is not there yet.
  await writePictures(report, pictures, path.dirname(file));
  await writeAtomically(file, text);
}

/** A reader that closed its end has read what it wanted; a full disk has not. */
async function write(text: string, { stdout }: CliContext): Promise<void> {
  const error = await new Promise<Error | null | undefined>((resolve) => stdout.write(text, resolve));
  if (error === null || error === undefined || ('code' in error && error.code === 'EPIPE')) return;
  throw new GateError({ code: 'output/unwritable', message: `The report could not be written to standard output: ${error.message}`, nextStep: 'Free some space, or name a file with --output.', cause: error });
}
