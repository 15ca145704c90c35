import { copyFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Option, type Command } from 'commander';
import { writeAtomically } from '../../artifacts/write-atomically.ts';
import { GateError } from '../../errors.ts';
import { runGate } from '../../gate.ts';
import type { GateReport, Result } from '../../report.ts';
import type { CliContext } from '../context.ts';
import { createInspect } from '../create-inspect.ts';
import { printable } from '../printable.ts';
import { readReport } from '../read-report.ts';
import { readScanRequest } from '../scan-request.ts';
import { joinSuspects, type QuarantinedSample } from './join-suspects.ts';
import { readScores } from './read-scores.ts';

interface QuarantineOptions {
  readonly output: string;
  readonly format: 'ids' | 'json';
  readonly scores?: string;
  readonly policy?: string;
  readonly detector: readonly string[];
  readonly atLeast: number;
  readonly seed: number;
}

interface Found {
  readonly dataset: string;
  readonly digest: string | undefined;
  readonly samples: readonly QuarantinedSample[];
  /** Suspects that a report counts and does not list. */
  readonly unlisted: number;
  readonly results: readonly Result[];
}

/** `modelgate dataset quarantine`: the samples that a loader should leave out. */
export function addDatasetQuarantineCommand(dataset: Command, context: CliContext): void {
  dataset
    .command('quarantine')
    .description('Write the ids of suspected samples, one a line or as JSON, for a loader to leave out. Scans a dataset, or takes what a JSON report lists.')
    .argument('<report|dataset>', 'JSON report of a scan, or a dataset to scan now')
    .requiredOption('--output <file>', 'where the list goes (required)')
    .addOption(new Option('--format <format>', 'one id a line, or JSON with labels, detectors and reasons').choices(['ids', 'json']).default('ids'))
    .option('--scores <file>', 'also write every score of every detector, a line of JSON a sample; only when a dataset is scanned')
    .option('--policy <file|name>', 'policy of the scan')
    .option('--detector <id>', 'take the suspects of this detector only; may be given several times', (one: string, all: readonly string[]) => [...all, one], [])
    .option('--at-least <number>', 'take samples that so many detectors suspect', Number, 1)
    .option('--seed <number>', 'seed of the scan', Number, 0)
    .action(async (given: string, options: QuarantineOptions) => {
      const report = await asReport(given, context);
      if (report !== undefined && options.scores !== undefined) {
        throw new GateError({ code: 'arguments/invalid', message: '--scores needs a dataset: a report lists suspects only.', nextStep: 'Name the dataset instead of the report.' });
      }
      const found = report === undefined ? await scan(given, options, context) : fromReport(report, given, options);
      const file = path.resolve(context.cwd, options.output);
      await writeAtomically(file, textOf(found, options.format));
      context.stdout.write(summary(found, options.output));
    });
}

/** What a path names is a report when it is JSON that says so. */
async function asReport(given: string, context: CliContext): Promise<GateReport | undefined> {
  const facts = await stat(path.resolve(context.cwd, given)).catch(() => undefined);
  return facts?.isFile() === true && given.toLowerCase().endsWith('.json') ? readReport(given, context.cwd) : undefined;
}

function fromReport(report: GateReport, given: string, options: QuarantineOptions): Found {
  const datasets = report.artifacts.filter((one) => one.dataset !== undefined);
  const [only, ...others] = datasets;
  if (only === undefined || others.length > 0) {
    throw new GateError({
      code: 'arguments/invalid',
      message: only === undefined ? `The report "${given}" is about no dataset.` : `The report "${given}" is about ${String(datasets.length)} datasets.`,
      nextStep: only === undefined ? 'Name a report of: modelgate scan --dataset DIR --format json' : 'Scan one dataset at a time, or name the dataset itself.',
    });
  }
  const results = only.results.filter(({ detector }) => isWanted(detector, options));
  const listed = results.flatMap(({ detector, suspects = [] }) => suspects.map(({ id, label, reason }, index) => ({ detector, id, label, reason, rank: index + 1 })));
  const unlisted = results.reduce((sum, { suspects = [], suspectCount = 0 }) => sum + Math.max(0, suspectCount - suspects.length), 0);
  return { dataset: only.path, digest: only.digest, samples: joinSuspects(listed, options.atLeast), unlisted, results };
}

