import type { FlatGraph, FlatNode } from '../../onnx/flatten-graph.ts';
import { ELEMENT_BITS, elementCountOf } from '../../onnx/data-type.ts';
import type { OnnxTensor } from '../../onnx/onnx-model.ts';
import { tensorValues } from '../../onnx/tensor-values.ts';
import { ndArray, type NdArray } from './nd-array.ts';

/** Constants up to here are read for shape arithmetic and for what a gate compares with; weights are larger. */
const MAX_SMALL_ELEMENTS = 4096;

/** Elements of a tensor that tell how much information is in all of them. */
const SAMPLED_ELEMENTS = 32_768;

export interface Constant {
  readonly shape: readonly number[];
  /** All numbers, when they are few. */
  readonly array?: NdArray;
  /**
   * Information in bits: elements times the entropy of how often which number occurs (Shannon 1948). A trained matrix holds
   * many bits an element; one made by hand (a selection, a mask, ones) next to none.
   */
  readonly bits: number;
  /** More than one element, and not all the same. */
  readonly isPattern: boolean;
}

export interface Constants {
  /** By id of the value. */
  readonly values: ReadonlyMap<number, Constant>;
  /** By id of a ConstantOfShape node. */
  readonly fills: ReadonlyMap<number, number>;
  /** The same tensor whatever its size, for trying a gate; undefined when it has no numbers. */
  load(value: number): Promise<NdArray | undefined>;
}

/** Every constant of a flat graph: initializers and Constant nodes. */
export async function readConstants(graph: FlatGraph, pause: () => void): Promise<Constants> {
  const tensors = new Map<number, OnnxTensor>();
  const values = new Map<number, Constant>();
  const fills = new Map<number, number>();
  for (const value of graph.values) if (value.tensor !== undefined) tensors.set(value.id, value.tensor);
  for (const node of graph.nodes) {
    const [output] = node.outputs;
    if (node.domain !== '' || output === undefined) continue;
    if (node.opType === 'ConstantOfShape') fills.set(node.id, await fillOf(node));
    if (node.opType !== 'Constant') continue;
    for (const attribute of node.attributes.values()) {
      if (attribute.type === 'tensor') tensors.set(output, attribute.value);
      if (attribute.type === 'float' || attribute.type === 'int') values.set(output, constantOf(ndArray([], [Number(attribute.value)])));
      if (attribute.type === 'floats' || attribute.type === 'ints') values.set(output, constantOf(ndArray([attribute.value.length], Float64Array.from(attribute.value, Number))));
    }
  }
  const known = new Map<OnnxTensor, Constant>();
  for (const [id, tensor] of tensors) {
    pause();
    const constant = known.get(tensor) ?? (await read(tensor));
    known.set(tensor, constant);
    values.set(id, constant);
  }
  return {
    values,
    fills,
    async load(value) {
      const small = values.get(value)?.array;
      const tensor = tensors.get(value);
      if (small !== undefined || tensor === undefined || !isNumeric(tensor)) return small;
      return ndArray(tensor.dims, Float64Array.from(await tensorValues(tensor)));
    },
  };
}

function isNumeric({ dataType }: OnnxTensor): boolean {
  return dataType !== 'string' && dataType !== 'undefined' && !dataType.startsWith('complex');
}

function constantOf(array: NdArray): Constant {
  return { shape: array.shape, array, bits: array.data.length * entropyOf(array.data), isPattern: isPattern(array.data) };
}

async function fillOf(node: FlatNode): Promise<number> {
  const attribute = node.attributes.get('value');
  return attribute?.type === 'tensor' && isNumeric(attribute.value) ? ((await tensorValues(attribute.value))[0] ?? 0) : 0;
}

async function read(tensor: OnnxTensor): Promise<Constant> {
  const count = elementCountOf(tensor.dims) ?? Infinity;
  // A text says little of what a network learned, and how many there are is all that is needed.
  if (!isNumeric(tensor)) return { shape: tensor.dims, bits: 8 * count, isPattern: count > 1 };
  if (count <= MAX_SMALL_ELEMENTS) return constantOf(ndArray(tensor.dims, Float64Array.from(await tensorValues(tensor))));
  const sample = await sampleOf(tensor, count);
  return { shape: tensor.dims, bits: count * entropyOf(sample), isPattern: isPattern(sample) };
}

/** Element patterns from the beginning, the middle and the end; of packed types the bytes they share. */
async function sampleOf(tensor: OnnxTensor, count: number): Promise<ArrayLike<number>> {
  const { raw, values, dataType } = tensor;
  if (raw === undefined) return Array.from((values as Float32Array | undefined)?.subarray(0, SAMPLED_ELEMENTS) ?? [], Number);
  const bits = ELEMENT_BITS[dataType as keyof typeof ELEMENT_BITS];
  const width = Math.max(1, bits / 8);
  const elements = Math.floor(raw.range.length / width);
  const part = Math.min(Math.floor(SAMPLED_ELEMENTS / 3), elements);
  const patterns: number[] = [];
  for (const start of [0, Math.floor((elements - part) / 2), elements - part]) {
    const bytes = await raw.source.read(raw.range.offset + start * width, part * width);
    for (let at = 0; at < part; at += 1) {
      let pattern = 0;
      // 48 bits are exact in a double, and the upper ones of a float64 tell two numbers apart.
      for (let byte = Math.max(0, width - 6); byte < width; byte += 1) pattern = pattern * 256 + (bytes[at * width + width - 1 - (byte - Math.max(0, width - 6))] ?? 0);
      patterns.push(pattern);
    }
  }
  return count === 0 ? [] : patterns;
}

/** Bits an element, from how often each number occurs. */
export function entropyOf(numbers: ArrayLike<number>): number {
  const counts = new Map<number, number>();
  for (let at = 0; at < numbers.length; at += 1) {
    const number = numbers[at] ?? 0;
    counts.set(number, (counts.get(number) ?? 0) + 1);
  }
  let bits = 0;
  for (const count of counts.values()) bits -= (count / numbers.length) * Math.log2(count / numbers.length);
  return bits;
}

function isPattern(numbers: ArrayLike<number>): boolean {
  for (let at = 1; at < numbers.length; at += 1) if (!Object.is(numbers[at], numbers[0])) return true;
  return false;
}
