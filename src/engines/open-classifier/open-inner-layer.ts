import { GateError } from '../../errors.ts';
import type { ChannelStimulus, InnerLayer } from '../../model/inner-layer.ts';
import { cutAt } from '../../onnx/cut-at.ts';
import { encodeOnnxModel } from '../../onnx/encode.ts';
import { extractGraph } from '../../onnx/extract-graph.ts';
import type { OnnxDataType, OnnxModel, OnnxValueInfo } from '../../onnx/onnx-model.ts';
import { quoted } from '../../onnx/quoted.ts';
import type { Engine, EngineSession, EngineTensor, ExternalBytes } from '../engine.ts';

/** Numbers kept of all images together, of the value and of what is read besides it: 1 GiB of float32 (CWE-789). */
const MAX_KEPT_VALUES = 2 ** 28;

export interface OpenInnerLayerRequest {
  readonly engine: Engine;
  /** Without calls of functions in its main graph, so that values inside of them have names. */
  readonly model: OnnxModel;
  readonly external: readonly ExternalBytes[];
  readonly value: string;
  readonly output: string;
  readonly classCount: number;
  /** One run of the graph each: its inputs, how many images it holds, and how many rows it is padded to. */
  readonly batches: Iterable<{ readonly feeds: Readonly<Record<string, EngineTensor>>; readonly count: number; readonly paddedCount: number }>;
  readonly toLogits: (output: EngineTensor, paddedCount: number, count: number) => Float32Array;
}

interface Stop {
  readonly count: number;
  readonly paddedCount: number;
  readonly data: Float32Array;
  readonly dims: readonly number[];
  readonly besides: Readonly<Record<string, EngineTensor>>;
}

/** Runs the images up to the value and loads the rest of the graph, from there on, as a graph of its own. */
export async function openInnerLayer(request: OpenInnerLayerRequest): Promise<InnerLayer> {
  const { engine, model, external, value, output, classCount } = request;
  const cut = cutAt(model.graph, value, output);
  if (!cut.isConnected) throw unsuitable(value, 'the class scores do not depend on it');
  const stops = await runUpTo(request, cut.besides);
  const [first] = stops;
  if (first === undefined) throw unsuitable(value, 'there are no images');
  const rank = first.dims.length;
  if (rank < 2) throw unsuitable(value, 'it has no channels');
  // [batch, features] and [batch, channels, height, width]; in between, a transformer's [batch, tokens, features].
  const channelAxis = rank === 3 ? 2 : 1;
  const channelCount = first.dims[channelAxis] as number;
  const inner = first.dims.slice(channelAxis + 1).reduce((product, dim) => product * dim, 1);

  const inputs = [info(value, 'float', rank), ...Object.entries(first.besides).map(([name, tensor]) => info(name, dataTypeOf(tensor), tensor.dims.length))];
  const given = inputs.filter(({ name }) => !model.graph.inputs.some((one) => one.name === name));
  const rest = await engine.open(await encodeOnnxModel(extractGraph(model, { inputs: given, outputs: [output] })), external);
  const count = stops.reduce((sum, stop) => sum + stop.count, 0);

  return {
    value,
    activations: joined(stops, count),
    channelAxis,
    channelCount,
    async logits(stimulus) {
      const logits = new Float32Array(count * classCount);
      let row = 0;
      for (const stop of stops) {
        const data = stimulus === undefined ? stop.data : stimulated(stop.data, stimulus, channelCount, inner);
        const answer = await rest.run({ ...stop.besides, [value]: { type: 'float32', data, dims: stop.dims } }, [output]);
        logits.set(request.toLogits(answered(answer, output), stop.paddedCount, stop.count), row * classCount);
        row += stop.count;
      }
      return logits;
    },
    close: () => rest.close(),
  };
}

async function runUpTo({ engine, model, external, value, batches }: OpenInnerLayerRequest, besides: readonly string[]): Promise<Stop[]> {
  const graphInputs = new Set(model.graph.inputs.map(({ name }) => name));
  const computed = [value, ...besides.filter((name) => !graphInputs.has(name))];
  const session: EngineSession = await engine.open(await encodeOnnxModel(extractGraph(model, { inputs: [], outputs: computed })), external);
  try {
    const stops: Stop[] = [];
    let kept = 0;
    for (const { feeds, count, paddedCount } of batches) {
      const needed = session.inputs.map(({ name }) => [name, answered(feeds, name)] as const);
      const answer = await session.run(Object.fromEntries(needed), computed);
      const { data, dims } = answered(answer, value);
      if (!(data instanceof Float32Array)) throw unsuitable(value, 'it does not hold numbers of float32');
      if (dims[0] !== paddedCount) throw unsuitable(value, `its shape for ${paddedCount} images is [${dims.join(', ')}]`);
      const others = besides.map((name) => [name, graphInputs.has(name) ? answered(feeds, name) : answered(answer, name)] as const);
      kept += others.reduce((sum, [, tensor]) => sum + tensor.data.length, data.length);
      if (kept > MAX_KEPT_VALUES) throw unsuitable(value, `more than ${MAX_KEPT_VALUES} numbers would have to be kept`);
      stops.push({ count, paddedCount, data, dims, besides: Object.fromEntries(others) });
    }
    return stops;
  } finally {
    await session.close();
  }
}

function stimulated(data: Float32Array, { channel, level }: ChannelStimulus, channelCount: number, inner: number): Float32Array {
  const changed = data.slice();
  for (let at = channel * inner; at < changed.length; at += channelCount * inner) changed.fill(level, at, at + inner);
  return changed;
}

/** The images without the rows that only fill up a batch. */
function joined(stops: readonly Stop[], count: number): InnerLayer['activations'] {
  const rowShape = (stops[0] as Stop).dims.slice(1);
  const rowSize = rowShape.reduce((product, dim) => product * dim, 1);
  const data = new Float32Array(count * rowSize);
  let row = 0;
  for (const stop of stops) {
    data.set(stop.data.subarray(0, stop.count * rowSize), row * rowSize);
    row += stop.count;
  }
  return { data, shape: [count, ...rowShape] };
}

/** Dimensions stay open: the last batch may be smaller. */
function info(name: string, elementType: OnnxDataType, rank: number): OnnxValueInfo {
  return { name, type: { kind: 'tensor', elementType, shape: new Array<undefined>(rank).fill(undefined) } };
}

function dataTypeOf({ type }: EngineTensor): OnnxDataType {
  if (type === 'float32') return 'float';
  return type === 'float64' ? 'double' : type;
}

function answered(answer: Readonly<Record<string, EngineTensor>>, name: string): EngineTensor {
  const tensor = answer[name];
  if (tensor === undefined) throw new GateError({ code: 'engine/failed', message: `The graph did not compute ${quoted(name)}.` });
  return tensor;
}

function unsuitable(value: string, why: string): GateError {
  return new GateError({ code: 'engine/failed', message: `The value ${quoted(value)} cannot be stimulated: ${why}.` });
}
