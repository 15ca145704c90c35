import { existsSync } from 'node:fs';
import path from 'node:path';
import { compileGlobs } from '../artifacts/compile-globs.ts';
import { sha256OfFile } from '../artifacts/digest.ts';
import { MAX_INSPECTION_PICTURE_BYTES, MAX_RUN_PICTURE_BYTES } from '../artifacts/limits.ts';
import { GateError, toGateError } from '../errors.ts';
import type { GatePorts, GateRequest } from '../gate-request.ts';
import type { Inspection, InspectionRequest } from '../inspection/inspection.ts';
import { withinPictureBudget } from '../inspection/within-picture-budget.ts';
import { isArchiveMember } from '../policy/decide/paths-of.ts';
import type { ArtifactEvidence, RunEvent, RunEvidence } from '../policy/evidence.ts';
import { checkTrustedSource } from '../provenance/check-trusted-source.ts';
import { lockPathOf } from '../provenance/lock-path.ts';
import type { Provenance } from '../report.ts';
import type { Collected, CollectedArtifact } from './collect.ts';
import { findBaseline, type FoundBaseline } from './find-baseline.ts';
import { indexedBaselines, type IndexedBaselines } from './find-baseline/indexed-baselines.ts';
import { answeredBy, gatherMembers } from './gather-members.ts';
import { ownersOfChangedData } from './owners-of-changed-data.ts';
import { readPointer } from './read-pointer.ts';
import { checkChain } from './datasets/check-chain.ts';
import { gatherDataset } from './datasets/gather-dataset.ts';
import { INSPECTION_MEMORY_BYTES, allDetectorsSeconds, outOfBudget } from './inspection-budget.ts';
import { schedule } from './schedule.ts';
import { settingsFor } from './settings-for.ts';

/** Looks at every collected artifact: where it comes from, and what the detectors measure. Judges nothing. */
export async function gatherEvidence(collected: Collected, request: GateRequest, ports: GatePorts): Promise<RunEvidence> {
  const started = ports.now();
  const left = (): number => (request.budgetSeconds === undefined ? Infinity : request.budgetSeconds - (ports.now() - started) / 1000);
  const owners = await ownersOfChangedData(collected, request, ports);
  const artifacts = [...collected.artifacts, ...owners].sort((one, other) => (one.path < other.path ? -1 : 1));
  const { datasets } = collected;
  const slots = Math.max(1, Math.min(request.threads, artifacts.length + datasets.length));
  const threads = Math.max(1, Math.floor(request.threads / slots));
  // A share for each, so that it does not depend on which inspection ends first whose pictures are left out.
  const pictureBytes = Math.min(MAX_INSPECTION_PICTURE_BYTES, Math.floor(MAX_RUN_PICTURE_BYTES / Math.max(1, artifacts.length + datasets.length)));

  const indexed = indexedBaselines(request, ports.signal);
  const run = { threads, left, pictureBytes, indexed };
  const gathered = await schedule(artifacts, slots, (artifact) => gatherOne(artifact, request, ports, run)).finally(() => indexed.release());
  // Asked of the request and not of what was found: the parts of a sharded run have to call a row the same.
  const { scope } = request;
  const isArtifact = scope.kind === 'paths' && scope.paths.length === 0 ? () => false : artifactGlobs(request.policy.artifacts);
  const ofDatasets = await schedule(datasets, slots, (one) => gatherDataset(one, request, ports, { ...run, isArtifact: isArtifact(one.path) }));
  const claimed = new Map(ofDatasets.flatMap(({ claimed: files, approval }) => files.map((file) => [file, approval] as const)));
  const rows = [...gathered.flat().filter((one) => !isMereSamples(one, claimed)).map((one) => approvedAsData(one, claimed)), ...collected.unreadable.map(unreadableRow), ...ofDatasets.map(({ row }) => row)];
  const scanned = withoutTwins(rows).sort((one, other) => (one.path < other.path ? -1 : 1));
  return { artifacts: scanned, events: eventsOf(collected, scanned, request, left()) };
}

