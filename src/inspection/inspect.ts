import { createHash } from 'node:crypto';
import path from 'node:path';
import { openFileSource } from '../artifacts/file-source.ts';
import { memorySource } from '../artifacts/memory-source.ts';
import { openCompanionOf } from '../artifacts/open-companion.ts';
import type { Artifact } from '../artifacts/artifact.ts';
import { detectors as registry } from '../detectors/index.ts';
import type { DetectContext, Detector, SuspiciousInputs } from '../detectors/detector.ts';
import type { Engine } from '../engines/engine.ts';
import { GateError, toGateError } from '../errors.ts';
import type { OpenCompanion } from '../formats/format-reader.ts';
import { identifyFormat } from '../formats/identify.ts';
import { formatReaders } from '../formats/index.ts';
import type { FacetName } from '../model/facets.ts';
import type { Model } from '../model/model.ts';
import type { ResolvedDetector } from '../policy/policy.ts';
import type { Result } from '../report.ts';
import { randomSource } from '../statistics/random.ts';
import { drawPictures, type PlacedPicture } from './draw-pictures.ts';
import type { BaselineReference, Companion, Inspection, InspectionProgress, InspectionRequest } from './inspection.ts';
import { prepareBehavior } from './prepare-behavior.ts';
import { runDetector } from './run-detector.ts';
import { interruptedResult } from './supervise/interrupted-result.ts';

/** How much of a file the readers see before one of them is chosen. */
const HEAD_BYTES = 64 * 1024;

/** Everything is held in memory up to here: the 2 GiB limit of protobuf, which is ONNX's own. */
const MAX_RESIDENT_BYTES = 2 ** 31 - 1;

export interface InspectPorts {
  readonly createEngine: () => Promise<Engine>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: InspectionProgress) => void;
  /** Called once the artifact is read, before any detector runs. */
  readonly onDescribed: (described: Pick<Inspection, 'format' | 'engine' | 'notes' | 'companions' | 'baselineCompanions'>) => void;
  /** With each picture goes the place of its observation in the result. */
  readonly onResult: (result: Result, pictures: readonly PlacedPicture[]) => void;
  /** Results of an earlier process: these detectors do not run again, and others may look at what they found. */
  readonly earlierResults?: readonly Result[];
}

/** Reads one artifact and runs the detectors on it. Runs inside the supervised process; throws only GateErrors. */
export async function inspectArtifact(request: InspectionRequest, ports: InspectPorts): Promise<Inspection> {
  const started = ports.now();
  const isLate = (): boolean => ports.now() - started > COOPERATIVE_SHARE * 1000 * request.deadlineSeconds;
  const source = await openFileSource(request.file);
  try {
    const model = await readModel(request, source, ports, openCompanionOf({ file: request.file, path: request.path }));
    const { baseline, companions: baselineCompanions } = await readBaseline(request, model, ports);
    return await runDetectors(request, { ...model, ...baseline }, ports, isLate, baselineCompanions);
  } finally {
    await source.close();
  }
}

