/**
 * Paper: Gilkarov, Dubin, Steganalysis of AI Models LSB Attacks, 2023, arXiv:2310.01969: payloads in the low bits of weights
 * are told from training's by what low bits look like; and Wang, Liu, Cui, EvilModel, 2021, arXiv:2107.08590, for the
 * payloads. The channel and tensor statistics are those every inspection of weights begins with, each against its own
 * siblings: norms, kurtosis, spectral norm and stable rank, histogram.
 * Needs: the tensors of any format. One pass, flat memory, nothing is run.
 * Defeated by: encrypting the payload (random bits look like a trained float32's low bits), spreading it by a code
 * (MaleficNet), and by keeping norms ordinary: a backdoor learned in training does so by itself.
 */
import { Type } from '@sinclair/typebox';
import type { TensorInfo } from '../model/facets.ts';
import { streamTensor, tensorBuffers, type TensorBuffers } from '../model/stream-tensor.ts';
import { median } from '../statistics/median.ts';
import { spectralNorm } from '../statistics/spectral-norm.ts';
import { defineDetector, type Calibration, type Detection, type DetectContext, type Measurement, type Observation } from './detector.ts';
import calibration from './weight-statistics.calibration.json' with { type: 'json' };
import { confirmedPairs } from './weight-statistics/confirmed-pairs.ts';
import type { Finding, WeightMessage } from './weight-statistics/finding.ts';
import { float32Of } from './weight-statistics/float32-of.ts';
import { duplicateFinding, duplicatePairs, isRepetitive, tensorFindings, zeroChannels } from './weight-statistics/tensor-findings.ts';
import { kurtosisOf, tensorStatistics, type TensorStatistics } from './weight-statistics/tensor-statistics.ts';
import { weightStreams } from './weight-statistics/weight-streams.ts';

type Message = WeightMessage | 'ordinary';

/** Types whose values are statistics' business; integers are codes, indexes and quantised weights, and only their bits are looked at. */
const FLOATING: ReadonlySet<string> = new Set(['float', 'float16', 'bfloat16', 'double', 'float8e4m3fn', 'float8e4m3fnuz', 'float8e5m2', 'float8e5m2fnuz']);

/** Most telling first: what is true whatever the model, then what is merely rare. */
const RANK: Readonly<Record<WeightMessage, number>> = {
  'hidden-file': 0, 'hidden-text': 1, 'ordered-low-bits': 2, 'not-finite': 3, 'precision-break': 4, 'extreme-channel': 5, 'duplicated-channel': 6, 'detached-values': 7, 'constant-block': 8,
};

const ORDINARY = 'Where the weights are so for a reason (a table, a padding, a design), waive the finding for this file or raise the option; otherwise ask who changed them.';

