import { openFileSource } from '../artifacts/file-source.ts';
import { openMember } from '../artifacts/open-member.ts';
import { unchangedSource } from '../artifacts/unchanged-source.ts';
import { detectors as registry } from '../detectors/index.ts';
import type { DetectContext, Detector, SuspiciousInputs } from '../detectors/detector.ts';
import type { Engine } from '../engines/engine.ts';
import { GateError } from '../errors.ts';
import type { FormatReader } from '../formats/format-reader.ts';
import { ambiguous } from '../formats/identify.ts';
import { formatReaders } from '../formats/index.ts';
import type { FacetName } from '../model/facets.ts';
import type { Model } from '../model/model.ts';
import type { ResolvedDetector } from '../policy/policy.ts';
import type { Result } from '../report.ts';
import { randomSource } from '../statistics/random.ts';
import { drawPictures, type PlacedPicture } from './draw-pictures.ts';
import type { Companion, Inspection, InspectionProgress, InspectionRequest } from './inspection.ts';
import { prepareBehavior } from './prepare-behavior.ts';
import { prepareReference } from './prepare-reference.ts';
import { readBaseline } from './read-baseline.ts';
import { readModel } from './read-model.ts';
import { readersOf } from './readers-of.ts';
import { runDetector } from './run-detector.ts';
import { interruptedResult } from './supervise/interrupted-result.ts';
import { triageMembers } from './triage-members.ts';

export interface InspectPorts {
  readonly createEngine: () => Promise<Engine>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: InspectionProgress) => void;
  /** Called once the artifact is read, before any detector runs. */
  readonly onDescribed: (described: Pick<Inspection, 'format' | 'engine' | 'notes' | 'companions' | 'baselineCompanions' | 'members'>) => void;
  /** With each picture goes the place of its observation in the result. */
  readonly onResult: (result: Result, pictures: readonly PlacedPicture[]) => void;
  /** Results of an earlier process: these detectors do not run again, and others may look at what they found. */
  readonly earlierResults?: readonly Result[];
}

/** Reads one artifact and runs the detectors on it. Runs inside the supervised process; throws only GateErrors. */
export async function inspectArtifact(request: InspectionRequest, ports: InspectPorts): Promise<Inspection> {
  const started = ports.now();
  const isLate = (): boolean => ports.now() - started > COOPERATIVE_SHARE * 1000 * request.deadlineSeconds;
  const source = await openFileSource(request.file, request.path);
  try {
    ports.onProgress({ path: request.path, done: 0, what: 'reading' });
    const { path, file, digest, size, within, readAs, expansionBytes, identity } = request;
    const bytes = within === undefined ? source : await openMember(unchangedSource(source, path), within, path);
    const readers = await readersOf(bytes, path, readAs);
    if (readers.length > 1) return readInEveryWay(readers, { path, digest, size });
    const model = await readModel(bytes, {
      path, digest, signal: ports.signal, reader: readers[0], isHashed: within === undefined && identity === source.identity,
      ...(within === undefined ? { file } : {}), ...(expansionBytes === undefined ? {} : { expansionBytes }),
      onProgress: percents((percent) => ports.onProgress({ path, done: 0, what: `hashing, ${percent} %` })),
      progress: (done, what) => ports.onProgress({ path, done, what }),
    });
    const isArchive = model.facets.archive !== undefined;
    const baseline = await readBaseline(isArchive && model.facets.tensors === undefined ? { digest } : request, await prepareReference(request, model), ports.signal);
    try {
      return await runDetectors(request, baseline.model, ports, isLate, baseline.companions);
    } finally {
      await baseline.close();
    }
  } finally {
    await source.close();
  }
}

/** Tells of whole percents only: a large file is hashed in ten thousand pieces. */
function percents(tell: (percent: number) => void): (done: number, size: number) => void {
  let last = -1;
  return (done, size) => {
    const percent = Math.floor((100 * done) / size);
    if (percent === last) return;
    last = percent;
    tell(percent);
  };
}

/** Bytes that are several formats at once are hostile whatever they hold, and are read as each of them all the same. */
function readInEveryWay(readers: readonly FormatReader[], { path, digest, size }: Pick<InspectionRequest, 'path' | 'digest' | 'size'>): Inspection {
  return {
    notes: [], companions: [], results: [],
    error: ambiguous(readers, path).toData(),
    members: readers.map(({ meta }) => ({ name: `(as ${meta.id})`, size, digest, readAs: meta.id })),
  };
}

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
  const sampleScores: DetectContext['sampleScores'][number][] = [];
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
          sampleScores: sampleScores.filter((one) => detector.meta.after?.includes(one.from) === true),
          results: [...earlier, ...results].filter((one) => detector.meta.after?.includes(one.detector) === true),
        },
        ports.now,
        isLate,
      );
      results.push(run.result);
      suspiciousInputs.push(...run.suspiciousInputs);
      seenTriggers.push(...run.seenTriggers.map((one) => ({ from: resolved.id, ...one })));
      if (run.sampleScores !== undefined) sampleScores.push({ from: resolved.id, scores: run.sampleScores });
      ports.onResult(run.result, drawPictures(run, (note) => pictureNotes.push(note)));
    }
  };

  const { archive } = read.facets;
  const triage = archive === undefined ? undefined : triageMembers(archive.members, request.path, formatReaders);
  const readNotes = [...read.notes, ...(triage?.notes ?? [])];
  let described: Omit<Inspection, 'results'> = {
    format: read.format, notes: readNotes, companions,
    ...(baselineCompanions === undefined ? {} : { baselineCompanions }), ...(triage === undefined ? {} : { members: triage.members }),
  };
  ports.onDescribed(described);
  await runAll(first, request.isExecutionRefused === true && archive === undefined ? { ...read, problems: { ...read.problems, classifier: EXECUTION_REFUSED } } : read);
  if (then.length > 0) {
    const prepared = await prepareBehavior(request, read, ports.createEngine, new Set(then.flatMap(facetsOf)));
    try {
      described = { ...described, ...(prepared.engine === undefined ? {} : { engine: prepared.engine }), notes: [...readNotes, ...prepared.notes] };
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
