import { openInputGradient } from '../autodiff/open-input-gradient.ts';
import { probeSource } from '../inversion/probe-source.ts';
import { randomSource } from '../statistics/random.ts';
import { baseSpecification } from '../datasets/base-specification.ts';
import { fitInput } from '../datasets/fit-input.ts';
import type { InputDescription } from '../datasets/fit-input/input-description.ts';
import type { LoadedSamples, SamplesTarget } from '../datasets/loaded-samples.ts';
import { loadSamples } from '../datasets/load-samples.ts';
import { openClassifierSession } from '../engines/open-classifier.ts';
import { externalBytes } from '../engines/open-classifier/external-bytes.ts';
import { engineName } from '../engines/create-engine.ts';
import type { Engine } from '../engines/engine.ts';
import { GateError, toGateError } from '../errors.ts';
import type { BaselineBehavior } from '../model/baseline.ts';
import type { FacetName, GraphFacet } from '../model/facets.ts';
import type { Model } from '../model/model.ts';
import { describeClassifier, type ClassifierDescription } from '../onnx/describe-classifier.ts';
import type { InspectionRequest } from './inspection.ts';

export interface PreparedModel {
  readonly model: Model;
  /** Engine id and version; absent when none was started. */
  readonly engine?: string;
  /** What was inferred and how. */
  readonly notes: readonly string[];
  close(): Promise<void>;
}

const NO_SAMPLES = 'No samples were given: pass --samples with a folder of clean inputs, or set "samples" in the policy’s models block.';

/** Samples from elsewhere than a path; the facet they become is for the caller to take away where they are not known to be clean. */
export type GivenSamples = (target: SamplesTarget) => Promise<LoadedSamples>;

/**
 * Adds the facets that behaviour tests need: the graph loaded into an engine as a classifier, and the samples fitted to
 * its input. What should be there and is not becomes a problem of the model, never a throw: the other facets still serve.
 */
export async function prepareBehavior(
  request: InspectionRequest,
  model: Model,
  createEngine: () => Promise<Engine>,
  needs: ReadonlySet<FacetName>,
  given?: GivenSamples,
): Promise<PreparedModel> {
  const { graph, archive } = model.facets;
  if (archive !== undefined) return without(model, 'absences', 'An archive is no model; the models in it are tested by themselves.');
  // Samples were given so that the model is tested: a graph that makes that impossible is not one it does not apply to.
  const lack = request.settings.samples === undefined ? 'absences' : 'problems';
  if (graph === undefined) return without(model, lack, `The format ${model.format} provides no graph that could be run.`);
  const description = await describeClassifier(graph.model, request.settings.input);
  if ('absence' in description) return without(model, lack, description.absence);

  // Probes are the samples where there are any; where there are none, the gradient may have to make them.
  const wantsGradient = needs.has('gradient') || (needs.has('probes') && request.settings.samples === undefined);
  const problem = await open(request, model, description, createEngine, wantsGradient, given).catch((thrown: unknown) => toGateError(thrown));
  if (!(problem instanceof Error)) return withBaseline(problem, request, createEngine);
  return without(model, 'problems', problem.nextStep === undefined ? problem.message : `${problem.message} ${problem.nextStep}`);
}

/** The earlier version is loaded only if a detector asks, with what the policy says of the input and the same samples. */
function withBaseline(prepared: PreparedModel, request: InspectionRequest, createEngine: () => Promise<Engine>): PreparedModel {
  const { baseline } = prepared.model.facets;
  if (baseline === undefined) return prepared;
  let opened: Promise<PreparedModel> | undefined;
  const behavior = async (): Promise<BaselineBehavior | { readonly reason: string }> => {
    opened ??= prepareBehavior(request, baseline.model, createEngine, new Set<FacetName>(['classifier', 'gradient']));
    const { facets, problems, absences } = (await opened).model;
    if (facets.classifier === undefined) return { reason: problems.classifier ?? absences.classifier ?? 'It is no classifier.' };
    return { classifier: facets.classifier, ...(facets.gradient === undefined ? {} : { gradient: facets.gradient }) };
  };
  return {
    ...prepared,
    model: { ...prepared.model, facets: { ...prepared.model.facets, baseline: { ...baseline, behavior } } },
    async close() {
      await prepared.close();
      await (await opened)?.close();
    },
  };
}

/** Copies of the weights there are at least while a graph runs: the bytes that were checked, and what the engine makes of them. */
const WEIGHT_COPIES = 2;

/** The gradient is a graph of its own, and the engine lays its weights out anew: 2 GiB of weights did not fit in 8 GiB (measured). */
const WEIGHT_COPIES_WITH_GRADIENT = 4;

