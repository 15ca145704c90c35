import path from 'node:path';
import { sha256OfFile } from '../artifacts/digest.ts';
import { findArtifacts } from '../artifacts/find-artifacts.ts';
import type { GatePorts, GateRequest } from '../gate-request.ts';
import { isConfigOfOtherProgram } from '../inspection/is-config-of-other-program.ts';
import type { Collected, CollectedArtifact } from './collect.ts';
import { readPointer } from './read-pointer.ts';

/** Reading a graph to learn which files it is made of takes seconds at most. */
const LOOK_SECONDS = 60;
const LOOK_MEMORY_BYTES = 8 * 2 ** 30;

/**
 * Models that did not change themselves but whose external data did: swapping the weights beside an unchanged graph
 * must not go unseen. Models in the folders of the changed files, and above them, are asked what they are made of.
 */
export async function ownersOfChangedData(collected: Collected, request: GateRequest, ports: GatePorts): Promise<CollectedArtifact[]> {
  const { scope } = request;
  if (scope.kind !== 'changes' || !scope.changes.known) return [];
  const changed = new Map(scope.changes.list.map((one) => [one.path, one]));
  const known = new Set(collected.artifacts.map((one) => one.path));
  const folders = new Set([...changed.keys()].flatMap(foldersAbove));
  if (folders.size === 0) return [];

  const { include, exclude } = request.policy.artifacts;
  const models = (await findArtifacts({ root: request.root, paths: ['.'], include, exclude, signal: ports.signal })).artifacts;
  const candidates = models.filter((file) => !known.has(file) && MADE_OF_FILES.test(file) && folders.has(path.posix.dirname(file)));
  const owners: CollectedArtifact[] = [];
  for (const candidate of candidates) {
    if (await isConfigOfOtherProgram(path.join(request.root, candidate))) continue;
    const members = await membersOf(candidate, request, ports);
    // A model that does not say what it is made of may be made of what changed.
    if (members === undefined || members.some((one) => changed.has(one))) owners.push({ path: candidate });
  }
  return owners;
}

/** Files that name others: graphs their weights, configurations the Python files that they bring. */
const MADE_OF_FILES = /\.onnx$|config\.json$/i;

/** The files a model is made of besides itself; undefined when that could not be read. */
async function membersOf(file: string, request: GateRequest, ports: GatePorts): Promise<readonly string[] | undefined> {
  const absolute = path.join(request.root, file);
  if ((await readPointer(absolute, file)) !== undefined) return undefined;
  const { digest, size } = await sha256OfFile(absolute, { signal: ports.signal, path: file });
  const { companions, error } = await ports.inspect(
    {
      path: file, file: absolute, digest, size, detectors: [], settings: {}, settingsOrigin: 'none',
      seed: request.seed, engine: request.engine, threads: 1, deadlineSeconds: LOOK_SECONDS, memoryBytes: LOOK_MEMORY_BYTES,
    },
    { signal: ports.signal, onProgress: () => undefined },
  );
  return error === undefined ? companions.map((one) => one.path) : undefined;
}

function foldersAbove(file: string): string[] {
  const folders: string[] = [];
  for (let folder = path.posix.dirname(file); ; folder = path.posix.dirname(folder)) {
    folders.push(folder);
    if (folder === '.' || folder === '/') return folders;
  }
}
