import path from 'node:path';
import { Option, type Command } from 'commander';
import { joinDatasets, type ShardReport } from '../gate/datasets/join-datasets.ts';
import { mergeReports } from '../gate/merge-reports.ts';
import { readPictures } from '../gate/read-pictures.ts';
import { reporters } from '../reporters/index.ts';
import { createInspect } from './create-inspect.ts';
import { deliver } from './deliver.ts';
import type { CliContext } from './context.ts';
import { exitCodeOf } from './exit-codes.ts';
import { printable } from './printable.ts';
import { readReport } from './read-report.ts';
import { readScanRequest } from './scan-request.ts';

interface MergeOptions {
  readonly format: string;
  readonly output?: string;
  readonly policy?: string;
  readonly changed?: string;
  readonly warnOnly: boolean;
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
    .option('--policy <file|name>', 'for datasets in parts: the policy that the shards were scanned under')
    .option('--changed <base..head>', 'for datasets in parts: as the shards had it')
    .option('--warn-only', 'for datasets in parts: report everything, never fail (roll-out)', false)
    .option('-v, --verbose', 'show every result, not only what needs attention', false)
    .action(async (files: string[], options: MergeOptions) => {
      const shards: ShardReport[] = [];
      const pictures = new Map<string, Uint8Array>();
      for (const file of files) {
        const folder = path.dirname(path.resolve(context.cwd, file));
        const read = await readPictures(await readReport(file, context.cwd), folder);
        shards.push({ report: read.report, folder });
        for (const [digest, bytes] of read.pictures) pictures.set(digest, bytes);
        if (read.missing.length > 0) context.stderr.write(missingLine(file, read.missing));
      }
      const { policy, changed, warnOnly } = options;
      const seed = shards[0]?.report.seed ?? 0;
      // What makes verdicts of the datasets is read here again, from where this job trusts it, and only where a dataset was read in parts.
      const request = () => readScanRequest(['.'], { format: 'json', seed, engine: 'auto', warnOnly, verbose: false, ...(policy === undefined ? {} : { policy }), ...(changed === undefined ? {} : { changed }) }, context);
      const reports = await joinDatasets(shards, request, {
        inspect: await createInspect(false, context.cwd, context), now: () => performance.now(), signal: context.signal, onProgress: () => undefined,
        onPicture: (digest, bytes) => void pictures.set(digest, bytes),
      });
      const merged = mergeReports(reports);
      await deliver(merged, pictures, { format: options.format, output: options.output, verbose: options.verbose }, context);
      finish(exitCodeOf(merged));
    });
}

function missingLine(report: string, [first = '', ...others]: readonly string[]): string {
  const rest = others.length === 0 ? '' : ` and ${others.length} more`;
  return `modelgate: ${printable(report)} names pictures that are not beside it: ${printable(first)}${rest}. Keep the folder "pictures" with each report.\n`;
}
