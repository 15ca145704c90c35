import { GateError } from '../errors.ts';
import type { OnnxModel, OnnxNode, OnnxValueInfo } from './onnx-model.ts';
import { quoted } from './quoted.ts';
import { namesReadBy } from './walk.ts';

export interface ExtractRequest {
  /** Values that are given from now on instead of being computed; the graph's own inputs are taken where they are needed. */
  readonly inputs: readonly OnnxValueInfo[];
  /** Values to compute. */
  readonly outputs: readonly string[];
}

/**
 * The part of the main graph that computes some of its values from others: what lies in front of `inputs` and beside
 * `outputs` is left out. Opsets and functions stay. Throws `internal/unexpected` for an output that nothing produces.
 */
export function extractGraph(model: OnnxModel, { inputs, outputs }: ExtractRequest): OnnxModel {
  const { graph } = model;
  const given = new Set(inputs.map(({ name }) => name));
  const producers = new Map<string, OnnxNode>();
  for (const node of graph.nodes) for (const output of node.outputs) if (output !== '') producers.set(output, node);
  for (const name of outputs) {
    if (!producers.has(name)) throw new GateError({ code: 'internal/unexpected', message: `No node of the graph produces the value ${quoted(name)}.` });
  }

  const reached = new Set<string>();
  const kept = new Set<OnnxNode>();
  const open = [...outputs];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    const node = given.has(name) ? undefined : producers.get(name);
    if (node === undefined || kept.has(node)) continue;
    kept.add(node);
    open.push(...namesReadBy(node));
  }

  // A node of several outputs may compute what is given as well as what is wanted; the first goes under another name.
  const taken = new Set([...producers.keys(), ...reached, ...given]);
  const isPlain = (node: OnnxNode): boolean => !node.outputs.some((output) => given.has(output));
  const unused = (output: string): string => {
    if (!given.has(output)) return output;
    let name = `${output}//computed`;
    while (taken.has(name)) name += '/';
    taken.add(name);
    return name;
  };
  const nodes = graph.nodes.filter((node) => kept.has(node)).map((node) => (isPlain(node) ? node : { ...node, outputs: node.outputs.map(unused) }));
  return {
    ...model,
    graph: {
      name: graph.name,
      nodes,
      initializers: graph.initializers.filter(({ name }) => reached.has(name) && !given.has(name)),
      sparseInitializers: graph.sparseInitializers.filter(({ values }) => reached.has(values.name) && !given.has(values.name)),
      inputs: [...graph.inputs.filter(({ name }) => reached.has(name) && !given.has(name)), ...inputs],
      // Types and shapes are left to the engine: those of the whole graph may fix a batch size that is no longer theirs.
      outputs: outputs.map((name) => ({ name, type: { kind: 'unknown' } })),
      valueInfo: [],
    },
  };
}