async function gatherOne(
  artifact: CollectedArtifact,
  request: GateRequest,
  ports: GatePorts,
  run: { readonly threads: number; readonly left: () => number; readonly pictureBytes: number; readonly indexed: IndexedBaselines },
): Promise<ArtifactEvidence[]> {
  const file = path.join(request.root, artifact.path);
  const detectors = request.policy.detectors.filter(({ subject }) => subject === undefined);
  let baseline: FoundBaseline | undefined;
  try {
    const pointer = await readPointer(file, artifact.path);
    if (pointer !== undefined) return [pointerRow(artifact, `sha256:${pointer.sha256}`, pointer.size, request)];

    ports.onProgress({ path: artifact.path, done: 0, what: 'hashing' });
    const { digest, size, identity } = await sha256OfFile(file, { signal: ports.signal, path: artifact.path });
    const ofFile = checkTrustedSource({
      root: request.root, path: artifact.path, digest, size, isPointer: false,
      change: artifact.change, lockfile: request.lockfile, trustedSource: request.policy.trustedSource,
    });
    const provenance = withGaps(ofFile, await checkChain(artifact.path, request, ports.signal));
    const inspect = async (part: InspectedPart): Promise<{ row: ArtifactEvidence; inspection: Inspection }> => {
      const isMember = part.within !== undefined;
      const { settings: { baseline: named, ...settings }, origin, notes } = await settingsFor(artifact.path, request, isMember ? part.path : undefined);
      if (!isMember) baseline = await findBaseline({ artifact, digest, named, request, indexed: run.indexed, signal: ports.signal });
      const compared = isMember ? NOT_COMPARED : baseline?.reference;
      const seconds = run.left();
      const inspected: Inspection = seconds <= 0
        ? outOfBudget(request.budgetSeconds, detectors)
        : await ports.inspect(
            {
              file, ...part,
              detectors,
              settings, settingsOrigin: origin,
              ...(compared === undefined ? {} : { baseline: compared }),
              seed: request.seed, engine: request.engine, threads: isMember ? 1 : run.threads,
              deadlineSeconds: Math.min(seconds, allDetectorsSeconds(detectors)),
              memoryBytes: INSPECTION_MEMORY_BYTES,
            },
            { signal: ports.signal, onProgress: ports.onProgress },
          );
      const inspection = withinPictureBudget(inspected, run.pictureBytes);
      for (const [name, bytes] of inspection.pictures ?? []) ports.onPicture?.(name, bytes);
      const row: ArtifactEvidence = {
        ...base({ path: part.path, ...(artifact.change === undefined ? {} : { change: artifact.change }) }),
        digest: part.digest, size: part.size, provenance,
        ...(inspection.format === undefined ? {} : { format: inspection.format }),
        ...(inspection.engine === undefined ? {} : { engine: inspection.engine }),
        ...(inspection.error === undefined ? {} : { error: inspection.error }),
        results: [...inspection.results],
        notes: [...notes, ...inspection.notes, ...(named !== undefined && compared === undefined ? [UNUSED_BASELINE] : [])],
      };
      return { row, inspection };
    };

    const { row, inspection } = await inspect({ path: artifact.path, digest, size, identity });
    const { members } = inspection;
    if (members === undefined) return [row, ...companionRows(artifact, inspection, request)];
    // A lane is a process, and one thread each: as many at a time as the artifact may use.
    const rows = await gatherMembers({ file: artifact.path, path: artifact.path, digest, within: [], members }, { inspect, lanes: run.threads });
    return [answeredBy(row, rows, members.length), ...rows];
  } catch (thrown) {
    return [{ ...base(artifact), provenance: unchecked(toGateError(thrown)), error: toGateError(thrown, 'artifact/unreadable').toData() }];
  } finally {
    await baseline?.release();
  }
}

const UNUSED_BASELINE = 'A baseline model was given; none of the enabled detectors compares with one.';

/** The lockfile and the history know files, not what is in them. */
const NOT_COMPARED = { kind: 'none', reason: 'A member of an archive is not compared with an earlier version of it; unpack the archive for that.' } as const;

/** What differs between a file and a member of it when they are inspected. */
type InspectedPart = Pick<InspectionRequest, 'path' | 'digest' | 'size' | 'identity' | 'within' | 'readAs' | 'expansionBytes'>;

function base(artifact: CollectedArtifact): Pick<ArtifactEvidence, 'path' | 'change' | 'results' | 'notes'> {
  return { path: artifact.path, ...(artifact.change === undefined ? {} : { change: artifact.change.kind }), results: [], notes: [] };
}

/** External data of a model: bytes of their own, so a row of their own; what the detectors saw is in the model's row. */
function companionRows(artifact: CollectedArtifact, inspection: Inspection, request: GateRequest): ArtifactEvidence[] {
  return inspection.companions.map((one) => ({
    path: one.path,
    digest: one.digest,
    size: one.size,
    container: artifact.path,
    provenance: checkTrustedSource({
      root: request.root, path: one.path, digest: one.digest, size: one.size, isPointer: false,
      change: undefined, lockfile: request.lockfile, trustedSource: request.policy.trustedSource,
    }),
    results: [],
    notes: [`External data of ${artifact.path}.`],
  }));
}

function pointerRow(artifact: CollectedArtifact, digest: `sha256:${string}`, size: number, request: GateRequest): ArtifactEvidence {
  const provenance = checkTrustedSource({
    root: request.root, path: artifact.path, digest, size, isPointer: true,
    change: artifact.change, lockfile: request.lockfile, trustedSource: request.policy.trustedSource,
  });
  const error = new GateError({
    code: 'artifact/pointer',
    message: 'A Git LFS pointer stands in for the file, and the file itself is not there.',
    where: { artifact: artifact.path },
    nextStep: 'Check out with LFS files (actions/checkout: lfs: true) or run git lfs pull.',
  });
  return { ...base(artifact), digest, size, format: 'git-lfs-pointer', provenance, error: error.toData() };
}

function unreadableRow({ path: file, error }: Collected['unreadable'][number]): ArtifactEvidence {
  return { path: file, provenance: unchecked(new GateError(error)), results: [], notes: [], error };
}

