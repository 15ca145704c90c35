import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { datasetFiles, type DatasetFiles } from '../../artifacts/dataset-files.ts';
import { isInside } from '../../artifacts/is-inside.ts';
import type { SampleLine } from '../../artifacts/samples-root.ts';
import { GateError, type GateErrorData } from '../../errors.ts';
import { datasetSettings, readingSettings, type DatasetSettingsInForce } from '../../gate/datasets/dataset-settings-in-force.ts';
import { INSPECTION_MEMORY_BYTES, readingSeconds } from '../../gate/inspection-budget.ts';
import type { Inspect, Inspection } from '../../inspection/inspection.ts';
import type { DatasetSummary } from '../../report.ts';
import type { CliContext } from '../context.ts';
import { createInspect } from '../create-inspect.ts';
import { givenPath } from '../given-path.ts';
import { printable } from '../printable.ts';
import { readPolicy } from '../read-policy.ts';
import { damagedLines } from './read-inspection-lines.ts';
import { readSampleLines } from './read-sample-lines.ts';

export interface ReadDataset {
  /** Relative to the folder the command runs in, with `/`; absolute outside of it. */
  readonly path: string;
  readonly settings: DatasetSettingsInForce;
  /** Absolute. */
  readonly manifestFile: string;
  readonly files: DatasetFiles;
  readonly format: string;
  readonly summary: DatasetSummary;
  readonly notes: readonly string[];
  readonly samples: readonly SampleLine[];
}

/**
 * Reads a dataset as the policy says, with all of its samples as a manifest lists them. The files are hashed here and parsed in a
 * supervised process, as the gate does it: a file that keeps a reader busy or fills the memory ends that process and not this one.
 */
export async function readDataset(given: string, options: { readonly policy?: string; readonly manifest?: string }, context: CliContext, inspectBy?: Inspect): Promise<ReadDataset> {
  const { cwd, signal } = context;
  const { full: absolute } = await givenPath(given, cwd);
  const name = isInside(cwd, absolute) ? path.relative(cwd, absolute).split(path.sep).join('/') : absolute;
  const settings = datasetSettings(name, (await readPolicy(options.policy, cwd, cwd)).datasets);
  const show = progress(context);
  const files = await datasetFiles(absolute, { signal, onProgress: (done, count) => show(`hashing, file ${String(done)} of ${String(count)}`) });
  const inspect = inspectBy ?? (await createInspect(false, cwd, context));
  const folder = await mkdtemp(path.join(tmpdir(), 'modelgate-lines-'));
  try {
    const samplesFile = path.join(folder, 'samples.jsonl');
    const inspection = await inspect(
      {
        path: name, file: absolute, digest: files.root, size: files.size, detectors: [], settings: {}, settingsOrigin: 'none', seed: 0, engine: 'auto', threads: 1,
        dataset: { settings: readingSettings(settings), wantsSamplesRoot: false, samplesFile },
        deadlineSeconds: readingSeconds(files), memoryBytes: INSPECTION_MEMORY_BYTES,
      },
      { signal, onProgress: ({ what }) => show(what) },
    );
    const { format, summary } = described(inspection);
    const samples = await readSampleLines(samplesFile);
    return { path: name, settings, manifestFile: path.resolve(cwd, options.manifest ?? settings.manifest), files, format, summary, notes: inspection.notes, samples };
  } finally {
    show('');
    await rm(folder, { recursive: true, force: true });
  }
}

function described({ error, format, dataset: summary }: Inspection): { readonly format: string; readonly summary: DatasetSummary } {
  if (error !== undefined) throw unread(error);
  if (format === undefined || summary === undefined) throw damagedLines();
  return { format, summary };
}

/** These commands have no budget and no detectors to change; what an inspection suggests about those would lead nowhere. */
function unread(error: GateErrorData): GateError {
  if (error.code !== 'inspection/timed-out' && error.code !== 'inspection/memory-exceeded') return new GateError(error);
  return new GateError({ ...error, nextStep: 'Do not approve these data before you know which file does that: name the files one by one. A damaged or hostile file can keep its reader busy for ever.' });
}

function progress({ stderr }: CliContext): (text: string) => void {
  return (text) => {
    if (stderr.isTTY === true) stderr.write(`\r\u001b[K${printable(text)}`);
  };
}
