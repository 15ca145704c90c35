import type { Digest } from '../artifacts/artifact.ts';
import { GateError } from '../errors.ts';
import type { Model } from '../model/model.ts';
import type { Decomposition, ReferenceClassifier, ReferenceLabel, ReferenceLayer } from '../model/reference-set.ts';
import { TOOL } from '../version.ts';
import { crossValidate, type CrossValidation } from './cross-validate.ts';
import { modelFeatures } from './model-features.ts';
import { modelProjections } from './model-projections.ts';
import { quantizedRow, rowValues } from './quantized-row.ts';
import { MAX_MODELS, type ReferenceFile } from './reference-file.ts';
import { matchLayers, weightLayers } from './weight-layers.ts';

export const DECOMPOSITIONS: readonly Decomposition[] = ['iva-gaussian', 'iva-laplace', 'mcca-maxvar', 'mcca-genvar', 'parafac2'];
export const REFERENCE_CLASSIFIERS: readonly ReferenceClassifier[] = ['random-forest', 'support-vector-machine', 'gradient-boosting'];

export interface BuildReferenceRequest {
  /** In the order in which they stand in the file. */
  readonly models: readonly { readonly path: string; readonly label: ReferenceLabel }[];
  /** Opens one of them, whose weights may be read until it is closed; throws GateErrors. */
  readonly open: (path: string) => Promise<{ readonly model: Model; close(): Promise<void> }>;
  readonly settings: ReferenceFile['settings'];
  /** Combinations to cross-validate; the one in `settings` is always among them. */
  readonly compare: { readonly decompositions: readonly Decomposition[]; readonly classifiers: readonly ReferenceClassifier[] };
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, what: string) => void;
}

export interface ValidationRow {
  readonly decomposition: Decomposition;
  readonly classifier: ReferenceClassifier;
  readonly validation: CrossValidation;
}

export interface BuiltReference {
  readonly file: ReferenceFile;
  /** Empty when there are too few models of either label. */
  readonly rows: readonly ValidationRow[];
}

/** Share of the work that reading is; the rest is taking apart. For progress only. */
const READING_SHARE = 0.3;

interface Projected {
  readonly path: string;
  readonly label: ReferenceLabel;
  readonly digest: Digest;
  readonly rows: ReferenceFile['models'][number]['rows'];
  readonly projections: Float64Array;
}

/**
 * Makes a reference of known models: projects their weights and measures how well each way of telling them apart does on models
 * it was not trained on. Throws `reference/invalid` where the models do not belong together (other architectures, the same file twice, values
 * that are not finite) and what reading them throws.
 */
export async function buildReference(request: BuildReferenceRequest): Promise<BuiltReference> {
  const { settings } = request;
  if (request.models.length < 2 || request.models.length > MAX_MODELS) {
    throw new GateError({ code: 'reference/invalid', message: `A reference has 2 to ${MAX_MODELS} models, not ${request.models.length}.`, nextStep: 'Label more models, or fewer.' });
  }
  const { layers, projected } = await projectAll(request);
  const rows = validate(request, projected);
  const file: ReferenceFile = {
    $schema: 'https://modelgate.dev/schema/reference.schema.json',
    kind: 'modelgate-reference',
    version: 1,
    builtBy: `${TOOL.name} ${TOOL.version}`,
    settings,
    layers: layers.map(({ name, shape }) => ({ name, shape: [...shape] })),
    models: projected.map(({ path, digest, label, rows: stored }) => ({ path, digest, label, rows: stored })),
    validation: rows.map(({ decomposition, classifier, validation }) => ({
      decomposition,
      classifier,
      models: validation.models,
      accuracy: { value: rounded(validation.accuracy), low: rounded(validation.accuracyInterval.low), high: rounded(validation.accuracyInterval.high) },
      rocAuc: { value: rounded(validation.auc.auc), low: rounded(validation.auc.interval.low), high: rounded(validation.auc.interval.high) },
    })),
  };
  return { file, rows };
}

async function projectAll(request: BuildReferenceRequest): Promise<{ readonly layers: readonly ReferenceLayer[]; readonly projected: readonly Projected[] }> {
  const { projectionLength } = request.settings;
  let layers: readonly ReferenceLayer[] | undefined;
  const projected: Projected[] = [];
  const seen = new Map<Digest, string>();
  for (const [at, { path, label }] of request.models.entries()) {
    request.signal.throwIfAborted();
    request.onProgress((READING_SHARE * at) / request.models.length, path);
    const { model, close } = await request.open(path);
    try {
      const { artifact, facets } = model;
      const twin = seen.get(artifact.digest);
      if (twin !== undefined) throw unsuitable(path, `it is the same file as ${twin}`);
      seen.set(artifact.digest, path);
      if (facets.tensors === undefined) throw unsuitable(path, 'its format has no weights that can be read');
      const found = weightLayers(facets.tensors);
      layers ??= found;
      if (layers.length < 2) throw unsuitable(path, `it has ${layers.length} weight tensors, and 2 are the least that can be compared`);
      const own = matchLayers(found, layers);
      if ('mismatch' in own) throw unsuitable(path, `${own.mismatch}; all models of a reference have one architecture`);
      const projections = await modelProjections(facets.tensors, own, request.settings, () => request.signal.throwIfAborted());
      if ('notFinite' in projections) throw unsuitable(path, `its weights ${projections.notFinite} hold values that are not finite numbers`);
      const rows = layers.map((_, place) => quantizedRow(projections.subarray(place * projectionLength, (place + 1) * projectionLength)));
      // What is measured below is what a scan reads from the file.
      const stored = new Float64Array(projections.length);
      for (const [place, row] of rows.entries()) stored.set(rowValues(row, projectionLength) ?? [], place * projectionLength);
      projected.push({ path, label, digest: artifact.digest, rows, projections: stored });
    } finally {
      await close();
    }
  }
  return { layers: layers ?? [], projected };
}

function validate({ settings, compare, signal, onProgress }: BuildReferenceRequest, projected: readonly Projected[]): readonly ValidationRow[] {
  const labels = projected.map(({ label }) => (label === 'backdoored' ? 1 : 0));
  if (new Set(labels).size < 2) return [];
  const decompositions = DECOMPOSITIONS.filter((one) => one === settings.decomposition || compare.decompositions.includes(one));
  const classifiers = REFERENCE_CLASSIFIERS.filter((one) => one === settings.classifier || compare.classifiers.includes(one));
  const { projectionLength, varianceKept, seed } = settings;
  return decompositions.flatMap((decomposition, at) => {
    onProgress(READING_SHARE + ((1 - READING_SHARE) * at) / decompositions.length, decomposition);
    const onStep = (): void => signal.throwIfAborted();
    const features = apart(() => modelFeatures(projected.map(({ projections }) => projections), { decomposition, projectionLength, varianceKept, seed }, onStep));
    return classifiers.flatMap((classifier) => {
      const validation = crossValidate(classifier, features, labels, seed, { onStep });
      return validation === undefined ? [] : [{ decomposition, classifier, validation }];
    });
  });
}

/** Weights without variance cannot be taken apart; the person who labeled them has to hear of it. */
function apart<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    throw new GateError({
      code: 'reference/invalid',
      message: `The models cannot be taken apart: ${thrown.message}`,
      nextStep: 'Look for models with constant weights, or choose a longer projection with --projection-length.',
      cause: thrown,
    });
  }
}

function unsuitable(path: string, why: string): GateError {
  return new GateError({ code: 'reference/invalid', message: `${path} cannot be part of the reference: ${why}.`, where: { artifact: path }, nextStep: 'Take it out of the labels.' });
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