async function scan(given: string, options: QuarantineOptions, context: CliContext): Promise<Found> {
  const folder = await mkdtemp(path.join(tmpdir(), 'modelgate-quarantine-'));
  try {
    const scores = path.join(folder, 'scores.jsonl');
    const request = await readScanRequest([], { dataset: [given], format: 'json', seed: options.seed, engine: 'auto', warnOnly: false, verbose: false, scores, ...(options.policy === undefined ? {} : { policy: options.policy }) }, context);
    const report = await runGate(request, {
      inspect: await createInspect(false, request.root, context), now: () => performance.now(), signal: context.signal, onProgress: () => undefined,
    });
    const [row] = report.artifacts;
    if (row === undefined || row.error !== undefined) {
      throw new GateError({ code: 'dataset/unreadable', message: row?.error?.message ?? 'The dataset was not scanned.', where: { artifact: given }, nextStep: row?.error?.nextStep ?? 'Check the path.' });
    }
    if (!row.results.some(isAnswer)) {
      throw new GateError({
        code: 'arguments/invalid', message: 'No detector could tell anything of this dataset, so there is no list of suspects.', where: { artifact: given },
        nextStep: `Provide what they lack: ${row.results.map(({ reason }) => reason).find((one) => one !== undefined) ?? 'enable a detector of datasets in the policy'}`,
      });
    }
    const suspects = (await readScores(scores)).filter(({ detector }) => isWanted(detector, options));
    if (options.scores !== undefined) await copyScores(scores, path.resolve(context.cwd, options.scores));
    return { dataset: row.path, digest: row.digest, samples: joinSuspects(suspects, options.atLeast), unlisted: 0, results: row.results.filter(({ detector }) => isWanted(detector, options)) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function copyScores(from: string, to: string): Promise<void> {
  const isThere = (await stat(from).catch(() => undefined)) !== undefined;
  if (isThere) await copyFile(from, to);
  else await writeAtomically(to, '');
}

function isAnswer({ outcome }: Result): boolean {
  return outcome === 'clear' || outcome === 'flagged';
}

function isWanted(detector: string, { detector: wanted }: QuarantineOptions): boolean {
  return wanted.length === 0 || wanted.includes(detector);
}

function textOf({ dataset, digest, samples }: Found, format: QuarantineOptions['format']): string {
  if (format === 'json') return `${JSON.stringify({ version: 1, dataset, digest, samples }, undefined, 2)}\n`;
  const odd = samples.find(({ id }) => /[\r\n]/.test(id));
  if (odd !== undefined) throw new GateError({ code: 'arguments/invalid', message: `The id ${JSON.stringify(odd.id)} has a line break in it.`, nextStep: 'Use --format json.' });
  return samples.map(({ id }) => `${id}\n`).join('');
}

function summary({ dataset, samples, unlisted, results }: Found, output: string): string {
  const looked = results.filter(isAnswer).map(({ detector }) => detector);
  const lines = [
    `${printable(output)}: ${String(samples.length)} suspected samples of ${printable(dataset)}`,
    ...samples.slice(0, 5).map(({ id, label, detectors }) => `  ${printable(id)}${label === undefined ? '' : `  ${printable(label)}`}  ${detectors.join(', ')}`),
    `Looked at by: ${looked.length === 0 ? 'no detector' : looked.join(', ')}. "modelgate detectors" lists those of family dataset, and the policy enables them.`,
    ...results.filter((one) => !isAnswer(one)).map(({ detector, reason = 'it did not answer' }) => `Not by ${detector}: ${printable(reason)}`),
    ...(unlisted === 0 ? [] : [`${String(unlisted)} more are counted in the report and not listed there: name the dataset to get all of them.`]),
  ];
  return `${lines.join('\n')}\n`;
}
