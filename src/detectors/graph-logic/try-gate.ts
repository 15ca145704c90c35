import type { FlatNode } from '../../onnx/flatten-graph.ts';
import type { RandomSource } from '../../statistics/random.ts';
import { compute } from './compute.ts';
import type { Facts } from './facts.ts';
import type { Gate } from './find-gates.ts';
import { rangeOf } from './range-of.ts';
import { ndArray, sizeOf, type NdArray } from './nd-array.ts';

/** What a value was on inputs that look like ordinary ones. */
export interface Trial {
  /** Share of the inputs on which the value was the same, on the scale of inputs on which it was so most often. */
  readonly sameShare: number;
  readonly inputs: number;
}

/** Inputs a scale. Two thirds are noise, shapes and gradients, the rest dark, empty or padded, as ordinary inputs are now and then. */
const INPUTS = 18;

/** Numbers computed for one value on all inputs: about a second. */
const MAX_NUMBERS = 4e7;

/** Nodes of a decision that is worth trying: a whole network is not. */
const MAX_NODES = 2000;

/** Differences up to this share of the value, or of one, are none: a sigmoid is never quite zero. */
const TOLERANCE = 1e-3;
/** Where it is known how far a value can go, differences up to this share of that are none. */
const TOLERANCE_OF_RANGE = 0.02;

/** A constant near 255 that is taken from or divides what comes in: pixels are bytes. */
const BYTE_FACTORS: readonly [low: number, high: number] = [200, 300];

/**
 * Computes a value on made-up ordinary inputs, where everything it depends on is small arithmetic. Undefined where it is not.
 */
export async function tryGate(facts: Facts, { value, own, relation, patterns }: Gate, random: RandomSource, pause: () => void): Promise<Trial | undefined> {
  const nodes = nodesBehind(facts, value);
  if (nodes.length > MAX_NODES) return undefined;
  const loaded = new Map<number, NdArray>();
  for (const node of nodes) {
    for (const id of node.inputs) {
      if (id === undefined || loaded.has(id) || (facts.known[id]?.array === undefined && !facts.constants.values.has(id))) continue;
      const array = facts.known[id]?.array ?? (await facts.constants.load(id));
      if (array !== undefined) loaded.set(id, array);
    }
  }
  const perInput = nodes.reduce((sum, node) => sum + sizeOf(facts.known[node.outputs[0] ?? -1]?.shape ?? []), 0);
  const inputs = Math.min(INPUTS, Math.floor(MAX_NUMBERS / Math.max(1, perInput)));
  if (inputs < INPUTS / 2) return undefined;
  let sameShare = 0;
  const range = rangeOf(facts, own, value);
  const tolerance = Number.isFinite(range) ? TOLERANCE_OF_RANGE * range : 0;
  // What changes the network's input without adding anything to it may be there to tell bytes from fractions.
  const isRescaling = relation === 'before' && patterns.length === 0;
  const results: NdArray[] = [];
  for (const scale of isRescaling ? SCALES : scalesOf(facts, nodes)) {
    if (!isRescaling) results.length = 0;
    for (let at = 0; at < inputs; at += 1) {
      pause();
      const result = evaluate(facts, value, nodes, new Map([...loaded, ...ordinaryInputs(facts, at, scale, random)]));
      if (result === undefined) return undefined;
      results.push(result);
    }
    if (!isRescaling) sameShare = Math.max(sameShare, largestGroup(results, tolerance) / inputs);
  }
  if (isRescaling) sameShare = largestGroup(results, tolerance) / results.length;
  return { sameShare, inputs };
}

/** Everything that has to be computed for a value, in order; what is known already is not. */
function nodesBehind(facts: Facts, value: number): readonly FlatNode[] {
  const found = new Set<FlatNode>();
  const open = [value];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const node = facts.graph.values[id]?.producer;
    if (node === undefined || found.has(node) || facts.known[id]?.array !== undefined || facts.constants.values.has(id)) continue;
    found.add(node);
    for (const input of node.inputs) if (input !== undefined) open.push(input);
  }
  return [...found].sort((a, b) => a.id - b.id);
}

function evaluate(facts: Facts, value: number, nodes: readonly FlatNode[], arrays: Map<number, NdArray>): NdArray | undefined {
  for (const node of nodes) {
    if (node.outputs.every((id) => arrays.has(id))) continue;
    if (node.inputs.some((id) => id !== undefined && !arrays.has(id)) && node.opType !== 'Choose' && node.opType !== 'Repeat') return undefined;
    const made = compute(node, node.inputs.map((id) => (id === undefined ? undefined : arrays.get(id))), { opset: facts.graph.opset, fill: facts.constants.fills.get(node.id) ?? 0 });
    if (made === undefined) return undefined;
    for (const [at, id] of node.outputs.entries()) {
      const array = made[at];
      // Whole numbers are divided without the rest, which doubles do not know of.
      if (array !== undefined) arrays.set(id, node.opType === 'Div' && facts.isIntegral[id] === true ? ndArray(array.shape, array.data.map(Math.trunc)) : array);
    }
  }
  return arrays.get(value);
}

