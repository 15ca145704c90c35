import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Digest } from '../../artifacts/artifact.ts';
import { sha256Of, sha256OfFile } from '../../artifacts/digest.ts';
import { datasetFiles, type DatasetFiles } from '../../artifacts/dataset-files.ts';
import { memberPath } from '../../artifacts/member-place.ts';
import { GateError, toGateError } from '../../errors.ts';
import type { GatePorts, GateRequest } from '../../gate-request.ts';
import type { DatasetRequest, Inspection } from '../../inspection/inspection.ts';
import { withinPictureBudget } from '../../inspection/within-picture-budget.ts';
import { canonicalJson } from '../../policy/canonical-json.ts';
import type { ArtifactEvidence } from '../../policy/evidence.ts';
import { checkDatasetSource } from '../../provenance/check-dataset-source.ts';
import type { DatasetManifest } from '../../provenance/dataset-manifest.ts';
import { observeDatasetSource } from '../../provenance/observe-dataset-source.ts';
import type { Provenance } from '../../report.ts';
import { INSPECTION_MEMORY_BYTES, datasetSeconds, outOfBudget, withTimeForData } from '../inspection-budget.ts';
import { settingsFor } from '../settings-for.ts';
import { readingSettings } from './dataset-settings-in-force.ts';
import { checkRecords } from './check-records.ts';
import type { CollectedDataset } from './collect-datasets.ts';
import { readManifests, type Manifests } from './read-manifests.ts';
import { saveTrusted } from './save-trusted.ts';

export interface DatasetRun {
  readonly threads: number;
  readonly left: () => number;
  readonly pictureBytes: number;
  /** Whether the dataset's own file is an artifact too, by its name: then its row is that of another reading. */
  readonly isArtifact: boolean;
}

export interface GatheredDataset {
  readonly row: ArtifactEvidence;
  /** Files that were read as data, relative to root. */
  readonly claimed: readonly string[];
  /** What the manifest in force says of its files, where they are what it approves; undefined otherwise. */
  readonly approval: Provenance | undefined;
}

