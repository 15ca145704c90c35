import { detectors as registry } from '../detectors/index.ts';
import type { DetectContext, Detector, SuspiciousInputs } from '../detectors/detector.ts';
import { GateError } from '../errors.ts';
import type { FacetName } from '../model/facets.ts';
import type { Model } from '../model/model.ts';
import type { ResolvedDetector } from '../policy/policy.ts';
import type { Result } from '../report.ts';
import { randomSource } from '../statistics/random.ts';
import { drawPictures, type PlacedPicture } from './draw-pictures.ts';
import type { InspectPorts } from './inspect.ts';
import type { Inspection, InspectionRequest } from './inspection.ts';
import type { PreparedModel } from './prepare-behavior.ts';
import { runDetector, type DetectorRun } from './run-detector.ts';
import { interruptedResult } from './supervise/interrupted-result.ts';
import { timeUsedUp } from './time-used-up.ts';

export interface RunDetectorsRequest {
  readonly request: InspectionRequest;
  readonly ports: InspectPorts;
  readonly isLate: () => boolean;
  /** What was read, before any engine. */
  readonly model: Model;
  readonly described: Omit<Inspection, 'results'>;
  /** Adds the facets that need an engine; called when a detector asks for one. */
  readonly prepare: (needs: ReadonlySet<FacetName>) => Promise<PreparedModel>;
  /** What is added to a result when it is there: suspects and their pictures. */
  readonly finish?: (run: DetectorRun) => Promise<{ readonly result: Result; readonly pictures: readonly PlacedPicture[] }>;
}

/**
 * Detectors that only look at the file run before the graph is loaded into an engine: what they find is safe when the
 * engine then crashes on it.
 */
export async function runDetectors({ request, ports, isLate, model: read, described: first, prepare, finish }: RunDetectorsRequest): Promise<Inspection> {
  const earlier = ports.earlierResults ?? [];
  const wanted = request.detectors.filter((one) => !earlier.some(({ detector }) => detector === one.id)).map((resolved) => ({ resolved, detector: detectorOf(resolved.id) }));
  const facetsOf = ({ detector: { meta } }: Wanted): readonly FacetName[] => (request.isExecutionRefused === true ? meta.needs : [...meta.needs, ...(meta.uses ?? [])]);
  const late = new Set<string>();
  // Detectors come in an order in which each follows what it builds on, so what waits for a late one is late too.
  for (const one of wanted) {
    const isLateOne = facetsOf(one).some((facet) => BEHAVIORAL.has(facet)) || (one.detector.meta.after ?? []).some((id) => late.has(id));
    if (isLateOne) late.add(one.resolved.id);
  }
  const [plain, behavioral] = [wanted.filter(({ resolved }) => !late.has(resolved.id)), wanted.filter(({ resolved }) => late.has(resolved.id))];
  const results: Result[] = [];
  const suspiciousInputs: SuspiciousInputs[] = [];
  const seenTriggers: DetectContext['pictures'][number][] = [];
  const sampleScores: DetectContext['sampleScores'][number][] = [];
  const pictureNotes: string[] = [];

  const runAll = async (some: readonly Wanted[], model: Model): Promise<void> => {
    for (const { resolved, detector } of some) {
      const done = results.length;
      if (isLate() && detector.meta.joins !== true) {
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
      const finished = (await finish?.(run)) ?? { result: run.result, pictures: [] };
      results.push(finished.result);
      suspiciousInputs.push(...run.suspiciousInputs);
      seenTriggers.push(...run.seenTriggers.map((one) => ({ from: resolved.id, ...one })));
      if (run.sampleScores !== undefined) sampleScores.push({ from: resolved.id, scores: run.sampleScores });
      ports.onResult(finished.result, [...drawPictures(run, (note) => pictureNotes.push(note)), ...finished.pictures]);
    }
  };

  let described = first;
  ports.onDescribed(described);
  await runAll(plain, read);
  if (behavioral.length > 0) {
    const prepared = await prepare(new Set(behavioral.flatMap(facetsOf)));
    try {
      described = { ...described, ...(prepared.engine === undefined ? {} : { engine: prepared.engine }), notes: [...first.notes, ...prepared.notes] };
      ports.onDescribed(described);
      await runAll(behavioral, prepared.model);
    } finally {
      await prepared.close();
    }
  }
  ports.onProgress({ path: request.path, done: 1, what: 'done' });
  return { ...described, notes: [...described.notes, ...pictureNotes], results };
}

/** A detector whose turn came after the time was over: the tiers before its own were reached, and the report says so. */
function notReached(detector: string, tier: string, request: InspectionRequest): Result {
  const error = new GateError({
    code: 'inspection/timed-out',
    message: `${timeUsedUp(request.deadlineSeconds)} before ${detector} began (tier "${tier}").`,
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
