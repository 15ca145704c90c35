import { GateError } from '../errors.ts';
import type { Classifier, InputSpecification, NumericTensor } from '../model/classifier.ts';
import type { GraphFacet } from '../model/facets.ts';
import type { ClassifierDescription } from '../onnx/describe-classifier.ts';
import { innerValues } from '../onnx/inner-values.ts';
import { inlineFunctions } from '../onnx/inline-functions.ts';
import { withOutputs } from '../onnx/with-outputs.ts';
import { engineName } from './create-engine.ts';
import type { Engine, EngineSession, EngineTensor, ExternalBytes } from './engine.ts';
import { float32Values } from './float32-values.ts';
import { checkElementType, encodePixels } from './open-classifier/encode-pixels.ts';
import { externalBytes } from './open-classifier/external-bytes.ts';
import { openInnerLayer } from './open-classifier/open-inner-layer.ts';
import { toLogits } from './open-classifier/to-logits.ts';

/** Images in one run of a graph. Time an image is flat from 8 to 64 and grows beyond, when batches leave the caches. */
export const MAX_BATCH_IMAGES = 32;

/** Input numbers in one run: seven images of 3×224×224. Inner values of large images take gigabytes at 32 a batch. */
export const MAX_BATCH_VALUES = 2 ** 20;

/** Input numbers in one run of a graph whose batch is fixed, or of one image: 1 GiB of float32 (CWE-789). */
const MAX_INPUT_VALUES = 2 ** 28;

/** Sessions kept for sets of inner values. Each holds the weights again; detectors look at one or two sets. */
const MAX_ACTIVATION_SESSIONS = 2;

/** Floats `activations` may hand back at once: 1 GiB (CWE-789). A caller that wants more asks in parts. */
const MAX_ACTIVATION_VALUES = 2 ** 28;

/** What of a description is needed to run the graph. */
export type ClassifierInterface = Pick<ClassifierDescription, 'input' | 'output'>;

export interface OpenClassifierRequest {
  readonly graph: GraphFacet;
  readonly description: ClassifierInterface;
  readonly engine: Engine;
  /** The graph's external files, for whoever loads it several times; read when they are not given. */
  readonly external?: readonly ExternalBytes[];
  readonly classNames?: readonly string[];
}

/** One loaded graph. How pixels become its input may be tried in several ways without loading it again. */
export interface ClassifierSession {
  classifier(input: InputSpecification, classNames?: readonly string[]): Classifier;
  close(): Promise<void>;
}

/**
 * Loads the graph. Rejects with `engine/rejected` when the engine refuses it and `format/unsupported` when its input
 * cannot be made of pixels. The classifier's methods reject with `engine/failed`.
 */
export async function openClassifierSession(request: OpenClassifierRequest): Promise<ClassifierSession> {
  const { graph, description, engine } = request;
  checkElementType(description.input.elementType, description.input.name);
  const bytes = await graph.bytes.read(0, graph.bytes.size);
  const external = request.external ?? (await externalBytes(graph.model));
  const { name, isGraphOutput } = description.output;
  const session = await engine.open(isGraphOutput ? bytes : withOutputs(bytes, graph.model, [name]), external);
  const activationSessions = new Map<string, EngineSession>();

  async function sessionWith(values: readonly string[]): Promise<EngineSession> {
    const key = JSON.stringify([...values].sort());
    const known = activationSessions.get(key);
    if (known !== undefined) return known;
    for (const [oldest, old] of activationSessions) {
      if (activationSessions.size < MAX_ACTIVATION_SESSIONS) break;
      activationSessions.delete(oldest);
      await old.close();
    }
    const opened = await engine.open(withOutputs(bytes, graph.model, values), external);
    activationSessions.set(key, opened);
    return opened;
  }

  return {
    classifier: (input, classNames = request.classNames) => ({
      input,
      classCount: description.output.classCount,
      ...(classNames === undefined ? {} : { classNames }),
      outputKind: description.output.kind,
      engine: engineName(engine),
      logits: (pixels, count) => runLogits(session, description, input, pixels, count),
      activations: async (pixels, count, values) => {
        checkPixels(input, pixels, count);
        return runActivations(await sessionWith(values), description, input, pixels, count, values);
      },
      innerValues: () => innerValues(inlineFunctions(graph.model).graph, name),
      openInnerLayer: async (pixels, count, value) => {
        checkPixels(input, pixels, count);
        const { classCount, kind } = description.output;
        return openInnerLayer({
          engine, external, value, classCount, output: name, model: inlineFunctions(graph.model),
          batches: runsOf(description, input, pixels, count),
          toLogits: (output, paddedCount, rows) => toLogits(output, paddedCount, rows, classCount, kind),
        });
      },
    }),
    async close() {
      await session.close();
      for (const one of activationSessions.values()) await one.close();
      activationSessions.clear();
    },
  };
}

/** A classifier of one input specification, for callers that try no others. Close it through {@link openClassifierSession}. */
export async function openClassifier(request: OpenClassifierRequest & { readonly input: InputSpecification }): Promise<Classifier> {
  return (await openClassifierSession(request)).classifier(request.input);
}

