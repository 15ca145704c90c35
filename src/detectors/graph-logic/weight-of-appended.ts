import type { FlatNode } from '../../onnx/flatten-graph.ts';
import { intAttribute } from '../../onnx/graph-index.ts';
import { MAX_ARRAY_VALUES } from './compute.ts';
import type { Facts } from './facts.ts';
import { aroundAxis, normalAxis } from './nd-array.ts';
import { isOnnx } from './node-reading.ts';

/** Leave every number in its column. */
const KEEPING: readonly string[] = ['Identity', 'Cast', 'Dropout'];

export interface AppendedWeight {
  /** The largest weight that the layers behind have for the part; 1 where that is not known, and at least 1. */
  readonly largest: number;
  /** How many times the largest weight that the same layer has for any other part; 1 where that is not known, and at least 1. */
  readonly ratio: number;
}

const UNKNOWN: AppendedWeight = { largest: 1, ratio: 1 };

/**
 * What the layers behind a Concat make of one of its parts: a layer that multiplies a decision by hundreds does not judge
 * it, it carries it out.
 */
export async function weightOfAppended(facts: Facts, node: FlatNode, value: number): Promise<AppendedWeight> {
  const shape = facts.known[value]?.shape;
  if (!isOnnx(node, 'Concat') || shape === undefined) return UNKNOWN;
  const axis = normalAxis(intAttribute(node, 'axis', 1), shape.length);
  const lengths = node.inputs.map((id) => (id === undefined ? 0 : (facts.known[id]?.shape?.[axis] ?? NaN)));
  const at = node.inputs.indexOf(value);
  const from = lengths.slice(0, at).reduce((sum, length) => sum + length, 0);
  const to = from + (lengths[at] ?? NaN);
  if (!Number.isFinite(to)) return UNKNOWN;
  let [largest, ratio] = [1, 1];
  for (const { layer, source } of layersBehind(facts, node)) {
    const column = columnAxis(layer, source);
    const weights = layer.inputs[1];
    const dims = weights === undefined ? undefined : facts.known[weights]?.shape;
    if (column === undefined || weights === undefined || dims === undefined || dims.reduce((product, dim) => product * dim, 1) > MAX_ARRAY_VALUES) continue;
    const featuresAxis = layer.opType === 'Conv' || layer.opType === 'Gemm' ? 1 : shape.length - 1;
    const array = axis === featuresAxis ? await facts.constants.load(weights) : undefined;
    if (array === undefined) continue;
    const [, length, inner] = aroundAxis(array.shape, column);
    let [own, others] = [0, 0];
    for (const [place, weight] of array.data.entries()) {
      const feature = Math.floor(place / inner) % length;
      if (!Number.isFinite(weight)) continue;
      if (feature >= from && feature < to) own = Math.max(own, Math.abs(weight));
      else others = Math.max(others, Math.abs(weight));
    }
    largest = Math.max(largest, own);
    if (others > 0) ratio = Math.max(ratio, own / others);
  }
  return { largest, ratio };
}

function layersBehind(facts: Facts, node: FlatNode): readonly { readonly layer: FlatNode; readonly source: number }[] {
  const open = [...node.outputs];
  const found: { readonly layer: FlatNode; readonly source: number }[] = [];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const next of facts.consumers[id] ?? []) {
      if (isOnnx(next, ...KEEPING)) open.push(...next.outputs);
      else found.push({ layer: next, source: id });
    }
  }
  return found;
}

/** The axis of a layer's weights along which its input's features are; undefined for what is no such layer. */
function columnAxis(layer: FlatNode, source: number): number | undefined {
  if (layer.inputs[0] !== source) return undefined;
  if (isOnnx(layer, 'Gemm')) return intAttribute(layer, 'transA', 0) !== 0 ? undefined : intAttribute(layer, 'transB', 0) === 0 ? 0 : 1;
  if (isOnnx(layer, 'MatMul')) return 0;
  return isOnnx(layer, 'Conv') && intAttribute(layer, 'group', 1) === 1 ? 1 : undefined;
}
