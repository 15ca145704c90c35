import path from 'node:path';
import type { Command } from 'commander';
import { writeAtomically } from '../../artifacts/write-atomically.ts';
import { counted } from '../../datasets/load-samples/counted.ts';
import { GateError } from '../../errors.ts';
import { compareManifests } from '../../provenance/compare-manifests.ts';
import type { DatasetManifest } from '../../provenance/dataset-manifest.ts';
import { readManifest } from '../../provenance/read-manifest.ts';
import { formatManifest } from '../../provenance/write-manifest.ts';
import { approvalOfOptions } from '../approval-of-options.ts';
import type { CliContext } from '../context.ts';
import { printable } from '../printable.ts';
import { readText } from '../read-policy.ts';
import { sourceOfOptions, type SourceOptions } from '../source-of-options.ts';
import { buildManifest } from './build-manifest.ts';
import { describeDiff } from './describe-diff.ts';
import { readDataset, type ReadDataset } from './read-dataset.ts';

interface LockOptions extends SourceOptions {
  readonly policy?: string;
  readonly manifest?: string;
  readonly match?: string;
  readonly licence?: string;
  readonly approvedBy?: string;
  readonly approvedAt?: string;
  readonly samples: boolean;
  readonly dryRun: boolean;
}

/** `modelgate dataset lock`: writes the manifest of a dataset, for a reviewer to read its diff. */
export function addDatasetLockCommand(dataset: Command, context: CliContext): void {
  dataset
    .command('lock')
    .description('Write or update the manifest of a dataset: every file and sample with its digest and label, where they come from, and who approved them.')
    .argument('<dataset>', 'folder or file')
    .option('--manifest <file>', 'manifest to write (default: the policy’s, or DATASET.modelgate-dataset.json)')
    .option('--policy <file|name>', 'policy whose datasets block says how the dataset is read')
    .option('--source-url <url>', 'where the data come from')
    .option('--source-repository <name>', 'repository the data come from; with --source-revision')
    .option('--source-revision <revision>', 'revision (commit) in that repository')
    .option('--match <glob>', 'source and licence are those of the files that match, relative to the dataset')
    .option('--licence <name>', 'licence of the data, for instance CC-BY-4.0')
    .option('--approved-by <name>', 'who approves these data')
    .option('--approved-at <date>', 'when, ISO 8601 (default with --approved-by: today)')
    .option('--no-samples', 'list files only; for datasets of very many samples')
    .option('--dry-run', 'show what would change and write nothing', false)
    .action(async (given: string, options: LockOptions) => {
      const source = sourceOfOptions(options);
      const approval = approvalOfOptions(options);
      if (options.match !== undefined && source === undefined) {
        throw new GateError({ code: 'arguments/invalid', message: '--match says which files a source is about, and no source is given.', nextStep: 'Add --source-url, or --source-repository with --source-revision.' });
      }
      const read = await readDataset(given, options, context);
      const shown = path.relative(context.cwd, read.manifestFile);
      const text = await readText(read.manifestFile);
      const earlier = text === undefined ? undefined : readManifest(text, shown);
      const manifest = buildManifest(
        read,
        {
          listsSamples: options.samples,
          ...(source === undefined ? {} : { source }), ...(options.match === undefined ? {} : { match: options.match }), ...(options.licence === undefined ? {} : { licence: options.licence }),
          ...approval,
        },
        earlier,
      );
      if (!options.dryRun) await writeAtomically(read.manifestFile, formatManifest(manifest));
      context.stdout.write(describe(read, manifest, earlier, printable(shown), options.dryRun));
    });
}

function describe({ format, summary, notes, files }: ReadDataset, manifest: DatasetManifest, earlier: DatasetManifest | undefined, shown: string, isDryRun: boolean): string {
  const { counts, root } = manifest;
  const classes = Object.keys(manifest.labels).length;
  const diff = manifest.samples === undefined || (earlier !== undefined && earlier.samples === undefined) ? undefined : compareManifests(earlier?.samples ?? [], manifest.samples);
  const lines = [
    `${shown}: ${format}, ${counted(counts.samples, 'sample')} in ${counted(counts.files, 'file')}, ${classes === 1 ? '1 class' : `${String(classes)} classes`}${isDryRun ? ' (not written)' : ''}`,
    `  files    ${root.files}`,
    `  samples  ${root.samples}`,
    ...(earlier === undefined || diff === undefined ? [] : describeDiff(diff)),
    ...(counts.broken === 0 ? [] : [`${String(counts.broken)} records could not be read, such as ${brokenText(summary.broken[0])}`]),
    ...notes.map(printable),
    ...files.problems.slice(0, 5).map(({ path: file, error }) => `${printable(file)}: ${printable(error.message)}`),
    ...(manifest.source === undefined && manifest.sources === undefined ? ['No source is named: say where the data come from with --source-url, or --source-repository and --source-revision.'] : []),
    ...(isDryRun ? [] : ['Next: commit the manifest and have it reviewed; once it is merged it is what "modelgate dataset verify" and the gate compare the data with.']),
  ];
  return `${lines.join('\n')}\n`;
}

function brokenText(broken: ReadDataset['summary']['broken'][number] | undefined): string {
  if (broken === undefined) return 'none';
  const { file, record, reason } = broken;
  return printable(`${file}${record === undefined ? '' : `, record ${String(record)}`}: ${reason}`);
}