async function runLogits(
  session: EngineSession,
  description: ClassifierInterface,
  input: InputSpecification,
  pixels: Float32Array,
  count: number,
): Promise<Float32Array> {
  checkPixels(input, pixels, count);
  const { name, classCount, kind } = description.output;
  const logits = new Float32Array(count * classCount);
  for (const batch of batchesOf(description, input, count)) {
    const answer = await session.run(feedsOf(description, input, pixels, batch), [name]);
    logits.set(toLogits(outputOf(answer, name), batch.paddedCount, batch.count, classCount, kind), batch.first * classCount);
  }
  return logits;
}

async function runActivations(
  session: EngineSession,
  description: ClassifierInterface,
  input: InputSpecification,
  pixels: Float32Array,
  count: number,
  values: readonly string[],
): Promise<ReadonlyMap<string, NumericTensor>> {
  const gathered = new Map<string, { readonly data: Float32Array; readonly rowShape: readonly number[]; readonly rowSize: number }>();
  let total = 0;
  for (const batch of batchesOf(description, input, count)) {
    const answer = await session.run(feedsOf(description, input, pixels, batch), [...values]);
    for (const name of values) {
      const tensor = outputOf(answer, name);
      if (tensor.dims[0] !== batch.paddedCount) throw notABatch(name, tensor, batch.paddedCount);
      const rowShape = tensor.dims.slice(1);
      const rowSize = rowShape.reduce((product, dim) => product * dim, 1);
      let target = gathered.get(name);
      if (target === undefined) {
        total += count * rowSize;
        if (total > MAX_ACTIVATION_VALUES) throw tooManyValues(total);
        target = { data: new Float32Array(count * rowSize), rowShape, rowSize };
        gathered.set(name, target);
      }
      if (rowSize !== target.rowSize) throw notABatch(name, tensor, batch.paddedCount);
      target.data.set(float32Values(tensor).subarray(0, batch.count * rowSize), batch.first * rowSize);
    }
  }
  return new Map([...gathered].map(([name, { data, rowShape }]) => [name, { data, shape: [count, ...rowShape] }]));
}

interface Batch {
  readonly first: number;
  readonly count: number;
  readonly paddedCount: number;
}

function* batchesOf(description: ClassifierInterface, input: InputSpecification, count: number): Generator<Batch> {
  const values = input.channels * input.height * input.width;
  // Scores without a batch dimension are those of one image.
  const fixed = description.output.batchFirst ? description.input.batch : 1;
  if (values * (fixed ?? 1) > MAX_INPUT_VALUES) {
    throw new GateError({
      code: 'format/limit-exceeded',
      message: `One run of the graph takes ${values * (fixed ?? 1)} numbers, more than the ${MAX_INPUT_VALUES} that are fed at once.`,
      nextStep: 'Export the model with a variable batch size or a smaller input.',
    });
  }
  const size = fixed ?? Math.max(1, Math.min(MAX_BATCH_IMAGES, Math.floor(MAX_BATCH_VALUES / values)));
  for (let first = 0; first < count; first += size) {
    const here = Math.min(size, count - first);
    yield { first, count: here, paddedCount: fixed ?? here };
  }
}

function* runsOf(
  description: ClassifierInterface,
  input: InputSpecification,
  pixels: Float32Array,
  count: number,
): Generator<Batch & { readonly feeds: Readonly<Record<string, EngineTensor>> }> {
  for (const batch of batchesOf(description, input, count)) yield { ...batch, feeds: feedsOf(description, input, pixels, batch) };
}

function feedsOf(
  description: ClassifierInterface,
  space: InputSpecification,
  pixels: Float32Array,
  batch: Batch,
): Readonly<Record<string, EngineTensor>> {
  const { name, elementType } = description.input;
  return { [name]: encodePixels({ pixels, ...batch, space, elementType }) };
}

function outputOf(answer: Readonly<Record<string, EngineTensor>>, name: string): EngineTensor {
  const tensor = answer[name];
  if (tensor === undefined) throw new GateError({ code: 'engine/failed', message: `The graph did not compute "${name}".` });
  return tensor;
}

/** A wrong count is a fault of the caller, not of the model: it would shift every later image. */
function checkPixels(input: InputSpecification, pixels: Float32Array, count: number): void {
  const expected = count * input.channels * input.height * input.width;
  if (Number.isInteger(count) && count >= 0 && pixels.length === expected) return;
  throw new GateError({
    code: 'internal/unexpected',
    message: `${count} images of ${input.channels}×${input.height}×${input.width} need ${expected} numbers, not ${pixels.length}.`,
  });
}

function notABatch(name: string, tensor: EngineTensor, count: number): GateError {
  return new GateError({
    code: 'engine/failed',
    message: `The value "${name}" has shape [${tensor.dims.join(', ')}] for ${count} images: its first dimension is not the batch.`,
  });
}

function tooManyValues(total: number): GateError {
  return new GateError({
    code: 'engine/failed',
    message: `The inner values asked for are ${total} numbers, more than the ${MAX_ACTIVATION_VALUES} that are kept at once.`,
    nextStep: 'Give fewer samples, or a smaller input size.',
  });
}
