import { metricAtScore, scoreOf } from '../detectors/score.ts';
import type { Calibration, Detection, DetectContext, Detector, Observation, SampleScores, SuspiciousInputs } from '../detectors/detector.ts';
import { GateError, toGateError } from '../errors.ts';
import type { Diagram } from '../model/diagram.ts';
import type { FacetName } from '../model/facets.ts';
import type { Model } from '../model/model.ts';
import type { TriggerPicture } from '../model/trigger-picture.ts';
import type { ResolvedDetector } from '../policy/policy.ts';
import type { Result } from '../report.ts';

export interface DetectorRun {
  readonly result: Result;
  readonly suspiciousInputs: readonly SuspiciousInputs[];
  /** What triggers look like, each with the place of its observation in the result; of flagged results only. */
  readonly pictures: readonly { readonly observation: number; readonly picture: TriggerPicture }[];
  /** The same of results that were not flagged too, for detectors that join what others saw. */
  readonly seenTriggers: readonly { readonly targetClass: number | undefined; readonly picture: TriggerPicture }[];
  /** Of a dataset's samples, whether the result is flagged or not. */
  readonly sampleScores?: SampleScores;
}

type Extras = Omit<DetectorRun, 'result'>;

const NO_EXTRAS: Extras = { suspiciousInputs: [], pictures: [], seenTriggers: [] };

/** Share of the time given to a detector after which `outOfTime` says so: the rest is for answering. */
const COOPERATIVE_SHARE = 0.9;

/**
 * Runs one detector on one model and makes one of the five outcomes of what it hands back. Everything a detector
 * would otherwise have to repeat is here once: missing facets, thresholds, scores, NaN, crashes.
 */
export async function runDetector(
  detector: Detector,
  resolved: ResolvedDetector,
  model: Model,
  context: Omit<DetectContext, 'outOfTime'>,
  now: () => number,
  isInspectionLate: () => boolean = () => false,
): Promise<DetectorRun> {
  const started = now();
  const finish = (rest: Omit<Result, 'detector' | 'seconds'>, extras: Extras = NO_EXTRAS): DetectorRun => ({
    result: { detector: detector.meta.id, ...rest, seconds: (now() - started) / 1000 },
    ...extras,
  });
  const empty = { examined: 0, observations: [], measurements: [] };

  const missing = detector.meta.needs.filter((name) => model.facets[name] === undefined);
  const broken = missing.filter((name) => model.problems[name] !== undefined);
  if (broken.length > 0) return finish({ ...empty, outcome: 'inconclusive', reason: reasons(broken, model.problems) });
  if (missing.length > 0) return finish({ ...empty, outcome: 'not-applicable', reason: reasons(lackingMost(missing), model.absences) });
  const other = otherSamples(detector, model);
  if (other !== undefined) return finish({ ...empty, outcome: 'not-applicable', reason: other });

  try {
    const detection = await detector.detect(model as Parameters<Detector['detect']>[0], resolved.options, {
      ...context,
      outOfTime: () => isInspectionLate() || now() - started > COOPERATIVE_SHARE * 1000 * resolved.timeoutSeconds,
    });
    return finish(...interpret(detector, resolved, detection));
  } catch (thrown) {
    if (context.signal.aborted) {
      return finish({ ...empty, outcome: 'inconclusive', reason: 'The run was cancelled before the detector was done.' });
    }
    const error = toGateError(thrown, 'detector/crashed');
    // The engine refusing or failing on a graph says nothing about the detector: nobody could tell.
    const outcome = error.code.startsWith('engine/') ? 'inconclusive' : 'error';
    return finish({ ...empty, outcome, reason: error.message, error: error.toData() });
  }
}