export const weightStatistics = defineDetector({
  meta: {
    id: 'weight-statistics',
    title: 'Strange weights',
    description:
      'Reads every weight once and reports what training does not make: files and texts hidden in the low bits, values that are not finite, a channel ' +
      'far larger than its siblings or equal to one of them, values that stand apart, constant blocks. Any format with tensors and any size, in flat memory.',
    family: 'weights',
    needs: ['tensors'],
    messages: {
      'hidden-file': {
        severity: 'critical',
        title: 'A file is hidden in the bits of the weights',
        text: 'From the beginning of {tensor} on, the lowest {bits} bits of each weight ({order}) hold {what}, {after} bytes in.',
        nextStep: 'Do not load the model. Extract the bits, find out what they are, and ask where the file came from.',
      },
      'hidden-text': {
        severity: 'high',
        title: 'A text is hidden in the bits of the weights',
        text: 'From weight {index} of {tensor} on, the lowest {bits} bits of each weight ({order}) hold {length} characters of text: “{text}”.',
        nextStep: 'Read the text: a watermark is harmless, a script or an encoded program is not. Ask whoever made the model.',
      },
      'ordered-low-bits': {
        severity: 'high',
        title: 'The low bits of weights have an order that training does not make',
        text: 'The lowest {bits} bits ({order}) of {weights} weights from {index} on in {tensor} compress {gain} times better in their order than shuffled.',
        nextStep: 'Compare the tensor with the trusted earlier version: when only low bits differ, something was written into them.',
      },
      'precision-break': {
        severity: 'medium',
        title: 'Weights are rounded in one part of a tensor and not in another',
        text: 'Weights of {tensor} are rounded to 16 bits or so, but {weights} of {count} are not, and the change lies inside a row, at weight {index}.',
        nextStep: 'Find out what wrote this part of the tensor: rounding a model rounds all of a tensor, and training changes whole rows.',
      },
      'not-finite': {
        severity: 'high',
        title: 'Weights are not finite numbers',
        text: '{tensor} holds {nanCount} values that are not numbers and {infiniteCount} infinite ones, the first at {index}.',
        nextStep: 'Export the model again from a checkpoint before training diverged; what the model answers is undefined.',
      },
      'extreme-channel': {
        severity: 'medium',
        title: 'A channel is far larger than its siblings',
        text: 'The {axis} {channel} of {tensor} has the norm {norm}; of the other {channels}, the largest ordinary one has {ordinary} ({ratio} times less).',
        nextStep: 'Run the detectors that search for a trigger, or set the channel to zero and measure: a planted neuron is not missed on clean inputs.',
      },
      'duplicated-channel': {
        severity: 'low',
        title: 'Two channels of a layer are equal',
        text: 'The {axis}s {first} and {second} of {channels} in {tensor} are equal bit by bit ({pairs} such pairs).',
        nextStep: ORDINARY,
      },
      'detached-values': {
        severity: 'low',
        title: 'A few weights are far larger than all others',
        text: '{beyond} of {count} weights of {tensor} lie {octaves} octaves beyond the others: up to about {largest}, where the root mean square is {rootMeanSquare}.',
        nextStep: ORDINARY,
      },
      'constant-block': {
        severity: 'low',
        title: 'A block of weights is constant',
        text: '{length} weights in a row of {tensor}, from {index} on, are {value}, and hardly any others are equal.',
        nextStep: ORDINARY,
      },
      ordinary: {
        severity: 'info',
        title: 'No statistic of the weights is beyond its limit',
        text: 'None of {tensors} tensors stands out.',
        nextStep: 'Nothing is to be done.',
      },
    },
    metric: { name: 'largest excess', unit: 'times its limit', flaggedWhen: 'above', threshold: 1 },
    cost: { tier: 'weights', description: 'reads every weight once, at half the speed of hashing or better; memory does not grow with the file' },
    references: [
      { title: 'Steganalysis of AI Models LSB Attacks', authors: 'Gilkarov, Dubin', year: 2023, url: 'https://arxiv.org/abs/2310.01969', role: 'source' },
      { title: 'EvilModel: Hiding Malware Inside of Neural Network Models', authors: 'Wang, Liu, Cui', year: 2021, url: 'https://arxiv.org/abs/2107.08590', role: 'background' },
      { title: 'Do You Trust Your Model? Emerging Malware Threats in the Deep Learning Ecosystem (MaleficNet 2.0)', authors: 'Gilkarov, Hitaj, Pagnotta, De Gaspari, Mancini, Dubin', year: 2024, url: 'https://arxiv.org/abs/2403.03593', role: 'defeats' },
    ],
    limitations: [
      'Encrypted payloads, and compressed ones without their header, look like the low bits of trained float32 weights and are not seen, unless the weights around them were rounded.',
      'Backdoors learned in training leave ordinary statistics: a clear result says nothing about behaviour.',
      'A file is recognised where it begins with a tensor (up to 16 bytes later); texts are found anywhere. Payloads cut into other than 1 to 16, 24 or 32 bits a weight are not.',
      'Integers are only looked at as bits, those of more than 8 bits only for the beginning of a file.',
    ],
    lifecycle: 'stable',
    since: '0.1.0',
  },
  options: Type.Object(
    {
      channelRatio: Type.Number({ default: 32, exclusiveMinimum: 1, description: 'How many times the norm of the largest ordinary channel of a layer a channel may have.' }),
      gapOctaves: Type.Number({ default: 6, exclusiveMinimum: 0, description: 'Empty octaves that may lie between the bulk of a tensor’s magnitudes and its largest.' }),
      constantRun: Type.Integer({ default: 256, minimum: 2, description: 'Equal values, not zero, that may follow each other inside a row of varied ones.' }),
      textLength: Type.Integer({ default: 64, minimum: 32, description: 'Characters of text from which a text in low bits is one.' }),
      orderGain: Type.Number({ default: 1.05, exclusiveMinimum: 1, description: 'How many times smaller low bits may compress in order than shuffled.' }),
      reportedFindings: Type.Integer({ default: 10, minimum: 1, maximum: 100, description: 'How many findings are named.' }),
    },
    { additionalProperties: false },
  ),
  calibration: calibration as Calibration,

  async detect(model, options, context): Promise<Detection<Message>> {
    const { list } = model.facets.tensors;
    const total = list.reduce((bytes, { range }) => bytes + range.length, 0);
    const streams = weightStreams({ textLength: options.textLength, orderGain: options.orderGain }, (label) => context.random(label));
    const findings: Finding[] = [];
    const layers: Layer[] = [];
    const buffers = tensorBuffers();
    const repetitive = new Set<string>();
    let [examined, done, zeros] = [0, 0, 0];
    const progress = progressOf(context, total);
    for (const info of list) {
      if (info.range.length === 0) continue;
      const read = await readTensor(info, streams, buffers, context, (bytes) => progress(done + bytes, info.name));
      done += info.range.length;
      if (read === 'out of time') return { outcome: 'inconclusive', examined, reason: `The time ran out after ${examined} of ${list.length} tensors.` };
      examined += 1;
      if (read === undefined) continue;
      findings.push(...strongest(tensorFindings(read, options)));
      zeros += zeroChannels(read);
      if (isRepetitive(read)) repetitive.add(info.name);
      layers.push(layerOf(read));
      const pairs = await confirmedPairs(info, duplicatePairs(read));
      if (pairs[0] !== undefined) findings.push(duplicateFinding(read, pairs[0], pairs.length));
    }
    findings.push(...streams.finish(repetitive));
    if (examined === 0) return { outcome: 'inconclusive', examined, reason: 'The model holds no weights.' };
    return { outcome: 'measured', examined, ...summaryOf(findings, examined, options.reportedFindings), measurements: [{ name: 'channels of zeros', value: zeros }, ...layerMeasurements(layers)] };
  },
});

