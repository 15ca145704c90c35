import path from 'node:path';
import { Option, type Command } from 'commander';
import { mergeReports } from '../gate/merge-reports.ts';
import { readPictures } from '../gate/read-pictures.ts';
import type { GateReport } from '../report.ts';
import { reporters } from '../reporters/index.ts';
import { deliver } from './deliver.ts';
import type { CliContext } from './context.ts';
import { exitCodeOf } from './exit-codes.ts';
import { printable } from './printable.ts';
import { readReport } from './read-report.ts';

interface MergeOptions {
  readonly format: string;
  readonly output?: string;
  readonly verbose: boolean;
}

/** `modelgate merge`: joins the JSON reports of shards into one. */
export function addMergeCommand(program: Command, context: CliContext, finish: (code: number) => void): void {
  program
    .command('merge')
    .description('Join the JSON reports of shards (scan --shard I/N --format json) into one report and verdict.')
    .argument('<report...>', 'JSON reports')
    .addOption(new Option('--format <format>', 'how to report').choices(reporters.map((one) => one.meta.id)).default('text'))
    .option('--output <file>', 'write the report here instead of standard output')
    .option('-v, --verbose', 'show every result, not only what needs attention', false)
    .action(async (files: string[], options: MergeOptions) => {
      const reports: GateReport[] = [];
      const pictures = new Map<string, Uint8Array>();
      for (const file of files) {
        const read = await readPictures(await readReport(file, context.cwd), path.dirname(path.resolve(context.cwd, file)));
        reports.push(read.report);
        for (const [digest, bytes] of read.pictures) pictures.set(digest, bytes);
        if (read.missing.length > 0) context.stderr.write(missingLine(file, read.missing));
      }
      const merged = mergeReports(reports);
      await deliver(merged, pictures, { format: options.format, output: options.output, verbose: options.verbose }, context);
      finish(exitCodeOf(merged));
    });
}

function missingLine(report: string, [first = '', ...others]: readonly string[]): string {
  const rest = others.length === 0 ? '' : ` and ${others.length} more`;
  return `modelgate: ${printable(report)} names pictures that are not beside it: ${printable(first)}${rest}. Keep the folder "pictures" with each report.\n`;
}
