import path from 'node:path';
import type { Command } from 'commander';
import { writeAtomically } from '../../artifacts/write-atomically.ts';
import { GateError } from '../../errors.ts';
import { formatCroissant } from '../../provenance/format-croissant.ts';
import { readManifest } from '../../provenance/read-manifest.ts';
import type { CliContext } from '../context.ts';
import { printable } from '../printable.ts';
import { readText } from '../read-policy.ts';

/** `modelgate dataset croissant`: what a manifest says, as Croissant metadata. */
export function addDatasetCroissantCommand(dataset: Command, context: CliContext): void {
  dataset
    .command('croissant')
    .description('Write the files of a manifest as Croissant 1.1 metadata, with their SHA-256 digests, licence and source.')
    .argument('<manifest>', 'manifest of a dataset')
    .option('--name <name>', 'name of the dataset (default: that of the manifest file)')
    .option('--output <file>', 'where the metadata go', 'croissant.json')
    .action(async (given: string, options: { readonly name?: string; readonly output: string }) => {
      const text = await readText(path.resolve(context.cwd, given));
      if (text === undefined) throw new GateError({ code: 'manifest/not-found', message: `There is no manifest ${given}.`, nextStep: 'Write one with: modelgate dataset lock' });
      const name = options.name ?? path.basename(given).replace(/\.modelgate-dataset\.json$/, '');
      await writeAtomically(path.resolve(context.cwd, options.output), formatCroissant(readManifest(text, given), name));
      context.stdout.write(`${printable(options.output)}: Croissant 1.1 metadata of ${printable(name)}\n`);
    });
}
