import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Change } from '../../artifacts/changes.ts';
import { compileGlobs } from '../../artifacts/compile-globs.ts';
import { findArtifacts } from '../../artifacts/find-artifacts.ts';
import type { GateRequest } from '../../gate-request.ts';
import { datasetSettings, type DatasetSettingsInForce } from './dataset-settings-in-force.ts';

/** A dataset that is to be looked at. */
export interface CollectedDataset {
  /** Relative to root, with `/`: a folder or a file. */
  readonly path: string;
  readonly settings: DatasetSettingsInForce;
  /** What changed in it; undefined where it is scanned whatever changed. */
  readonly changes: readonly Change[] | undefined;
}

export interface CollectedDatasets {
  readonly datasets: readonly CollectedDataset[];
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

/** Files that a glob can mean as a dataset of one file; a folder is one whatever it holds. */
const DATA_FILE = /\.(?:csv|tsv|jsonl|ndjson|parquet|arrow|feather|npz|npy|tfrecords?|tar|tgz)(?:\.gz)?$/i;

/** Finds the datasets that the policy's blocks and the command line name, as far as the scope of the run reaches. */
export async function collectDatasets(request: GateRequest, signal: AbortSignal): Promise<CollectedDatasets> {
  const asked = request.datasets ?? [];
  const paths = [...new Set([...asked, ...(await configured(request, signal))])].sort();
  const collected = paths.flatMap((one): CollectedDataset[] => {
    const settings = datasetSettings(one, request.policy.datasets);
    const { isMeant, changes } = scopeOf(one, settings, request);
    if (isMeant) return [{ path: one, settings, changes }];
    return asked.includes(one) ? [{ path: one, settings, changes: undefined }] : [];
  });
  return { datasets: collected, skipped: absent(paths, collected, request) };
}

/** Datasets that the policy names by their paths, in a run over everything, and that are not there: a misspelt name must not pass for a clean dataset. */
function absent(paths: readonly string[], collected: readonly CollectedDataset[], { scope, root, hasAllDatasets }: GateRequest): CollectedDatasets['skipped'] {
  if (scope.kind === 'paths' && hasAllDatasets !== true && !scope.paths.includes('.')) return [];
  return paths
    .filter((one) => !collected.some((dataset) => dataset.path === one) && !existsSync(path.join(root, one)))
    .map((one) => ({ path: one, reason: 'the policy names it as a dataset, and nothing is there' }));
}

async function configured({ root, policy }: GateRequest, signal: AbortSignal): Promise<readonly string[]> {
  const matches = policy.datasets.map(({ match }) => match.replace(/\/+$/, ''));
  const [literal, globs] = [matches.filter((one) => !isGlob(one)), matches.filter(isGlob)];
  const found = literal.map((one) => path.posix.normalize(one));
  if (globs.length === 0) return found;
  const isMeant = compileGlobs(globs);
  const { artifacts } = await findArtifacts({ root, paths: ['.'], include: ['**'], exclude: [], signal });
  const seen = new Set(found);
  for (const file of artifacts) {
    const dataset = shallowest(file, isMeant);
    if (dataset !== undefined) seen.add(dataset);
  }
  return [...seen];
}

function isGlob(match: string): boolean {
  return /[*?[\]{}()!+@]/.test(match);
}

/** The outermost folder above a file that a glob means, or the file itself. */
function shallowest(file: string, isMeant: (path: string) => boolean): string | undefined {
  const parts = file.split('/');
  for (let length = 1; length < parts.length; length += 1) {
    const folder = parts.slice(0, length).join('/');
    if (isMeant(folder)) return folder;
  }
  return DATA_FILE.test(file) && isMeant(file) ? file : undefined;
}

function scopeOf(dataset: string, settings: DatasetSettingsInForce, { scope, root, hasAllDatasets }: GateRequest): { readonly isMeant: boolean; readonly changes: readonly Change[] | undefined } {
  if (scope.kind === 'paths') {
    const isMeant = hasAllDatasets === true || scope.paths.some((one) => one === '.' || isBelow(dataset, one) || isBelow(one, dataset));
    return { isMeant: isMeant && (existsSync(path.join(root, dataset)) || scope.paths.includes(dataset)), changes: undefined };
  }
  if (!scope.changes.known) return { isMeant: existsSync(path.join(root, dataset)), changes: undefined };
  const others = new Set([settings.manifest, settings.model, settings.trainingLog].filter((one) => one !== undefined).map((one) => path.posix.normalize(one)));
  const touches = (one: string | undefined): boolean => one !== undefined && (isBelow(one, dataset) || others.has(one));
  const changes = scope.changes.list.filter((one) => touches(one.path) || touches(one.previousPath));
  return { isMeant: changes.length > 0, changes };
}

function isBelow(file: string, folder: string): boolean {
  return file === folder || file.startsWith(`${folder}/`);
}