/** One pass over a tensor. Undefined for types that have no statistics. */
async function readTensor(info: TensorInfo, streams: ReturnType<typeof weightStreams>, buffers: TensorBuffers, context: DetectContext, onBytes: (bytes: number) => void): Promise<TensorStatistics | 'out of time' | undefined> {
  const count = info.shape.reduce((product, dim) => product * dim, 1);
  const statistics = FLOATING.has(info.dataType) ? tensorStatistics(info.name, info.shape, count) : undefined;
  streams.begin(info, count);
  let bytes = 0;
  for await (const piece of streamTensor(info, { buffers })) {
    context.signal.throwIfAborted();
    streams.push(piece.bytes);
    statistics?.add(float32Of(piece, info.dataType));
    bytes += piece.bytes.byteLength;
    onBytes(bytes);
    if (context.outOfTime()) return 'out of time';
  }
  return statistics?.finish();
}

/** Progress by whole percents: a large file has ten thousand pieces. */
function progressOf(context: DetectContext, total: number): (done: number, what: string) => void {
  let last = -1;
  return (done, what) => {
    const percent = Math.floor((100 * done) / total);
    if (percent === last) return;
    last = percent;
    context.progress(Math.min(1, done / total), what);
  };
}

/** Of each message the strongest: a million tensors must not leave a million findings (CWE-770). */
function strongest(findings: readonly Finding[]): readonly Finding[] {
  const best = new Map<string, Finding>();
  for (const one of findings) if (one.exceedance > (best.get(one.message)?.exceedance ?? -1)) best.set(one.message, one);
  return [...best.values()];
}

