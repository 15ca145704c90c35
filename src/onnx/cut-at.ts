import type { OnnxGraph } from './onnx-model.ts';
import { namesReadBy } from './walk.ts';

export interface GraphCut {
  /**
   * Values that what lies behind the cut reads besides the value itself, and that depend on the graph's inputs: around a
   * shortcut of a residual network, or a size taken from the input. Graph inputs may be among them.
   */
  readonly besides: readonly string[];
  /** False when `output` does not depend on the value. */
  readonly isConnected: boolean;
}

/** What has to be known to compute `output` of a graph from its inner value `value`. */
export function cutAt(graph: OnnxGraph, value: string, output: string): GraphCut {
  const constants = new Set(graph.initializers.map(({ name }) => name));
  const dependent = new Set(graph.inputs.map(({ name }) => name).filter((name) => !constants.has(name)));
  const behind = new Set([value]);
  const reads = new Map(graph.nodes.map((node) => [node, [...namesReadBy(node)]] as const));
  for (const [node, names] of reads) {
    if (names.some((name) => dependent.has(name))) for (const made of node.outputs) dependent.add(made);
    if (!node.outputs.includes(value) && names.some((name) => behind.has(name))) for (const made of node.outputs) behind.add(made);
  }
  const needed = new Set([output]);
  const besides = new Set<string>();
  for (const [node, names] of [...reads].reverse()) {
    if (node.outputs.includes(value) || !node.outputs.some((made) => needed.has(made) && behind.has(made))) continue;
    for (const name of names) {
      if (behind.has(name)) needed.add(name);
      else if (dependent.has(name)) besides.add(name);
    }
  }
  return { besides: [...besides], isConnected: needed.has(value) };
}