/** What a model was made from is a part of where it comes from. */
function withGaps(provenance: Provenance, gaps: Provenance['observations']): Provenance {
  const [first] = gaps;
  if (first === undefined) return provenance;
  const isClear = provenance.outcome === 'clear' || provenance.outcome === 'not-applicable';
  return { ...provenance, outcome: isClear ? 'flagged' : provenance.outcome, text: isClear ? first.text : provenance.text, observations: [...provenance.observations, ...gaps] };
}

function unchecked(error: GateError): Provenance {
  return { outcome: 'error', text: `The bytes could not be compared with the lockfile: ${error.message}`, observations: [] };
}

/**
 * External data that the globs take too is listed once, as a member of its model, and only when its own row says no more
 * than that nothing recognizes it: a model must not make the findings about another file go away by naming it.
 */
function withoutTwins(rows: readonly ArtifactEvidence[]): ArtifactEvidence[] {
  const members = new Map(rows.filter((one) => one.container !== undefined && !isArchiveMember(one)).map((one) => [one.path, one.digest]));
  const alone = new Set(rows.filter((one) => one.container === undefined && !isMereData(one, members)).map((one) => one.path));
  const seen = new Set<string>();
  return rows.filter((one) => {
    if (isArchiveMember(one)) return true;
    if (one.container === undefined) return alone.has(one.path);
    const isNew = !seen.has(one.path) && !alone.has(one.path);
    seen.add(one.path);
    return isNew;
  });
}

/** By the globs and not by what this run collected, so that the rows of a dataset are called the same in every run and shard. */
function artifactGlobs({ include, exclude }: GateRequest['policy']['artifacts']): (file: string) => boolean {
  const [isIncluded, isExcluded] = [compileGlobs(include, { ignoreCase: true }), compileGlobs(exclude)];
  return (file) => isIncluded(file) && !isExcluded(file);
}

/** A file that a dataset's reader has read, and of which no format reader knows anything, is listed as a part of the dataset only. */
function isMereSamples(row: ArtifactEvidence, claimed: ReadonlyMap<string, unknown>): boolean {
  if (row.error?.code === 'format/unrecognized' && claimed.has(row.path)) return true;
  // Arrays of numbers in a .npz are the samples themselves.
  const isQuiet = row.error === undefined && row.results.every(({ outcome }) => outcome === 'clear' || outcome === 'not-applicable');
  return row.container !== undefined && claimed.has(row.container) && row.format === 'npy' && isQuiet;
}

/** A file that the lockfile does not know is approved by the manifest of the dataset that it is a part of. */
function approvedAsData(row: ArtifactEvidence, claimed: ReadonlyMap<string, Provenance | undefined>): ArtifactEvidence {
  const approval = claimed.get(row.path);
  const isUnknown = row.provenance.observations.every(({ rule }) => rule === 'trusted-source/unlisted' || rule === 'trusted-source/no-lockfile');
  return approval === undefined || !isUnknown ? row : { ...row, provenance: approval };
}

/** How exporters name external data. Anything else may be a model that another one names to hide it. */
const DATA_NAME = /(\.data|\.bin|\.weights|\.onnx_data|\.raw|\/[^/.]+)$/i;

function isMereData(row: ArtifactEvidence, members: ReadonlyMap<string, string | undefined>): boolean {
  if (!DATA_NAME.test(row.path)) return false;
  return row.error?.code === 'format/unrecognized' && row.digest !== undefined && members.get(row.path) === row.digest;
}

function eventsOf(collected: Collected, rows: readonly ArtifactEvidence[], request: GateRequest, secondsLeft: number): RunEvent[] {
  const events: RunEvent[] = request.ignoredHeadChanges.map(({ file, kind }) => ({ kind: kind === 'policy' ? 'policy-changed' : 'lockfile-changed', file }));
  if (collected.unknownChanges !== undefined) events.push({ kind: 'changes-unknown', reason: collected.unknownChanges });
  if (request.budgetSeconds !== undefined && secondsLeft <= 0) events.push({ kind: 'budget-reached', seconds: request.budgetSeconds });
  for (const { path: file } of collected.deleted) if (isListed(file, request)) events.push({ kind: 'deleted-but-listed', file });
  if (rows.length === 0) events.push({ kind: 'nothing-to-scan', reason: nothingReason(collected, request) });
  return events;
}

function isListed(file: string, request: GateRequest): boolean {
  if (request.lockfile === undefined) return false;
  const listed = lockPathOf({ root: request.root, lockfile: request.lockfile.path, artifact: file });
  return request.lockfile.content.artifacts.some((one) => one.path === listed) && !existsSync(path.join(request.root, file));
}

function nothingReason(collected: Collected, request: GateRequest): string {
  if (collected.deleted.length > 0) return 'artifacts were only deleted.';
  if (request.shard !== undefined && collected.skipped.length > 0) return `shard ${request.shard.index}/${request.shard.count} is empty.`;
  return request.scope.kind === 'changes' ? 'no changed file is an artifact by the policy’s globs.' : 'no file below the given paths is an artifact by the policy’s globs.';
}