function summaryOf(findings: readonly Finding[], tensors: number, reported: number): { readonly metric: number; readonly observations: readonly [Observation<Message>, ...Observation<Message>[]] } {
  const sorted = [...findings].sort((a, b) => RANK[a.message] - RANK[b.message] || b.exceedance - a.exceedance);
  const metric = sorted.reduce((most, { exceedance }) => Math.max(most, exceedance), 0);
  // Beyond the limit all are named; where none is, the one that came nearest.
  const [first, ...rest] = sorted.filter(({ exceedance }) => exceedance >= Math.min(1, metric)).slice(0, reported);
  if (first === undefined) return { metric: 0, observations: [{ message: 'ordinary', data: { tensors }, location: {} }] };
  return { metric, observations: [observation(first), ...rest.map(observation)] };
}

function observation({ message, data, location }: Finding): Observation<Message> {
  return { message, data, location };
}

interface Layer {
  readonly name: string;
  /** Numbers of dimensions and of weights a channel, rounded to octaves: layers of one kind. */
  readonly kind: string;
  readonly kurtosis: number | undefined;
  /** Of the tensor as a matrix, thinned out where it is large. */
  readonly spectralNorm: number | undefined;
  readonly stableRank: number | undefined;
}

function layerOf(tensor: TensorStatistics): Layer {
  const { sample, shape, count, name } = tensor;
  const norm = sample === undefined ? undefined : spectralNorm(sample.values, sample.rows, sample.columns);
  const squares = sample?.values.reduce((sum, value) => sum + value * value, 0) ?? 0;
  return {
    name,
    kind: `${shape.length}/${Math.round(Math.log2(Math.max(1, count / (shape[0] ?? 1))))}`,
    kurtosis: shape.length >= 2 ? kurtosisOf(tensor.histogram) : undefined,
    spectralNorm: norm,
    stableRank: norm === undefined || norm === 0 ? undefined : squares / (norm * norm),
  };
}

/** Layers of a kind from which their median is one. */
const MINIMUM_SIBLINGS = 3;

/** What is worth a number in the report, never an alarm: healthy layers differ in these by as much as planted ones. */
function layerMeasurements(layers: readonly Layer[]): readonly Measurement[] {
  const measurements: Measurement[] = [];
  const most = (name: string, of: (layer: Layer) => number | undefined, side: 1 | -1): void => {
    let best: { readonly layer: Layer; readonly value: number } | undefined;
    for (const layer of layers) {
      const value = of(layer);
      if (value !== undefined && Number.isFinite(value) && (best === undefined || side * value > side * best.value)) best = { layer, value };
    }
    if (best !== undefined) measurements.push({ name, value: best.value, location: { tensor: best.layer.name } });
  };
  const medians = new Map<string, number | undefined>();
  for (const { kind } of layers) {
    if (medians.has(kind)) continue;
    const norms = layers.flatMap((layer) => (layer.kind === kind && layer.spectralNorm !== undefined ? [layer.spectralNorm] : []));
    medians.set(kind, norms.length < MINIMUM_SIBLINGS ? undefined : median(norms));
  }
  most('largest kurtosis', ({ kurtosis }) => kurtosis, 1);
  most('largest spectral norm over that of its siblings', (layer) => (layer.spectralNorm === undefined ? undefined : layer.spectralNorm / (medians.get(layer.kind) ?? NaN)), 1);
  most('smallest stable rank', ({ stableRank }) => stableRank, -1);
  return measurements;
}
