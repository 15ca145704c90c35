import { chooseOutput } from './describe-classifier/choose-output.ts';
import { describeInput, type InputHints } from './describe-classifier/describe-input.ts';
import { describeNormalization, type EmbeddedNormalization } from './describe-classifier/normalization.ts';
import { findHeadBefore } from './classifier-head.ts';
import { indexGraph, type GraphIndex } from './graph-index.ts';
import { inlineFunctions } from './inline-functions.ts';
import type { OnnxDataType, OnnxDimension, OnnxModel } from './onnx-model.ts';
import { classicalClassifier, followOutput, type OutputKind } from './output-chain.ts';

export interface ClassifierDescription {
  readonly input: {
    readonly name: string;
    readonly kind: 'image' | 'vector';
    readonly layout: 'nchw' | 'nhwc' | 'flat';
    /** A vector has one channel, one row and as many columns as numbers. */
    readonly channels: number;
    readonly height: number;
    readonly width: number;
    /** The batch size the graph was exported with; undefined when any fits. */
    readonly batch: number | undefined;
    readonly elementType: OnnxDataType;
  };
  readonly output: {
    readonly name: string;
    readonly kind: OutputKind;
    readonly classCount: number;
    /** False when the output is the scores of one input without a batch dimension. */
    readonly batchFirst: boolean;
    /** False for an inner value: pass the name to `withOutputs` before loading the graph. */
    readonly isGraphOutput: boolean;
  };
  /** What the graph does to its input before the first layer. Absent when it does nothing. */
  readonly embeddedNormalization?: EmbeddedNormalization;
  /** What was inferred and how, in sentences for the report. */
  readonly notes: readonly string[];
}

/** Why a graph is not a classifier of images or vectors, as a sentence that says what would help. */
export interface ClassifierAbsence {
  readonly absence: string;
}

/**
 * What has to be known of a graph to run it as a classifier: which input takes the pixels and in which form, which
 * output holds the class scores, what they are, and what normalisation is built in. `hints` is what the user says of
 * the input where the graph leaves it open.
 */
export async function describeClassifier(model: OnnxModel, hints: InputHints = {}): Promise<ClassifierDescription | ClassifierAbsence> {
  const index = indexGraph(inlineFunctions(model).graph);
  const output = await chooseOutput(index);
  if ('absence' in output) return output;
  const input = await describeInput(index, hints);
  if ('absence' in input) return input;

  const chain = await followOutput(index, output.name);
  const classical = classicalClassifier(index, output.name);
  const declared = declaredClasses(output.shape) ?? (classical?.classCount === 0 ? undefined : classical?.classCount) ?? output.labelCount;
  const classCount = declared ?? (await inferredClasses(index, output.name));
  if (classCount === undefined) {
    return { absence: `The number of classes of the output "${output.name}" is neither declared nor told by its last layer.` };
  }
  if (classCount < 2) return { absence: `The output "${output.name}" is a single number for an input, not a row of class scores.` };

  const batchFirst = output.shape === undefined || output.shape.length > 1;
  if (!batchFirst && input.batch !== undefined && input.batch !== 1) {
    return { absence: `The output "${output.name}" (${classCount} numbers) has no batch dimension, but the input takes ${input.batch} at once.` };
  }
  const kind = classical?.kind ?? chain.kind;
  const notes = [...output.notes, ...input.notes];
  if (declared === undefined) notes.push(`The class count ${classCount} was taken from the weights of the last layer.`);
  if (chain.activation?.opType === 'Sigmoid') notes.push('The class scores come from a sigmoid, one a class; they are taken as probabilities.');
  const normalization = describeNormalization(input.chain, input.elementType);
  if (normalization !== undefined) notes.push(normalization.note);
  return {
    input: {
      name: input.name,
      kind: input.kind,
      layout: input.layout,
      channels: input.channels,
      height: input.height,
      width: input.width,
      batch: input.batch,
      elementType: input.elementType,
    },
    output: { name: output.name, kind, classCount, batchFirst, isGraphOutput: output.isGraphOutput },
    ...(normalization === undefined ? {} : { embeddedNormalization: normalization.normalization }),
    notes,
  };
}

function declaredClasses(shape: readonly OnnxDimension[] | undefined): number | undefined {
  const dim = shape?.length === 1 ? shape[0] : shape?.[1];
  return typeof dim === 'number' ? dim : undefined;
}

/** From the last layer's weights, or from a declared shape on the way to it. */
async function inferredClasses(index: GraphIndex, output: string): Promise<number | undefined> {
  const head = await findHeadBefore(index, output);
  if (head !== undefined) return head.classCount;
  const { layerValue, logitsValue } = await followOutput(index, output);
  for (const value of [logitsValue, layerValue]) {
    const type = index.types.get(value);
    if (type?.kind !== 'tensor' || type.shape === undefined) continue;
    const count = declaredClasses(type.shape);
    if (count !== undefined && type.shape.length > 1) return count;
  }
  return undefined;
}