/** Said before the weights are loaded: a process that is stopped while it loads them costs minutes and says less. */
function stopIfTooLarge({ bytes, externalFiles }: GraphFacet, memoryBytes: number, wantsGradient: boolean): void {
  const size = externalFiles.reduce((sum, file) => sum + file.bytes.size, bytes.size);
  const copies = wantsGradient ? WEIGHT_COPIES_WITH_GRADIENT : WEIGHT_COPIES;
  if (copies * size <= memoryBytes) return;
  const mebibytes = (count: number): number => Math.ceil(count / 2 ** 20);
  throw new GateError({
    code: 'inspection/memory-exceeded',
    message: `The graph and its weights are ${mebibytes(size)} MiB, and to run them takes ${copies} copies at least; an inspection may hold ${mebibytes(memoryBytes)} MiB. What only reads the file was done.`,
    nextStep: 'Gate a version of the model with fewer or narrower weights (float16, a smaller variant of the same training), or disable for it the detectors that run it.',
  });
}

async function open(
  request: InspectionRequest,
  model: Model,
  description: ClassifierDescription,
  createEngine: () => Promise<Engine>,
  wantsGradient: boolean,
  given: GivenSamples | undefined,
): Promise<PreparedModel> {
  const { graph } = model.facets;
  if (graph === undefined) throw new Error('called without a graph');
  stopIfTooLarge(graph, request.memoryBytes, wantsGradient);
  const engine = await createEngine();
  const external = await externalBytes(graph.model);
  const labels = request.settings.labels;
  const session = await openClassifierSession({ graph, description, engine, external, ...(labels === undefined ? {} : { classNames: labels }) });
  try {
    const samples = await load(request, description, given);
    const fit = await fitInput({
      description: describeInput(description),
      settings: request.settings,
      settingsOrigin: request.settingsOrigin,
      samples: samples instanceof Error ? undefined : samples,
      classifier: (specification) => session.classifier(specification),
    });
    const problem = samples instanceof Error ? samples.message : fit.problem;
    const isGiven = request.settings.samples !== undefined || given !== undefined;
    const gradient = wantsGradient
      ? await openInputGradient({ graph, description, engine, external, input: fit.classifier.input }).catch((thrown: unknown) => toGateError(thrown))
      : undefined;
    const { classifier, samples: fitted } = fit;
    const usable = gradient instanceof Error ? undefined : gradient;
    const probes = (isGiven && problem !== undefined) || (usable === undefined && fitted === undefined && classifier.input.kind !== 'image')
      ? undefined
      : probeSource(classifier, usable, fitted, () => randomSource(request.seed, 'probes'));
    const lack = gradient instanceof Error ? `The model has no gradient: ${gradient.message}` : undefined;
    return {
      model: {
        ...model,
        facets: {
          ...model.facets,
          classifier: fit.classifier,
          ...(fit.samples === undefined ? {} : { samples: fit.samples }),
          ...(usable === undefined ? {} : { gradient: usable }),
          ...(probes === undefined ? {} : { probes }),
        },
        problems: {
          ...model.problems,
          ...(isGiven && problem !== undefined ? { samples: problem } : {}),
          ...(lack === undefined ? {} : { gradient: lack, ...(probes === undefined ? { probes: lack } : {}) }),
          // What does not fit the samples may not be read as it should be, and made-up inputs would hide that.
          ...(isGiven && problem !== undefined ? { probes: problem } : {}),
        },
        absences: { ...model.absences, ...(isGiven ? {} : { samples: NO_SAMPLES }) },
      },
      engine: engineName(engine),
      notes: [...description.notes, ...fit.notes],
      async close() {
        await session.close();
        await usable?.close();
      },
    };
  } catch (thrown) {
    await session.close();
    throw thrown;
  }
}

/** The samples in the size the model takes; an error, as a value, when they could not be read. */
async function load(request: InspectionRequest, description: ClassifierDescription, given: GivenSamples | undefined): Promise<LoadedSamples | Error | undefined> {
  if (request.settings.samples === undefined && given === undefined) return undefined;
  const { channels, height, width } = baseSpecification(describeInput(description), request.settings, request.settingsOrigin);
  const classNames = request.settings.labels;
  const target = { channels, height, width, classCount: description.output.classCount, ...(classNames === undefined ? {} : { classNames }) };
  try {
    return request.settings.samples === undefined ? await given?.(target) : await loadSamples({ path: request.settings.samples, target });
  } catch (thrown) {
    const error = toGateError(thrown, 'samples/unreadable');
    return new Error(error.nextStep === undefined ? error.message : `${error.message} ${error.nextStep}`);
  }
}

function describeInput({ input, output, embeddedNormalization }: ClassifierDescription): InputDescription {
  return {
    kind: input.kind,
    layout: input.layout,
    channels: input.channels,
    height: input.height,
    width: input.width,
    integer: /^u?int/.test(input.elementType),
    normalizes: embeddedNormalization !== undefined,
    classCount: output.classCount,
  };
}

function without(model: Model, why: 'absences' | 'problems', text: string): PreparedModel {
  const reasons = { ...model[why], classifier: text, samples: text, gradient: text, probes: text };
  return { model: { ...model, [why]: reasons }, notes: [], close: async () => undefined };
}
