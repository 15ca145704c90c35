import { mkdir, readFile, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Digest } from '../artifacts/artifact.ts';
import { sha256Of } from '../artifacts/digest.ts';
import { openCompanionOf } from '../artifacts/open-companion.ts';
import { writeAtomically } from '../artifacts/write-atomically.ts';
import { digestOfPath } from './cached-inspect/digest-of-path.ts';
import { readEntry, writeEntry } from './cached-inspect/cache-entry.ts';
import type { DatasetRequest, Inspect, Inspection, InspectionRequest } from './inspection.ts';

export interface InspectionCache {
  /** Absolute path; made when it is missing. Must not be a folder that the repository under test can fill. */
  readonly folder: string;
  /** Whatever identifies the code that inspects: its version and, better, the digest of its bundle. */
  readonly tool: string;
  /** Told once a kind of trouble; the cache itself never fails a run. */
  readonly onProblem?: (message: string) => void;
}

/** An entry holds numbers, sentences and at most 4 MiB of pictures as base64; more than this is not ours (CWE-770). */
const MAX_ENTRY_BYTES = 16 * 1024 * 1024;

/** Keeps the folder that a workflow carries between runs small: the oldest entries go first. */
const MAX_ENTRIES = 2_000;

/**
 * The runner tells a detector to hurry from nine tenths of its time on; what took longer may have looked at less than
 * it would have liked and is not kept, so a result never depends on how busy the machine was that once.
 */
const UNHURRIED_SHARE = 0.9;

/**
 * Remembers inspections by everything they depend on: the artifact's digest and path, its external data, the tool, the
 * platform, the detectors with their options and thresholds, what is known of the model, the content of the samples and the
 * reference and of the earlier version it is compared with, the seed and the engine asked for. Not by threads, deadlines and
 * memory: they must not change a result. Only
 * inspections in which every detector is clear, flagged or not applicable are kept; "could not tell" and errors are
 * tried again. What is damaged, of another shape or for other inputs is a miss.
 */
