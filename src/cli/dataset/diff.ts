import path from 'node:path';
import type { Command } from 'commander';
import { MAX_MANIFEST_BYTES } from '../../artifacts/limits.ts';
import { readAtRef } from '../../artifacts/read-at-ref.ts';
import { GateError } from '../../errors.ts';
import { readManifest } from '../../provenance/read-manifest.ts';
import { compareManifests } from '../../provenance/compare-manifests.ts';
import { filesRoot } from '../../artifacts/dataset-files.ts';
import { isInside } from '../../artifacts/is-inside.ts';
import type { DatasetManifest } from '../../provenance/dataset-manifest.ts';
import type { CliContext } from '../context.ts';
import { printable } from '../printable.ts';
import { readText } from '../read-policy.ts';
import { describeDiff } from './describe-diff.ts';
import { readDataset, type ReadDataset } from './read-dataset.ts';

interface DiffOptions {
  readonly policy?: string;
  readonly manifest?: string;
  readonly base?: string;
}

/** `modelgate dataset diff`: what the data have that their manifest has not, sample by sample. */
export function addDatasetDiffCommand(dataset: Command, context: CliContext): void {
  dataset
    .command('diff')
    .description('Show which samples were added, removed, changed and relabelled since the manifest was written.')
    .argument('<dataset>', 'folder or file')
    .option('--manifest <file>', 'manifest to compare with (default: the policy’s, or DATASET.modelgate-dataset.json)')
    .option('--base <commit>', 'take the manifest as it is at this commit')
    .option('--policy <file|name>', 'policy whose datasets block says how the dataset is read')
    .action(async (given: string, options: DiffOptions) => {
      const read = await readDataset(given, options, context);
      const manifest = await manifestOf(read, options.base, context);
      const head = [`${printable(read.path)} compared with ${printable(path.relative(context.cwd, read.manifestFile))}${options.base === undefined ? '' : ` at ${printable(options.base)}`}:`];
      if (manifest.samples === undefined) {
        const isSame = filesRoot(read.files.list) === manifest.root.files;
        context.stdout.write(`${[...head, isSame ? 'the files are the same; samples are not listed' : 'the files differ; samples are not listed'].join('\n')}\n`);
        return;
      }
      context.stdout.write(`${[...head, ...describeDiff(compareManifests(manifest.samples, read.samples))].join('\n')}\n`);
    });
}

async function manifestOf({ manifestFile: file, path: given }: ReadDataset, base: string | undefined, { cwd, environment, signal }: CliContext): Promise<DatasetManifest> {
  const shown = path.relative(cwd, file);
  const text = base === undefined ? await readText(file) : await textAt(file, base, { cwd, environment, signal });
  if (text !== undefined) return readManifest(text, shown);
  throw new GateError({
    code: 'manifest/not-found', message: `There is no manifest ${shown}${base === undefined ? '' : ` at ${base}`}.`, where: { artifact: shown },
    nextStep: `Check the data, then write one with: modelgate dataset lock ${given}`,
  });
}

async function textAt(file: string, ref: string, { cwd, environment, signal }: Pick<CliContext, 'cwd' | 'environment' | 'signal'>): Promise<string | undefined> {
  if (!isInside(cwd, file)) throw new GateError({ code: 'arguments/invalid', message: '--base needs a manifest below the folder the command runs in.' });
  const bytes = await readAtRef({ root: cwd, environment, signal, ref, path: path.relative(cwd, file).split(path.sep).join('/'), maxBytes: MAX_MANIFEST_BYTES });
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}