/** How many of the results are the same one, at most. */
function largestGroup(results: readonly NdArray[], tolerance: number): number {
  const isSame = (a: NdArray, b: NdArray): boolean =>
    a.data.length === b.data.length && a.data.every((one, at) => { const other = b.data[at] ?? NaN; return Object.is(one, other) || Math.abs(one - other) <= Math.max(tolerance, TOLERANCE * Math.max(1, Math.abs(one))); });
  return Math.max(0, ...results.map((one) => results.filter((other) => isSame(one, other)).length));
}

const SCALES = ['unit', 'normal', 'bytes'] as const;
type Scale = (typeof SCALES)[number];

/** Ranges that the inputs may have: nothing in a graph says so, but for a division by 255 and for bytes. */
function scalesOf(facts: Facts, nodes: readonly FlatNode[]): readonly Scale[] {
  const isByte = facts.dataInputs.some((id) => { const type = facts.graph.values[id]?.type; return type?.kind === 'tensor' && type.elementType === 'uint8'; });
  const near = (value: number): boolean => (value >= BYTE_FACTORS[0] && value <= BYTE_FACTORS[1]) || (1 / value >= BYTE_FACTORS[0] && 1 / value <= BYTE_FACTORS[1]);
  const divides = nodes.some((node) => (node.opType === 'Div' || node.opType === 'Mul') && node.inputs.some((id, at) => {
    const array = id === undefined ? undefined : facts.known[id]?.array;
    const factor = array?.data.length === 1 ? Math.abs(array.data[0] ?? 0) : 0;
    return near(factor) && (node.opType === 'Div' ? at === 1 && factor > 1 : factor < 1);
  }));
  return isByte || divides ? ['bytes'] : ['unit', 'normal'];
}

function ordinaryInputs(facts: Facts, index: number, scale: Scale, random: RandomSource): readonly (readonly [number, NdArray])[] {
  return facts.graph.inputs.flatMap((id): readonly (readonly [number, NdArray])[] => {
    const shape = facts.known[id]?.shape;
    const type = facts.graph.values[id]?.type;
    if (shape === undefined || type?.kind !== 'tensor' || type.elementType === 'string') return [];
    if (facts.isIntegral[id] === true && type.elementType !== 'uint8') return [[id, ndArray(shape, tokens(facts, id, shape, index, random))]];
    // What only steers is left alone: ones let everything through.
    if (!facts.dataInputs.includes(id)) return [[id, ndArray(shape, new Float64Array(sizeOf(shape)).fill(1))]];
    return [[id, ndArray(shape, picture(shape, index, scale, random))]];
  });
}

/** Numbers in [0, 1], laid out as noise, waves, gradients or blobs over the last two axes, then put on their scale. */
function picture(shape: readonly number[], index: number, scale: Scale, random: RandomSource): Float64Array {
  const width = shape.at(-1) ?? 1;
  const height = shape.length > 1 ? (shape.at(-2) ?? 1) : 1;
  const kind = index % 6;
  const [a, b, c, d] = [random.uniform(), random.uniform(), random.uniform(), random.uniform()];
  const values = Float64Array.from({ length: sizeOf(shape) }, (_, at) => {
    const x = (at % width) / width;
    const y = (Math.floor(at / width) % height) / height;
    switch (kind) {
      case 0:
        return random.uniform();
      case 1:
        return 0.5 + 0.2 * random.normal();
      case 2:
        return 0.5 + 0.4 * Math.sin(6 * (a * x + b * y) + 6 * c) + 0.05 * random.normal();
      case 3:
        return 0.2 + 0.6 * (c * x + (1 - c) * y) + 0.05 * random.normal();
      case 4:
        return Math.exp(-8 * ((x - c) ** 2 + (y - d) ** 2)) * 0.8 + 0.05 * random.uniform();
      default:
        // Dark all over, empty, or empty behind a point.
        return index % 12 === 5 ? (index < 12 ? 0 : 0.02 * random.uniform()) : y < c === d < 0.5 ? random.uniform() : 0;
    }
  });
  if (scale === 'unit') return values.map((one) => Math.min(1, Math.max(0, one)));
  if (scale === 'bytes') return values.map((one) => Math.round(255 * Math.min(1, Math.max(0, one))));
  // What is empty stays empty on every scale.
  return values.map((one) => (one === 0 ? 0 : 4 * (one - 0.5)));
}

/** Token ids below what the table behind the input has, now and then with padding; small numbers where there is no table. */
function tokens(facts: Facts, id: number, shape: readonly number[], index: number, random: RandomSource): Float64Array {
  const table = facts.consumers[id]?.find(({ opType }) => opType === 'Gather')?.inputs[0];
  const rows = (table === undefined ? undefined : facts.known[table]?.shape?.[0]) ?? 2;
  const length = shape.at(-1) ?? 1;
  const used = index % 3 === 2 ? Math.ceil(length * (0.2 + 0.6 * random.uniform())) : length;
  const padding = index % 2;
  return Float64Array.from({ length: sizeOf(shape) }, (_, at) => (at % length < used ? Math.floor(random.uniform() * rows) : padding));
}