function interpret(
  detector: Detector,
  resolved: ResolvedDetector,
  detection: Detection,
): [Omit<Result, 'detector' | 'seconds'>, Extras] {
  const measurements = (detection.measurements ?? []).map((one) => ({ ...one }));
  for (const one of measurements) if (!Number.isFinite(one.value)) throw notANumber(detector, `measurement ${one.name}`);
  const common = { examined: detection.examined, measurements };

  if (detection.outcome !== 'measured') {
    return [{ ...common, outcome: detection.outcome, observations: [], reason: detection.reason }, NO_EXTRAS];
  }
  if (detection.examined === 0) {
    return [{ ...common, outcome: 'inconclusive', observations: [], reason: 'Nothing was examined.' }, NO_EXTRAS];
  }
  // NaN compared with a threshold is false, which would read as clear.
  if (!Number.isFinite(detection.metric)) throw notANumber(detector, 'metric');

  const { name, unit, flaggedWhen, threshold: defaultThreshold } = detector.meta.metric;
  const threshold =
    resolved.threshold === undefined ? defaultThreshold
    : 'metric' in resolved.threshold ? resolved.threshold.metric
    : metricAtScore(resolved.threshold.score, calibrationOf(detector), flaggedWhen);
  const flagged = flaggedWhen === 'above' ? detection.metric > threshold : detection.metric < threshold;
  const result = {
    ...common,
    outcome: flagged ? ('flagged' as const) : ('clear' as const),
    ...(detector.calibration === undefined ? {} : { score: scoreOf(detection.metric, detector.calibration, flaggedWhen) }),
    metric: { name, unit, value: detection.metric, threshold, flaggedWhen },
    observations: flagged ? detection.observations.map((one) => describe(detector, one)) : [],
  };
  const pictures = flagged ? detection.observations.flatMap(({ picture }, observation) => (picture === undefined ? [] : [{ observation, picture }])) : [];
  const seenTriggers = detection.observations.flatMap(({ picture, location }) => (picture === undefined ? [] : [{ targetClass: location.targetClass, picture }]));
  const { suspiciousInputs = [], sampleScores } = detection;
  return [result, { suspiciousInputs, pictures, seenTriggers, ...(sampleScores === undefined ? {} : { sampleScores }) }];
}

function calibrationOf({ meta, calibration }: Detector): Calibration {
  if (calibration !== undefined) return calibration;
  throw new GateError({
    code: 'policy/invalid',
    message: `${meta.id} observes facts and has no score, so its threshold cannot be one on the score.`,
    where: { field: `detectors.${meta.id}.threshold` },
    nextStep: `Say threshold: {metric: ${meta.metric.threshold}} instead.`,
  });
}

function describe(detector: Detector, observation: Observation): Result['observations'][number] {
  const message = detector.meta.messages[observation.message];
  if (message === undefined) {
    throw new GateError({
      code: 'detector/invalid-result',
      message: `Detector ${detector.meta.id} speaks of "${observation.message}", which its meta does not list.`,
    });
  }
  return {
    rule: `${detector.meta.id}/${observation.message}`,
    severity: message.severity,
    text: message.text.replace(/\{(\w+)\}/g, (place, key: string) => formatValue(observation.data[key]) ?? place),
    data: { ...observation.data },
    location: { ...observation.location },
    ...(observation.diagram === undefined ? {} : { diagram: copied(observation.diagram) }),
  };
}

function copied({ title, nodes, edges }: Diagram): NonNullable<Result['observations'][number]['diagram']> {
  return { title, nodes: nodes.map((one) => ({ ...one })), edges: edges.map((one) => ({ ...one })) };
}

function formatValue(value: string | number | undefined): string | undefined {
  if (typeof value !== 'number') return value;
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
}

const SAMPLES = { image: 'images', text: 'texts', row: 'rows', series: 'series' } as const;

/** Why a dataset is none for a detector that looks at samples of other kinds. */
function otherSamples({ meta: { sampleKinds } }: Detector, { facets: { dataset } }: Model): string | undefined {
  if (sampleKinds === undefined || dataset === undefined || sampleKinds.includes(dataset.kind)) return undefined;
  return `The dataset holds ${SAMPLES[dataset.kind]}, and this looks at ${sampleKinds.map((kind) => SAMPLES[kind]).join(' and ')}.`;
}

/** What a user can bring. Where the format itself lacks something, bringing these would not help, so nobody is asked to. */
const BROUGHT: ReadonlySet<FacetName> = new Set(['samples', 'reference', 'baseline', 'dataset', 'trustedDataset', 'trainingLog']);

function lackingMost(missing: readonly FacetName[]): readonly FacetName[] {
  const ofFormat = missing.filter((name) => !BROUGHT.has(name));
  return ofFormat.length > 0 ? ofFormat : missing;
}

function reasons(names: readonly FacetName[], known: Partial<Record<FacetName, string>>): string {
  const sentences = names.map((name) => known[name] ?? `The format provides no ${name}.`);
  return [...new Set(sentences)].join(' ');
}

function notANumber(detector: Detector, what: string): GateError {
  return new GateError({
    code: 'detector/invalid-result',
    message: `Detector ${detector.meta.id} returned a ${what} that is not a finite number.`,
    nextStep: 'Please report this with the model’s digest: it is a fault of the detector.',
  });
}
