import { InvalidArgumentError, Option, type Command } from 'commander';
import { GateError } from '../errors.ts';
import { runGate } from '../gate.ts';
import { reporters } from '../reporters/index.ts';
import { deliver } from './deliver.ts';
import { isCi, type CliContext } from './context.ts';
import { exitCodeOf } from './exit-codes.ts';
import { progressLine } from './progress.ts';
import { readyOutput } from './ready-output.ts';
import { readScanRequest, type ScanOptions } from './scan-request.ts';
import { createInspect } from './create-inspect.ts';

/** `modelgate scan`: the main job. */
export function addScanCommand(program: Command, context: CliContext, finish: (code: number) => void): void {
  program
    .command('scan')
    .description('Scan models: provenance, format, backdoor detectors; decide by the policy.')
    .argument('[path...]', 'files and folders to scan; default: the current folder')
    .option('--policy <file|name>', 'policy file, or observe, recommended, strict (default: modelgate.yml here, else recommended)')
    .option('--lockfile <file>', 'trusted hashes (default: the policy’s, modelgate.lock.json)')
    .option('--samples <dir>', 'clean inputs: a folder of images (class subfolders or a labels file), .npz or .npy')
    .option('--baseline <path>', 'the trusted earlier version, for detectors that compare: a file, an index of several, or its folder')
    .option('--dataset <dir>', 'a training set to vet: a folder or a file; may be given several times', (one: string, all: readonly string[] = []) => [...all, one])
    .option('--changed <base..head>', 'only artifacts that changed between two commits')
    .addOption(new Option('--format <format>', 'how to report').choices(reporters.map((one) => one.meta.id)).default('text'))
    .option('--output <file>', 'write the report here instead of standard output')
    .option('--seed <number>', 'seed of every random choice', parseSeed, 0)
    .option('--budget <seconds>', 'stop cleanly after this time; what was not examined is inconclusive', parsePositive)
    .option('--shard <i/n>', 'scan the I-th of N parts; join the JSON reports with modelgate merge', parseShard)
    .option('--threads <number>', 'processor threads (default: all)', parsePositive)
    .addOption(new Option('--engine <engine>', 'inference engine').choices(['auto', 'onnxruntime-node', 'onnxruntime-web']).default('auto'))
    .option('--cache <dir>', 'folder for results of unchanged artifacts')
    .option('--no-cache', 'do not use cached results')
    .option('--warn-only', 'report everything, never fail (roll-out)', false)
    .option('-v, --verbose', 'show every result, not only what needs attention', false)
    .action(async (paths: string[], options: ScanOptions) => {
      const request = await readScanRequest(paths, options, context);
      // Before minutes go by, not after them.
      await readyOutput(options.output, context);
      const terminal = {
        isTTY: context.stderr.isTTY === true,
        columns: context.stderr.columns ?? 80,
        write: (text: string) => void context.stderr.write(text),
      };
      const progress = progressLine(terminal, isCi(context), () => performance.now());
      const pictures = new Map<string, Uint8Array>();
      const report = await runGate(request, {
        inspect: await createInspect(options.cache, request.root, context),
        now: () => performance.now(),
        signal: context.signal,
        onProgress: progress.update,
        onPicture: (digest, bytes) => void pictures.set(digest, bytes),
      });
      progress.clear();
      // What was not examined when the run was stopped is not known: no verdict, no report.
      if (context.signal.aborted) {
        throw new GateError({ code: 'inspection/cancelled', message: 'The scan was stopped before it had a verdict.', nextStep: 'Run it again.' });
      }
      await deliver(report, pictures, { format: options.format, output: options.output, verbose: options.verbose }, context);
      finish(exitCodeOf(report));
    });
}

function parseSeed(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('a whole number from 0 is expected.');
  return value;
}

function parsePositive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('a number above 0 is expected.');
  return value;
}

function parseShard(text: string): { index: number; count: number } {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || index < 1 || index > count) throw new InvalidArgumentError('I/N with 1 ≤ I ≤ N is expected, for instance 1/4.');
  return { index, count };
}
