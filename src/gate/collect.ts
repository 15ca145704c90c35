import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Change } from '../artifacts/changes.ts';
import { compileGlobs } from '../artifacts/compile-globs.ts';
import { findArtifacts } from '../artifacts/find-artifacts.ts';
import type { GateErrorData } from '../errors.ts';
import { isConfigOfOtherProgram } from '../inspection/is-config-of-other-program.ts';
import { isFileOfOtherProgram } from '../inspection/is-file-of-other-program.ts';
import type { GatePorts, GateRequest } from '../gate-request.ts';
import { collectDatasets, type CollectedDataset } from './datasets/collect-datasets.ts';

/** An artifact that is to be looked at, before anything of it has been read. */
export interface CollectedArtifact {
  /** Relative to root, with `/`. */
  readonly path: string;
  readonly change?: Change;
}

export interface Collected {
  readonly artifacts: readonly CollectedArtifact[];
  readonly datasets: readonly CollectedDataset[];
  /** Artifacts that are gone in the head. */
  readonly deleted: readonly Change[];
  /** Changed files that are no artifacts by the globs: a model's external data may be among them. */
  readonly otherChanges: readonly Change[];
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  readonly unreadable: readonly { readonly path: string; readonly error: GateErrorData }[];
  /** Why it could not be established what changed; everything was collected instead. */
  readonly unknownChanges: string | undefined;
}

/** Finds what the request asks for: everything below its paths, or what changed and matches the policy's globs. */
export async function collectArtifacts(request: GateRequest, ports: Pick<GatePorts, 'signal'>): Promise<Collected> {
  const files = await collectFiles(request, ports);
  const { datasets, skipped } = await collectDatasets(request, ports.signal);
  return { ...files, datasets, skipped: [...files.skipped, ...skipped] };
}

type CollectedFiles = Omit<Collected, 'datasets'>;

async function collectFiles(request: GateRequest, ports: Pick<GatePorts, 'signal'>): Promise<CollectedFiles> {
  const { scope } = request;
  if (scope.kind === 'changes' && scope.changes.known) return withoutOtherPrograms(ofChanges(request, scope.changes.list), request.root, []);

  const paths = scope.kind === 'paths' ? scope.paths : ['.'];
  const everything = await below(request, paths, ports.signal);
  const unknownChanges = scope.kind === 'changes' && !scope.changes.known ? scope.changes.reason : undefined;
  return withoutOtherPrograms({ ...everything, unknownChanges }, request.root, paths);
}

/** Why a file was passed over whose name models share with other files. */
export const BEGINS_LIKE_NO_MODEL = 'begins like no model, and its name is one that other files have';

/** A `config.json` that holds no word of a model, or a `.dat` that begins like none, is no artifact, however well its name matches; one that was named is. */
async function withoutOtherPrograms(collected: CollectedFiles, root: string, named: readonly string[]): Promise<CollectedFiles> {
  const kept: CollectedArtifact[] = [];
  const skipped = [...collected.skipped];
  for (const artifact of collected.artifacts) {
    const file = path.join(root, artifact.path);
    const isNamed = named.includes(artifact.path);
    if (!isNamed && (await isConfigOfOtherProgram(file))) skipped.push({ path: artifact.path, reason: 'the configuration of another program than a model' });
    else if (!isNamed && (await isFileOfOtherProgram(file))) skipped.push({ path: artifact.path, reason: BEGINS_LIKE_NO_MODEL });
    else kept.push(artifact);
  }
  return { ...collected, artifacts: kept, skipped };
}

async function below(request: GateRequest, paths: readonly string[], signal: AbortSignal): Promise<CollectedFiles> {
  const { include, exclude } = request.policy.artifacts;
  const found = await findArtifacts({ root: request.root, paths, include, exclude, signal });
  const artifacts = found.artifacts.map((file) => ({ path: file }));
  const [mine, others] = inShard(artifacts, request.shard);
  return {
    artifacts: mine,
    deleted: [],
    otherChanges: [],
    skipped: others,
    unreadable: found.problems,
    unknownChanges: undefined,
  };
}

function ofChanges(request: GateRequest, changes: readonly Change[]): CollectedFiles {
  const { include, exclude } = request.policy.artifacts;
  const isIncluded = compileGlobs(include, { ignoreCase: true });
  const isExcluded = compileGlobs(exclude);
  const sorted = [...changes].sort((left, right) => (left.path < right.path ? -1 : 1));

  const matching = sorted.filter(({ path: file }) => isIncluded(file));
  const excluded = matching.filter(({ path: file }) => isExcluded(file));
  const wanted = matching.filter(({ path: file }) => !isExcluded(file));
  const isGone = (change: Change): boolean => change.kind === 'deleted' || !existsSync(path.join(request.root, change.path));
  const [mine, others] = inShard(wanted.filter((one) => !isGone(one)).map((change) => ({ path: change.path, change })), request.shard);
  return {
    artifacts: mine,
    deleted: wanted.filter(isGone),
    otherChanges: sorted.filter((one) => !isIncluded(one.path)),
    skipped: [...excluded.map((one) => ({ path: one.path, reason: 'excluded by the policy' })), ...others],
    unreadable: [],
    unknownChanges: undefined,
  };
}

function inShard<One extends { readonly path: string }>(
  artifacts: readonly One[],
  shard: GateRequest['shard'],
): [One[], { path: string; reason: string }[]] {
  if (shard === undefined) return [[...artifacts], []];
  const isMine = (_: One, index: number): boolean => index % shard.count === shard.index - 1;
  const others = artifacts.filter((one, index) => !isMine(one, index));
  return [artifacts.filter(isMine), others.map(({ path: file }) => ({ path: file, reason: `not in shard ${shard.index}/${shard.count}` }))];
}