export function cachedInspect(inspect: Inspect, cache: InspectionCache): Inspect {
  const digests = new Map<string, Promise<Digest | undefined>>();
  const problems = new Set<string>();
  const report = (message: string): void => {
    if (problems.has(message)) return;
    problems.add(message);
    cache.onProblem?.(message);
  };
  const digestOf = (file: string, signal: AbortSignal): Promise<Digest | undefined> => {
    const known = digests.get(file) ?? digestOfPath(file, signal);
    digests.set(file, known);
    return known;
  };

  return async (request, options) => {
    const key = await keyOf(request, cache.tool, (file) => digestOf(file, options.signal));
    if (key === undefined) return inspect(request, options);
    const file = path.join(cache.folder, `${sha256Of(key).slice('sha256:'.length)}.json`);

    const kept = await read(file, key);
    if (kept !== undefined && answers(kept, request) && (await companionsAreSame(kept, request, options.signal))) {
      options.onProgress({ path: request.path, done: 1, what: 'known from an earlier run' });
      return kept;
    }

    const inspection = await inspect(request, options);
    if (isWorthKeeping(inspection, request)) {
      await write(file, key, inspection).catch((thrown: unknown) => {
        report(`The cache ${cache.folder} could not be written: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
      });
    }
    return inspection;
  };
}

/** Undefined when something the inspection depends on cannot be pinned down. */
async function keyOf(request: InspectionRequest, tool: string, digestOf: (file: string) => Promise<Digest | undefined>): Promise<string | undefined> {
  const { samples, reference } = request.settings;
  const { dataset } = request;
  // Whoever wants every score or sample wants them written, which a kept answer does not do.
  if (dataset?.scoresFile !== undefined || dataset?.samplesFile !== undefined || dataset?.part !== undefined || dataset?.joined !== undefined) return undefined;
  const { trusted, model, trainingLog } = dataset ?? {};
  const approved = trusted?.kind === 'before' ? trusted.folder : trusted?.file;
  const contents: Record<string, Digest> = {};
  for (const [name, file] of Object.entries({ samples, reference, approved, model: model?.file, modelSamples: model?.settings.samples, trainingLog })) {
    if (file === undefined) continue;
    const digest = await digestOf(file);
    if (digest === undefined) return undefined;
    contents[name] = digest;
  }
  return canonical({
    tool,
    platform: `${process.platform}-${process.arch}-node-${process.versions.node}`,
    artifact: { path: request.path, digest: request.digest, size: request.size, readAs: request.readAs },
    detectors: request.detectors.map(({ id, required, options, threshold }) => ({ id, required, options, threshold })),
    // What lies behind a path counts, not the path.
    settings: { ...request.settings, samples: undefined, reference: undefined, baseline: undefined },
    settingsOrigin: request.settingsOrigin,
    contents,
    ...(dataset === undefined ? {} : { dataset: withoutPlaces(dataset) }),
    baseline: withoutPlace(request.baseline),
    isExecutionRefused: request.isExecutionRefused === true,
    seed: request.seed,
    engine: request.engine,
  });
}

/** Where the earlier version lies on disk makes no difference; what it is and what is said of it does. */
function withoutPlace(baseline: InspectionRequest['baseline']): object | undefined {
  if (baseline?.kind === 'index') return { ...baseline, index: baseline.index.digest, parts: baseline.parts.map(({ name, digest }) => [name, digest]) };
  if (baseline?.kind !== 'file') return baseline;
  return { ...baseline, file: undefined };
}

/** The same for what is known of a dataset. */
function withoutPlaces({ trusted, model, trainingLog: _, ...rest }: DatasetRequest): object {
  const version = trusted === undefined ? undefined : trusted.kind === 'before' ? { ...trusted, folder: undefined } : { ...trusted, file: undefined };
  return { ...rest, trusted: version, model: model === undefined ? undefined : { ...model, file: undefined, settings: { ...model.settings, samples: undefined } } };
}

/** JSON with sorted keys: two equal requests give one text whatever order their members were written in. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)))
      : member,
  );
}

async function read(file: string, key: string): Promise<Inspection | undefined> {
  try {
    if ((await stat(file)).size > MAX_ENTRY_BYTES) return undefined;
    return readEntry(await readFile(file, 'utf8'), key);
  } catch {
    return undefined;
  }
}

async function write(file: string, key: string, inspection: Inspection): Promise<void> {
  const folder = path.dirname(file);
  await mkdir(folder, { recursive: true });
  await writeAtomically(file, writeEntry(key, inspection));
  await prune(folder);
}

async function prune(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => /^[0-9a-f]{64}\.json$/.test(name));
  if (names.length <= MAX_ENTRIES) return;
  const dated = await Promise.all(
    names.map(async (name) => ({ file: path.join(folder, name), written: (await stat(path.join(folder, name))).mtimeMs })),
  );
  dated.sort((left, right) => left.written - right.written);
  await Promise.all(dated.slice(0, names.length - MAX_ENTRIES).map(({ file }) => rm(file, { force: true })));
}

function answers(inspection: Inspection, request: InspectionRequest): boolean {
  const asked = request.detectors.map((one) => one.id);
  return (
    inspection.format !== undefined &&
    inspection.error === undefined &&
    inspection.results.length === asked.length &&
    asked.every((id) => inspection.results.some((one) => one.detector === id)) &&
    inspection.results.every((one) => one.outcome === 'clear' || one.outcome === 'flagged' || one.outcome === 'not-applicable')
  );
}

/** Formats whose reader looks at files beside the artifact that no digest of the request covers; reading them takes milliseconds. */
const NEVER_KEPT: ReadonlySet<string> = new Set(['shard-index']);

function isWorthKeeping(inspection: Inspection, request: InspectionRequest): boolean {
  const timeouts = new Map(request.detectors.map((one) => [one.id, one.timeoutSeconds]));
  return (
    answers(inspection, request) &&
    !NEVER_KEPT.has(inspection.format ?? '') &&
    inspection.results.every((one) => one.seconds < UNHURRIED_SHARE * (timeouts.get(one.detector) ?? 0))
  );
}

/** The digest of a model says nothing about its external data: those files are hashed again. */
async function companionsAreSame(inspection: Inspection, request: InspectionRequest, signal: AbortSignal): Promise<boolean> {
  const open = openCompanionOf({ file: request.file, path: request.path, signal });
  const folder = path.posix.dirname(request.path);
  for (const kept of inspection.companions) {
    const companion = await open(path.posix.relative(folder, kept.path)).catch(() => undefined);
    if (companion === undefined || companion.digest !== kept.digest || companion.bytes.size !== kept.size) return false;
  }
  const { baseline } = request;
  if (baseline?.kind !== 'file') return (inspection.baselineCompanions ?? []).length === 0;
  const openBeside = openCompanionOf({ file: baseline.file, path: EARLIER, signal });
  for (const kept of inspection.baselineCompanions ?? []) {
    const companion = await openBeside(kept.path).catch(() => undefined);
    if (companion === undefined || companion.digest !== kept.digest || companion.bytes.size !== kept.size) return false;
  }
  return true;
}

const EARLIER = 'the earlier version';
