import type { Engine, ExternalBytes } from '../engines/engine.ts';
import { encodePixels } from '../engines/open-classifier/encode-pixels.ts';
import { externalBytes } from '../engines/open-classifier/external-bytes.ts';
import { GateError } from '../errors.ts';
import type { InputSpecification } from '../model/classifier.ts';
import type { GraphFacet } from '../model/facets.ts';
import type { GradientAnswer, GradientLoss, GradientRequest, InputGradient } from '../model/input-gradient.ts';
import type { ClassifierDescription } from '../onnx/describe-classifier.ts';
import type { OnnxModel } from '../onnx/onnx-model.ts';
import { openGradient, type GradientSession } from './open-gradient.ts';
import { logitsValue } from './logits-value.ts';

/** Time an image is flat from 16 to 64 images a run for small networks; large images fit fewer (see MAX_BATCH_VALUES). */
const MAX_BATCH_IMAGES = 32;

/** Input numbers in one run: two images of 3x224x224. A backward pass keeps every inner value of the forward pass. */
const MAX_BATCH_VALUES = 2 ** 19;

export interface OpenInputGradientRequest {
  readonly graph: GraphFacet;
  readonly description: Pick<ClassifierDescription, 'input' | 'output'>;
  readonly engine: Engine;
  /** The graph's external files, for whoever loads it several times; read when they are not given. */
  readonly external?: readonly ExternalBytes[];
  readonly input: InputSpecification;
}

export interface OpenInputGradient extends InputGradient {
  close(): Promise<void>;
}

/**
 * The gradient of a graph with respect to pixels. The session of `cross-entropy` is opened at once, so a graph without a
 * gradient is refused here: rejects with `format/unsupported`, naming the operator, or `engine/*`.
 */
export async function openInputGradient(request: OpenInputGradientRequest): Promise<OpenInputGradient> {
  const { graph, description, engine, input } = request;
  const { channels, height, width } = input;
  const size = channels * height * width;
  const batch = description.output.batchFirst
    ? (description.input.batch ?? Math.max(1, Math.min(MAX_BATCH_IMAGES, Math.floor(MAX_BATCH_VALUES / size))))
    : 1;
  const external = request.external ?? (await externalBytes(graph.model));
  const logits = await logitsValue(withFloatInput(graph.model, description.input.name), description.output);
  const inputDims = encodePixels({ pixels: new Float32Array(size), first: 0, count: 1, paddedCount: batch, space: input, elementType: 'float' }).dims;
  const sessions = new Map<GradientLoss, GradientSession>();

  async function sessionOf(loss: GradientLoss): Promise<GradientSession> {
    const known = sessions.get(loss);
    if (known !== undefined) return known;
    const opened = await openGradient({
      engine, batch, external, model: logits.model, logits: logits.name,
      loss: { name: loss, weighted: true },
      withRespectTo: [description.input.name],
      inputShapes: { [description.input.name]: inputDims },
    });
    sessions.set(loss, opened);
    return opened;
  }

  async function run(asked: GradientRequest): Promise<GradientAnswer> {
    const { pixels, count, labels, weights } = asked;
    if (pixels.length !== count * size || labels.length !== count || weights.length !== count) {
      throw new GateError({ code: 'internal/unexpected', message: `${count} images need ${count * size} pixels and as many labels and weights as images.` });
    }
    const session = await sessionOf(asked.loss);
    const { classCount } = session;
    const answer = { logits: new Float32Array(count * classCount), gradient: new Float32Array(count * size) };
    for (let first = 0; first < count; first += batch) {
      const here = Math.min(batch, count - first);
      const rowLabels = new BigInt64Array(batch);
      const rowWeights = new Float32Array(batch);
      for (let row = 0; row < here; row += 1) {
        rowLabels[row] = BigInt(labels[first + row] as number);
        rowWeights[row] = weights[first + row] as number;
      }
      const got = await session.run({
        [description.input.name]: encodePixels({ pixels, first, count: here, paddedCount: batch, space: input, elementType: 'float' }),
        labels: { type: 'int64', data: rowLabels, dims: [batch] },
        weights: { type: 'float32', data: rowWeights, dims: [batch] },
      });
      answer.logits.set(got.logits.subarray(0, here * classCount), first * classCount);
      toPixelSpace(got.gradients[description.input.name] as Float32Array, here, input, answer.gradient, first * size);
    }
    if (!answer.logits.every(Number.isFinite) || !answer.gradient.every(Number.isFinite)) {
      throw new GateError({
        code: 'engine/failed',
        message: 'The model or its gradient does not answer with numbers.',
        nextStep: 'Check that the input range, mean and std in the policy are those the model was trained with.',
      });
    }
    return answer;
  }

  await sessionOf('cross-entropy');
  return {
    batch,
    run,
    async close() {
      for (const session of sessions.values()) await session.close();
      sessions.clear();
    },
  };
}

/** What takes whole numbers turns them into floats first; the same graph takes the floats themselves. */
function withFloatInput(model: OnnxModel, name: string): OnnxModel {
  const inputs = model.graph.inputs.map((one) =>
    one.name === name && one.type.kind === 'tensor' ? { ...one, type: { ...one.type, elementType: 'float' as const } } : one,
  );
  return { ...model, graph: { ...model.graph, inputs } };
}

/** The chain rule back through range, mean, std and layout (see encodePixels). */
function toPixelSpace(gradient: Float32Array, count: number, space: InputSpecification, target: Float32Array, offset: number): void {
  const { channels, height, width, layout, range: [low, high], std } = space;
  const area = height * width;
  const stride = layout === 'nhwc' ? channels : 1;
  for (let image = 0; image < count; image += 1) {
    for (let channel = 0; channel < channels; channel += 1) {
      const scale = (high - low) / ((std.length === 1 ? std[0] : std[channel]) as number);
      const from = image * channels * area + (layout === 'nhwc' ? channel : channel * area);
      const to = offset + (image * channels + channel) * area;
      for (let index = 0; index < area; index += 1) target[to + index] = (gradient[from + index * stride] as number) * scale;
    }
  }
}
