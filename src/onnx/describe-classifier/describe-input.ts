import type { GraphIndex } from '../graph-index.ts';
import type { OnnxDataType, OnnxDimension } from '../onnx-model.ts';
import { describeType } from './choose-output.ts';
import { followInput, type InputChain } from './follow-input.ts';

/** What the user says of the input; the graph's own numbers win where they contradict each other. */
export interface InputHints {
  readonly layout?: 'nchw' | 'nhwc' | 'flat';
  /** Pixels. */
  readonly size?: readonly [height: number, width: number];
  readonly channels?: number;
}

export interface DescribedInput {
  readonly name: string;
  readonly kind: 'image' | 'vector';
  readonly layout: 'nchw' | 'nhwc' | 'flat';
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly batch: number | undefined;
  readonly elementType: OnnxDataType;
  readonly chain: InputChain;
  readonly notes: readonly string[];
}

type Answer = DescribedInput | { readonly absence: string };

const IMAGE_TYPES: ReadonlySet<OnnxDataType> = new Set([
  'float', 'float16', 'double', 'bfloat16', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'int64', 'uint32',
]);

/** Gray, gray with alpha, colour, colour with alpha. */
const LIKELY_CHANNELS: ReadonlySet<number> = new Set([1, 2, 3, 4]);

/** Finds the one input that takes the data and says in which form. */
export async function describeInput(index: GraphIndex, hints: InputHints): Promise<Answer> {
  const inputs = index.graph.inputs.filter((input) => !index.initializers.has(input.name));
  const [input, second] = inputs;
  if (input === undefined) return { absence: 'The graph has no input.' };
  if (second !== undefined) {
    const named = inputs.slice(0, 4).map(({ name, type }) => `"${name}" (${describeType(type)})`);
    return { absence: `The graph has ${inputs.length} inputs: ${named.join(', ')}; modelgate runs classifiers of one image or vector.` };
  }
  const { name, type } = input;
  if (type.kind !== 'tensor') return { absence: `The input "${name}" is not a tensor but ${type.kind}.` };
  if (!IMAGE_TYPES.has(type.elementType)) return { absence: `The input "${name}" takes ${type.elementType}, not numbers.` };
  const { shape } = type;
  if (shape === undefined) return { absence: `The input "${name}" declares no shape; export the model with one.` };
  const chain = await followInput(index, name, shape.length);
  const basis = { name, elementType: type.elementType, batch: numberOf(shape[0]), chain };
  if (basis.batch === 0) return { absence: `The input "${name}" takes no inputs at all: its batch is 0.` };
  if (shape.length === 4) return describeImage(basis, shape, hints);
  if (shape.length === 2) return describeVector(basis, shape, hints);
  return { absence: `The input "${name}" (${describeType(type)}) has neither the four dimensions of a batch of images nor the two of a batch of vectors.` };
}

type Basis = Pick<DescribedInput, 'name' | 'elementType' | 'batch' | 'chain'>;

function describeImage(basis: Basis, shape: readonly OnnxDimension[], hints: InputHints): Answer {
  const notes: string[] = [];
  const layout = basis.chain.layout ?? layoutOfShape(shape, hints, notes);
  const [channelDim, heightDim, widthDim] = layout === 'nchw' ? [shape[1], shape[2], shape[3]] : [shape[3], shape[1], shape[2]];
  const channels = numberOf(channelDim) ?? basis.chain.channels ?? hints.channels;
  const height = numberOf(heightDim) ?? hints.size?.[0];
  const width = numberOf(widthDim) ?? hints.size?.[1];
  if (channels === undefined) return { absence: `The input "${basis.name}" leaves the number of channels open; set input.channels in the policy’s models block.` };
  if (height === undefined || width === undefined) {
    return { absence: `The input "${basis.name}" leaves height and width open; set input.size: [height, width] in the policy’s models block.` };
  }
  if (channels < 1 || height < 1 || width < 1) return { absence: `The input "${basis.name}" takes images of ${channels}×${height}×${width}, which hold nothing.` };
  return { ...basis, kind: 'image', layout, channels, height, width, notes };
}

function layoutOfShape(shape: readonly OnnxDimension[], hints: InputHints, notes: string[]): 'nchw' | 'nhwc' {
  const [second, last] = [numberOf(shape[1]), numberOf(shape[3])];
  const isFirst = second !== undefined && LIKELY_CHANNELS.has(second);
  const isLast = last !== undefined && LIKELY_CHANNELS.has(last);
  if (isLast && !isFirst) return 'nhwc';
  if (isFirst && !isLast) return 'nchw';
  if (hints.layout === 'nchw' || hints.layout === 'nhwc') return hints.layout;
  notes.push('Nothing in the graph tells where the channels are; they are taken to come first (nchw).');
  return 'nchw';
}

function describeVector(basis: Basis, shape: readonly OnnxDimension[], hints: InputHints): Answer {
  const hinted = hints.size === undefined ? undefined : hints.size[0] * hints.size[1] * (hints.channels ?? 1);
  const features = numberOf(shape[1]) ?? basis.chain.features ?? hinted;
  if (features === undefined) return { absence: `The input "${basis.name}" leaves the length of its vectors open; export the model with a fixed one.` };
  if (features < 1) return { absence: `The input "${basis.name}" takes empty vectors.` };
  return { ...basis, kind: 'vector', layout: 'flat', channels: 1, height: 1, width: features, notes: [] };
}

function numberOf(dim: OnnxDimension): number | undefined {
  return typeof dim === 'number' ? dim : undefined;
}
