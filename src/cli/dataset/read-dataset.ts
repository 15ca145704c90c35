import path from 'node:path';
import { datasetFiles, type DatasetFiles } from '../../artifacts/dataset-files.ts';
import { isInside } from '../../artifacts/is-inside.ts';
import type { SampleLine } from '../../artifacts/samples-root.ts';
import { openDataset, type OpenedDataset } from '../../datasets/open-dataset.ts';
import { sampleLines } from '../../datasets/sample-lines.ts';
import { datasetSettings, type DatasetSettingsInForce } from '../../gate/datasets/dataset-settings-in-force.ts';
import type { CliContext } from '../context.ts';
import { printable } from '../printable.ts';
import { readPolicy } from '../read-policy.ts';

export interface ReadDataset {
  /** Relative to the folder the command runs in, with `/`; absolute outside of it. */
  readonly path: string;
  readonly settings: DatasetSettingsInForce;
  /** Absolute. */
  readonly manifestFile: string;
  readonly files: DatasetFiles;
  readonly opened: OpenedDataset;
  readonly samples: readonly SampleLine[];
}

/** Reads a dataset as the policy says, with all of its samples as a manifest lists them. */
export async function readDataset(given: string, options: { readonly policy?: string; readonly manifest?: string }, context: CliContext): Promise<ReadDataset> {
  const { cwd, signal } = context;
  const absolute = path.resolve(cwd, given);
  const name = isInside(cwd, absolute) ? path.relative(cwd, absolute).split(path.sep).join('/') : absolute;
  const settings = datasetSettings(name, (await readPolicy(options.policy, cwd, cwd)).datasets);
  const show = progress(context);
  const files = await datasetFiles(absolute, { signal, onProgress: (done, count) => show(`hashing, file ${String(done)} of ${String(count)}`) });
  const { format, delimiter, textColumn, labelColumn } = settings;
  const opened = await openDataset({
    files, signal, onProgress: (samples) => show(`reading, ${String(samples)} samples`),
    settings: {
      ...(format === undefined ? {} : { format }), ...(delimiter === undefined ? {} : { delimiter }),
      ...(textColumn === undefined ? {} : { textColumn }), ...(labelColumn === undefined ? {} : { labelColumn }),
    },
  });
  const samples: SampleLine[] = [];
  for await (const one of sampleLines(opened.facet, signal)) samples.push(one);
  show('');
  return { path: name, settings, manifestFile: path.resolve(cwd, options.manifest ?? settings.manifest), files, opened, samples };
}

function progress({ stderr }: CliContext): (text: string) => void {
  return (text) => {
    if (stderr.isTTY === true) stderr.write(`\r\u001b[K${printable(text)}`);
  };
}
