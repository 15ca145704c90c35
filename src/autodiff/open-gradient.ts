import { GateError } from '../errors.ts';
import type { Engine, EngineSession, EngineTensor, ExternalBytes } from '../engines/engine.ts';
import { encodeOnnxModel } from '../onnx/encode.ts';
import type { OnnxModel } from '../onnx/onnx-model.ts';
import { float32Values } from '../engines/float32-values.ts';
import { compose, type ComposedPart } from './compose.ts';
import { buildGradientGraph, gradientName } from './gradient-graph.ts';
import { lossModel, type LossName, type LossOptions } from './losses.ts';
import { simplify } from './simplify.ts';

export interface OpenGradientRequest {
  readonly engine: Engine;
  /** The network, any opset from 7 on; its input `input` is fed, or made by `prefix` under that name. */
  readonly model: OnnxModel;
  /** The value of the network that holds the logits, [batch, classes]: an output or an inner value of the main graph. */
  readonly logits: string;
  /** Rows of one run; fixed for the session. */
  readonly batch: number;
  /** Whole shapes for inputs that leave more than the batch open. */
  readonly inputShapes?: Readonly<Record<string, readonly number[]>>;
  /**
   * A graph before the network (mask and pattern, warp ...): an output of it named as the network's input replaces that
   * input, its own inputs are feeds. Its other outputs may be taken by the loss, and come back in `values`.
   */
  readonly prefix?: OnnxModel;
  /**
   * One of the ready losses, or a graph that publishes the scalar `loss`; it finds `logits` and all outputs and inputs of
   * prefix and network by name, and what it does not find is a feed.
   */
  readonly loss: LossName | (Pick<LossOptions, 'weighted' | 'confidence'> & { readonly name: LossName }) | OnnxModel;
  /** Feeds (inputs of the prefix or the network) or outputs of the prefix. */
  readonly withRespectTo: readonly string[];
  /** Further outputs of prefix and loss to copy out at every run; each costs its copy. */
  readonly values?: readonly string[];
  readonly external?: readonly ExternalBytes[];
}

export interface GradientRun {
  readonly loss: number;
  /** Of the loss, by name, in the shape of the value. */
  readonly gradients: Readonly<Record<string, Float32Array>>;
  /** Row-major [batch, classes]. */
  readonly logits: Float32Array;
  readonly values: Readonly<Record<string, EngineTensor>>;
}

export interface GradientSession {
  readonly classCount: number;
  /** What every run must be fed: name → shape. */
  readonly feeds: ReadonlyMap<string, readonly number[]>;
  /** Forward and backward in one run of the engine. Rejects with `engine/failed`. */
  run(feeds: Readonly<Record<string, EngineTensor>>): Promise<GradientRun>;
  close(): Promise<void>;
}

/**
 * Opens a network with its gradient. Rejects with `format/unsupported`, naming the operator, when one on the way has no
 * rule; with `engine/*` when the graph does not run at this batch size.
 */
export async function openGradient(request: OpenGradientRequest): Promise<GradientSession> {
  const { engine, batch, withRespectTo, values = [], external = [] } = request;
  const asked = { ...request.model, graph: { ...request.model.graph, outputs: [{ name: request.logits, type: { kind: 'unknown' as const } }] } };
  const network = await simplify({
    engine, model: asked, batch, external,
    ...(request.inputShapes === undefined ? {} : { inputShapes: request.inputShapes }),
  });
  const shape = network.shapes.get(request.logits);
  const classCount = shape?.[1];
  if (shape?.length !== 2 || classCount === undefined || shape[0] !== batch) {
    throw new GateError({ code: 'format/unsupported', message: `The logits ${request.logits} have the shape [${(shape ?? []).join(', ')}], not [${batch}, classes].` });
  }
  const parts: ComposedPart[] = [
    ...(request.prefix === undefined ? [] : [{ name: 'prefix', model: request.prefix }]),
    { name: 'network', model: network.model, outputs: { [request.logits]: 'logits' } },
    { name: 'loss', model: lossOf(request.loss, batch, classCount) },
  ];
  const composed = compose(parts);
  const outputs = ['loss', 'logits', ...values.filter((name) => name !== 'loss' && name !== 'logits')];
  const known = new Set(composed.graph.outputs.map(({ name }) => name));
  const missing = outputs.find((name) => !known.has(name));
  if (missing !== undefined) throw new GateError({ code: 'internal/unexpected', message: `No part of the graph publishes ${missing}.` });
  const kept = [...new Set([...outputs, ...withRespectTo.filter((name) => known.has(name))])];
  const whole = await simplify({
    engine, batch, external,
    model: { ...composed, graph: { ...composed.graph, outputs: kept.map((name) => ({ name, type: { kind: 'unknown' } })) } },
  });
  const gradient = await buildGradientGraph({ model: whole.model, of: 'loss', withRespectTo, shapes: whole.shapes, keep: outputs });
  const session = await engine.open(await encodeOnnxModel(gradient), external);
  return {
    classCount,
    feeds: new Map(gradient.graph.inputs.map(({ name }) => [name, whole.shapes.get(name) ?? []])),
    run: (feeds) => runGradient(session, feeds, withRespectTo, values),
    close: () => session.close(),
  };
}

function lossOf(loss: OpenGradientRequest['loss'], batch: number, classCount: number): OnnxModel {
  if (typeof loss === 'string') return lossModel(loss, { batch, classCount });
  return 'graph' in loss ? loss : lossModel(loss.name, { ...loss, batch, classCount });
}

async function runGradient(
  session: EngineSession,
  feeds: Readonly<Record<string, EngineTensor>>,
  withRespectTo: readonly string[],
  values: readonly string[],
): Promise<GradientRun> {
  const answer = await session.run(feeds);
  const tensor = (name: string): EngineTensor => {
    const found = answer[name];
    if (found === undefined) throw new GateError({ code: 'engine/failed', message: `The graph did not compute ${name}.` });
    return found;
  };
  return {
    loss: float32Values(tensor('loss'))[0] ?? Number.NaN,
    gradients: Object.fromEntries(withRespectTo.map((name) => [name, float32Values(tensor(gradientName(name)))])),
    logits: float32Values(tensor('logits')),
    values: Object.fromEntries(values.map((name) => [name, tensor(name)])),
  };
}