/** Looks at one dataset: where it comes from, and what the detectors of datasets measure. */
export async function gatherDataset(dataset: CollectedDataset, request: GateRequest, ports: GatePorts, run: DatasetRun): Promise<GatheredDataset> {
  const name = run.isArtifact ? memberPath(dataset.path, '(as dataset)') : dataset.path;
  const base = { path: name, ...(run.isArtifact ? { container: dataset.path } : {}), ...(dataset.changes === undefined ? {} : { change: 'modified' as const }), format: UNREAD, results: [], notes: [] };
  const shard = request.shard === undefined || request.shard.count === 1 ? undefined : await shardOf(request.shard, name, request);
  const folder = await mkdtemp(path.join(tmpdir(), 'modelgate-dataset-'));
  try {
    ports.onProgress({ path: name, done: 0, what: 'hashing' });
    const files = await datasetFiles(path.join(request.root, dataset.path), { signal: ports.signal, onProgress: (done, count) => ports.onProgress({ path: name, done: 0, what: `hashing, file ${String(done)} of ${String(count)}` }) });
    const manifests = await readManifests(dataset.settings.manifest, request);
    const stated = provenanceOf(dataset, files, manifests);
    const records = await checkRecords(dataset, files, manifests.inForce, request.root);
    const inspection = await inspect(dataset, files, manifests, name, folder, request, ports, run, shard);
    for (const [digest, bytes] of inspection.pictures ?? []) ports.onPicture?.(digest, bytes);
    const provenance = withObservations(stated, [...records.observations, ...samplesObservations(dataset, files, manifests, inspection)]);
    const prefix = files.isFolder ? `${dataset.path}/` : dataset.path.slice(0, dataset.path.lastIndexOf('/') + 1);
    const { format = UNREAD, engine, error, results, notes, dataset: summary } = inspection;
    const part = shard === undefined || error !== undefined || inspection.format === undefined ? undefined : await finishedPart(shard, manifests, ports.signal);
    return {
      row: {
        ...base, digest: files.root, size: files.size, provenance, format,
        ...(engine === undefined ? {} : { engine }), ...(error === undefined ? {} : { error }), ...(summary === undefined ? {} : { dataset: summary }),
        results: [...results], notes: [...records.notes, ...notes], ...(part === undefined ? {} : { part }),
      },
      claimed: (inspection.claimed ?? []).map((one) => `${prefix}${one}`),
      approval: provenance.outcome === 'clear' ? { ...provenance, text: `The manifest ${dataset.settings.manifest} approves the file as a part of ${dataset.path}.` } : undefined,
    };
  } catch (thrown) {
    const error = toGateError(thrown, 'dataset/unreadable');
    const provenance: Provenance = { outcome: 'error', text: `The dataset could not be compared with its manifest: ${error.message}`, observations: [] };
    return { row: { ...base, provenance, error: error.toData() }, claimed: [], approval: undefined };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Format of a dataset that was not read. */
const UNREAD = 'dataset/unread';

function provenanceOf({ path: name, settings }: CollectedDataset, { list, root }: DatasetFiles, { inForce, proposed }: Manifests): Provenance {
  const { manifest: manifestName, requireLocked, requireSources, allowedSources, maxRelabelledShare } = settings;
  return checkDatasetSource({ path: name, files: list, root, manifestName, manifest: inForce, proposed, requireLocked, requireSources, allowedSources, maxRelabelledShare });
}

async function inspect(dataset: CollectedDataset, files: DatasetFiles, manifests: Manifests, name: string, folder: string, request: GateRequest, ports: GatePorts, run: DatasetRun, shard: Shard | undefined): Promise<Inspection> {
  const detectors = withTimeForData(request.policy.detectors.filter(({ subject }) => subject === 'dataset'), files);
  const seconds = run.left();
  if (seconds <= 0) return outOfBudget(request.budgetSeconds, detectors);
  const trusted = shard === undefined ? await saveTrusted(dataset, manifests.inForce, files.isFolder, request, folder) : undefined;
  const model = await modelOf(dataset, request);
  const { trainingLog } = dataset.settings;
  const asked: DatasetRequest = {
    settings: readingSettings(dataset.settings),
    ...(model === undefined ? {} : { model }),
    ...(trainingLog === undefined ? {} : { trainingLog: path.resolve(request.root, trainingLog) }),
    ...(trusted === undefined ? {} : { trusted }),
    wantsSamplesRoot: shard === undefined && (manifests.inForce !== undefined || manifests.proposed !== undefined),
    ...(request.scoresFile === undefined ? {} : { scoresFile: request.scoresFile }),
    ...(shard === undefined ? {} : { part: { index: shard.index, count: shard.count, file: `${shard.file}.unfinished` } }),
  };
  const inspection = await ports.inspect(
    {
      path: name, file: path.join(request.root, dataset.path), digest: files.root, size: files.size, dataset: asked, detectors: shard === undefined ? detectors : [],
      settings: {}, settingsOrigin: 'none', seed: request.seed, engine: request.engine, threads: run.threads,
      deadlineSeconds: Math.min(seconds, datasetSeconds(files, detectors)), memoryBytes: INSPECTION_MEMORY_BYTES,
    },
    { signal: ports.signal, onProgress: ports.onProgress },
  );
  return withinPictureBudget(inspection, run.pictureBytes);
}

interface Shard {
  readonly index: number;
  readonly count: number;
  /** Relative to the folder of the report, and absolute. */
  readonly name: string;
  readonly file: string;
}

async function shardOf({ index, count }: NonNullable<GateRequest['shard']>, dataset: string, { partsFolder }: GateRequest): Promise<Shard> {
  if (partsFolder === undefined) {
    throw new GateError({
      code: 'arguments/invalid', message: 'A shard of a dataset leaves its part beside the report, and the report goes to no file.', nextStep: 'Add --format json --output FILE.',
    });
  }
  const name = `samples/${sha256Of(dataset).slice('sha256:'.length, 'sha256:'.length + PART_NAME_DIGITS)}-${String(index)}-of-${String(count)}.part`;
  const file = path.join(partsFolder, name);
  await mkdir(path.dirname(file), { recursive: true });
  return { index, count, name, file };
}

/** Of the digest of a dataset's path: tells the datasets of one run apart. */
const PART_NAME_DIGITS = 32;

async function finishedPart({ index, count, name, file }: Shard, manifests: Manifests, signal: AbortSignal): Promise<NonNullable<ArtifactEvidence['part']>> {
  const { digest, size } = await sha256OfFile(`${file}.unfinished`, { signal, path: name });
  await rename(`${file}.unfinished`, file);
  return { index, count, file: name, digest, size, manifests: digestOfManifests(manifests) };
}

function digestOfManifests({ inForce, proposed }: Manifests): Digest {
  return sha256Of(canonicalJson({ inForce: inForce ?? null, proposed: proposed ?? null }));
}

/** A dataset as its shards have read it, of which nothing has to be here but the parts. */
export interface JoinedDataset {
  /** What all shards say of it. */
  readonly row: ArtifactEvidence;
  /** In the order of the shards; absolute paths. */
  readonly parts: readonly { readonly file: string; readonly size: number }[];
  readonly manifests: string;
}

/** Runs the detectors on the joined parts of a dataset. Throws `arguments/invalid` where the manifests are not those of the shards. */
export async function inspectJoinedDataset({ row, parts, manifests: expected }: JoinedDataset, dataset: CollectedDataset, folder: string, request: GateRequest, ports: GatePorts): Promise<ArtifactEvidence> {
  const manifests = await readManifests(dataset.settings.manifest, request);
  if (digestOfManifests(manifests) !== expected || row.digest === undefined) {
    throw new GateError({
      code: 'arguments/invalid', message: `${row.path}: the shards compared it with another manifest than ${dataset.settings.manifest} is here.`, nextStep: 'Join the parts in a checkout of the same commit, with the same --changed.',
    });
  }
  const size = parts.reduce((sum, one) => sum + one.size, 0);
  const detectors = withTimeForData(request.policy.detectors.filter(({ subject }) => subject === 'dataset'), { size, list: [] });
  const trusted = await saveTrusted(dataset, manifests.inForce, true, request, folder);
  const { trainingLog } = dataset.settings;
  const inspection = await ports.inspect(
    {
      path: row.path, file: parts[0]?.file ?? '', digest: row.digest as Digest, size: row.size ?? 0, detectors,
      dataset: {
        settings: readingSettings(dataset.settings), joined: parts.map(({ file }) => file),
        ...(trainingLog === undefined ? {} : { trainingLog: path.resolve(request.root, trainingLog) }),
        ...(trusted === undefined ? {} : { trusted }),
        wantsSamplesRoot: manifests.inForce !== undefined || manifests.proposed !== undefined,
      },
      settings: {}, settingsOrigin: 'none', seed: request.seed, engine: request.engine, threads: request.threads,
      deadlineSeconds: Math.min(request.budgetSeconds ?? Infinity, datasetSeconds({ size, list: [] }, detectors)), memoryBytes: INSPECTION_MEMORY_BYTES,
    },
    { signal: ports.signal, onProgress: ports.onProgress },
  );
  for (const [digest, bytes] of inspection.pictures ?? []) ports.onPicture?.(digest, bytes);
  const { format = UNREAD, engine, error, results, notes, dataset: summary } = inspection;
  return {
    ...row, format, provenance: withObservations(row.provenance, samplesObservations(dataset, { root: row.digest as Digest }, manifests, inspection)),
    ...(engine === undefined ? {} : { engine }), ...(error === undefined ? {} : { error }), ...(summary === undefined ? {} : { dataset: summary }),
    results: [...results], notes: [...notes],
  };
}

async function modelOf({ settings }: CollectedDataset, request: GateRequest): Promise<DatasetRequest['model']> {
  if (settings.model === undefined) return undefined;
  const { settings: ofModel, origin } = await settingsFor(settings.model, request);
  return { path: settings.model, file: path.resolve(request.root, settings.model), settings: ofModel, settingsOrigin: origin };
}

/** What the files hold against what a manifest of these very files lists: labels and contents can be forged where files cannot. */
function samplesObservations({ path: name, settings }: CollectedDataset, files: Pick<DatasetFiles, 'root'>, manifests: Manifests, { samplesRoot }: Inspection): Provenance['observations'] {
  if (samplesRoot === undefined) return [];
  return [manifests.inForce, manifests.proposed].flatMap((one: DatasetManifest | undefined) =>
    one === undefined || one.root.files !== files.root || one.root.samples === samplesRoot
      ? []
      : [observeDatasetSource('sample-mismatch', { path: name, manifest: settings.manifest, stated: one.root.samples, actual: samplesRoot })],
  );
}

function withObservations(provenance: Provenance, more: Provenance['observations']): Provenance {
  const [first] = more;
  if (first === undefined) return provenance;
  const isFirst = provenance.observations.length === 0;
  return { ...provenance, outcome: 'flagged', text: isFirst ? first.text : provenance.text, observations: [...provenance.observations, ...more] };
}