async function readModel(
  request: Pick<InspectionRequest, 'path' | 'file' | 'digest'>,
  source: Awaited<ReturnType<typeof openFileSource>>,
  ports: InspectPorts,
  openCompanion: OpenCompanion,
): Promise<Model> {
  ports.onProgress({ path: request.path, done: 0, what: 'reading' });
  const head = await source.read(0, Math.min(HEAD_BYTES, source.size));
  const reader = identifyFormat(head, request.path, formatReaders);
  if (source.size > MAX_RESIDENT_BYTES) {
    throw new GateError({
      code: 'artifact/too-large',
      message: `The file has ${source.size} bytes; ${reader.meta.title} files end at ${MAX_RESIDENT_BYTES}.`,
      where: { artifact: request.path },
      nextStep: 'Keep the weights as external data, which is read piece by piece.',
    });
  }
  // Read once: what was hashed is what is parsed and what the engine loads, whatever happens to the file meanwhile.
  const bytes = await source.read(0, source.size);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}` as const;
  if (digest !== request.digest) {
    throw new GateError({
      code: 'artifact/changed',
      message: 'The file changed while it was being scanned.',
      where: { artifact: request.path },
      nextStep: 'Run again when nothing writes to the file.',
    });
  }
  const artifact: Artifact = { path: request.path, digest, bytes: memorySource(bytes) };
  return reader.read(artifact, { signal: ports.signal, openCompanion });
}

interface ReadBaseline {
  /** What to put into the model. */
  readonly baseline: Pick<Model, 'facets' | 'problems' | 'absences' | 'notes'>;
  readonly companions: readonly Companion[] | undefined;
}

/** The earlier version as a facet of the model, or why it is not there. What cannot be read is a problem, never silence. */
async function readBaseline(request: InspectionRequest, model: Model, ports: InspectPorts): Promise<ReadBaseline> {
  const { baseline } = request;
  const { facets, problems, absences, notes } = model;
  const absent = (reason: string): ReadBaseline => ({ baseline: { facets, problems, absences: { ...absences, baseline: reason }, notes }, companions: undefined });
  const broken = (reason: string): ReadBaseline => ({ baseline: { facets, problems: { ...problems, baseline: reason }, absences, notes }, companions: undefined });
  if (baseline === undefined) return absent(NO_BASELINE);
  if (baseline.kind !== 'file') return baseline.kind === 'none' ? absent(baseline.reason) : broken(baseline.reason);

  const { description } = baseline;
  try {
    const source = await openFileSource(baseline.file, EARLIER_VERSION);
    try {
      const earlier = await readModel({ path: EARLIER_VERSION, file: baseline.file, digest: baseline.digest }, source, ports, companionsOf(baseline));
      const companions = earlier.companions.map((one): Companion => ({ path: path.posix.relative('.', one.path), digest: one.digest, size: one.bytes.size }));
      if (baseline.digest === request.digest && haveSameDigests(model.companions, earlier.companions)) return absent(`The file is the earlier version itself (${description}): nothing changed.`);
      const compared = `Compared with ${description} (${baseline.digest}).`;
      return {
        baseline: { facets: { ...facets, baseline: { description, model: earlier } }, problems, absences, notes: [...notes, compared] },
        companions: companions.length === 0 ? undefined : companions,
      };
    } finally {
      await source.close();
    }
  } catch (thrown) {
    const { message, nextStep } = toGateError(thrown);
    return broken(`The earlier version (${description}) could not be read: ${message}${nextStep === undefined ? '' : ` ${nextStep}`}`);
  }
}

/** External data of an earlier version: beside it, and not what the change under test brings. */
function companionsOf(baseline: Extract<BaselineReference, { kind: 'file' }>): OpenCompanion {
  const open = openCompanionOf({ file: baseline.file, path: EARLIER_VERSION });
  return async (relativePath) => {
    const wanted = path.posix.normalize(relativePath);
    const isRefused = baseline.refusedCompanions.includes(wanted);
    if (baseline.hasCompanions && !isRefused) return open(relativePath);
    throw new GateError({
      code: 'format/external-data',
      message: isRefused ? `its external data ${wanted} is touched by the change under test.` : `it keeps its weights in other files (${wanted}), which are not fetched from the history.`,
      nextStep: 'Name an earlier version outside of the change as baseline.',
    });
  };
}

function haveSameDigests(some: readonly Artifact[], others: readonly Artifact[]): boolean {
  return some.length === others.length && some.every((one, at) => one.digest === others[at]?.digest);
}

const EARLIER_VERSION = 'earlier-version';

const NO_BASELINE = 'No earlier version was given: pass --baseline, or set "baseline" in the policy’s models block.';

/**
 * Detectors that only look at the file run before the graph is loaded into an engine: what they find is safe when the
 * engine then crashes on it.
 */
async function runDetectors(
  request: InspectionRequest,
  read: Model,
  ports: InspectPorts,
  isLate: () => boolean,
  baselineCompanions: readonly Companion[] | undefined,
): Promise<Inspection> {
  const companions = read.companions.map((one): Companion => ({ path: one.path, digest: one.digest, size: one.bytes.size }));
  const earlier = ports.earlierResults ?? [];
  const wanted = request.detectors.filter((one) => !earlier.some(({ detector }) => detector === one.id)).map((resolved) => ({ resolved, detector: detectorOf(resolved.id) }));
  const facetsOf = ({ detector: { meta } }: Wanted): readonly FacetName[] => (request.isExecutionRefused === true ? meta.needs : [...meta.needs, ...(meta.uses ?? [])]);
  const isBehavioral = (one: Wanted): boolean => facetsOf(one).some((facet) => BEHAVIORAL.has(facet));
  const [first, then] = [wanted.filter((one) => !isBehavioral(one)), wanted.filter(isBehavioral)];
  const results: Result[] = [];
  const suspiciousInputs: SuspiciousInputs[] = [];
  const seenTriggers: DetectContext['pictures'][number][] = [];
  const pictureNotes: string[] = [];

  const runAll = async (some: readonly Wanted[], model: Model): Promise<void> => {
    for (const { resolved, detector } of some) {
      const done = results.length;
      if (isLate() && detector.meta.family !== 'combined') {
        const result = notReached(resolved.id, detector.meta.cost.tier, request);
        results.push(result);
        ports.onResult(result, []);
        continue;
      }
      const progress = (share: number, what: string): void =>
        ports.onProgress({ path: request.path, detector: resolved.id, done: (done + share) / wanted.length, what });
      progress(0, detector.meta.title);
      const run = await runDetector(
        detector,
        resolved,
        model,
        {
          random: (label) => randomSource(request.seed, `${resolved.id}/${label}`),
          signal: ports.signal,
          progress,
          suspiciousInputs: suspiciousInputs.filter((one) => detector.meta.after?.includes(one.from) === true),
          pictures: seenTriggers.filter((one) => detector.meta.after?.includes(one.from) === true),
          results: [...earlier, ...results].filter((one) => detector.meta.after?.includes(one.detector) === true),
        },
        ports.now,
        isLate,
      );
      results.push(run.result);
      suspiciousInputs.push(...run.suspiciousInputs);
      seenTriggers.push(...run.seenTriggers.map((one) => ({ from: resolved.id, ...one })));
      ports.onResult(run.result, drawPictures(run, (note) => pictureNotes.push(note)));
    }
  };

  let described: Omit<Inspection, 'results'> = { format: read.format, notes: read.notes, companions, ...(baselineCompanions === undefined ? {} : { baselineCompanions }) };
  ports.onDescribed(described);
  await runAll(first, request.isExecutionRefused === true ? { ...read, problems: { ...read.problems, classifier: EXECUTION_REFUSED } } : read);
  if (then.length > 0) {
    const prepared = await prepareBehavior(request, read, ports.createEngine, new Set(then.flatMap(facetsOf)));
    try {
      described = { ...described, ...(prepared.engine === undefined ? {} : { engine: prepared.engine }), notes: [...read.notes, ...prepared.notes] };
      ports.onDescribed(described);
      await runAll(then, prepared.model);
    } finally {
      await prepared.close();
    }
  }
  ports.onProgress({ path: request.path, done: 1, what: 'done' });
  return { ...described, notes: [...described.notes, ...pictureNotes], results };
}

const EXECUTION_REFUSED = 'Running the model is refused in this event.';

/** Share of the time for an artifact after which nothing new is begun: the rest is for answering, and for joining what there is. */
const COOPERATIVE_SHARE = 0.9;

/** A detector whose turn came after the time was over: the tiers before its own were reached, and the report says so. */
function notReached(detector: string, tier: string, request: InspectionRequest): Result {
  const error = new GateError({
    code: 'inspection/timed-out',
    message: `The ${String(request.deadlineSeconds)} s for this artifact were over before ${detector} began (tier "${tier}").`,
    where: { artifact: request.path },
    nextStep: 'Give a larger budget, or enable fewer detectors for this artifact.',
  }).toData();
  return interruptedResult(detector, error, 0);
}

/** Facets that are there only once the graph is loaded into an engine. */
const BEHAVIORAL: ReadonlySet<FacetName> = new Set(['classifier', 'samples', 'gradient', 'probes']);

interface Wanted {
  readonly resolved: ResolvedDetector;
  readonly detector: Detector;
}

function detectorOf(id: string): Detector {
  const detector = registry.find((one) => one.meta.id === id);
  if (detector !== undefined) return detector;
  throw new GateError({ code: 'policy/unknown-detector', message: `There is no detector "${id}".` });
}
