import type { OnnxAttribute, OnnxFunction, OnnxGraph, OnnxModel, OnnxNode } from './onnx-model.ts';
import { functionKey, subgraphsOf } from './walk.ts';

/** Nodes and calls of the inlined graph; a model beyond keeps its calls, and what looks for a pattern in it finds less. */
const MAX_INLINED_NODES = 200_000;

interface Inlining {
  readonly functions: ReadonlyMap<string, OnnxFunction>;
  readonly nodes: OnnxNode[];
  calls: number;
}

/**
 * The model with every call of its own functions in the main graph replaced by the function's body, so that patterns
 * are found wherever an exporter put them. Values inside a body get names no file can hold twice (`call 3/name`); inputs
 * and outputs of calls keep theirs. Meant for looking at, not for running: calls inside subgraphs stay calls. The model
 * has passed validation, so calls end.
 */
export function inlineFunctions(model: OnnxModel): OnnxModel {
  if (model.functions.length === 0) return model;
  const functions = new Map(model.functions.map((body) => [functionKey(body.domain, body.name, body.overload), body]));
  const inlining: Inlining = { functions, nodes: [], calls: 0 };
  const whole = model.graph.nodes.every((node) => inline(inlining, node));
  if (!whole || inlining.calls === 0) return model;
  return { ...model, graph: { ...model.graph, nodes: inlining.nodes } };
}

/** False when the limit is reached. */
function inline(inlining: Inlining, node: OnnxNode): boolean {
  const body = inlining.functions.get(functionKey(node.domain, node.opType, node.overload));
  if (body === undefined) {
    inlining.nodes.push(node);
    return inlining.nodes.length <= MAX_INLINED_NODES;
  }
  inlining.calls++;
  if (inlining.calls > MAX_INLINED_NODES) return false;
  const prefix = `call ${inlining.calls}/`;
  const names = new Map<string, string>([['', '']]);
  for (const [at, name] of body.inputs.entries()) names.set(name, node.inputs[at] ?? '');
  for (const [at, name] of body.outputs.entries()) {
    const outer = node.outputs[at];
    if (outer === undefined || outer === '') continue;
    const passed = names.get(name);
    if (passed === undefined) names.set(name, outer);
    // An input handed out as it is, or one value under two names.
    else inlining.nodes.push({ name: '', opType: 'Identity', domain: '', inputs: [passed], outputs: [outer], attributes: new Map() });
  }
  const renamed = (name: string): string => {
    const known = names.get(name);
    if (known !== undefined) return known;
    names.set(name, prefix + name);
    return prefix + name;
  };
  return body.nodes.every((inner) =>
    inline(inlining, {
      ...inner,
      inputs: inner.inputs.map(renamed),
      outputs: inner.outputs.map(renamed),
      attributes: boundAttributes(inner, node, body, renamed),
    }),
  );
}

/** References replaced by what the call gives, or by the function's default; without either the attribute is left out. */
function boundAttributes(inner: OnnxNode, call: OnnxNode, body: OnnxFunction, renamed: (name: string) => string): ReadonlyMap<string, OnnxAttribute> {
  const attributes = new Map<string, OnnxAttribute>();
  for (const [name, attribute] of inner.attributes) {
    if (attribute.type === 'reference') {
      const value = call.attributes.get(attribute.value) ?? body.attributeDefaults?.get(attribute.value);
      if (value !== undefined) attributes.set(name, value);
    } else if (attribute.type === 'graph') {
      attributes.set(name, { ...attribute, value: renamedGraph(attribute.value, renamed) });
    } else attributes.set(name, attribute);
  }
  return attributes;
}

/** A subgraph sees the values around it under their new names; what it defines itself keeps its own. */
function renamedGraph(graph: OnnxGraph, renamed: (name: string) => string): OnnxGraph {
  const own = new Set([...graph.inputs.map((input) => input.name), ...graph.initializers.map((tensor) => tensor.name), ...graph.nodes.flatMap((node) => node.outputs)]);
  const inner = (name: string): string => (own.has(name) ? name : renamed(name));
  return {
    ...graph,
    nodes: graph.nodes.map((node) => {
      const attributes = new Map(node.attributes);
      for (const { attribute, graph: nested } of subgraphsOf(node)) {
        const value = node.attributes.get(attribute);
        if (value?.type === 'graph') attributes.set(attribute, { ...value, value: renamedGraph(nested, inner) });
      }
      return { ...node, inputs: node.inputs.map(inner), attributes };
    }),
  };
}
