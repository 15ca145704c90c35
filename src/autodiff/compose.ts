import { GateError } from '../errors.ts';
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxValueInfo } from '../onnx/onnx-model.ts';
import { raiseOpset } from './raise-opset.ts';

export interface ComposedPart {
  /** Prefix of its inner names; different for every part. */
  readonly name: string;
  /** Without functions (see simplify.ts, or inlineFunctions). */
  readonly model: OnnxModel;
  /** Public names of inputs that are not called so in the part itself. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Public names of outputs; an output is public under its own name unless named here. */
  readonly outputs?: Readonly<Record<string, string>>;
}

/**
 * One graph of several, front to back. Each part finds its inputs by public name: among the outputs of the parts before
 * it, and what is not there becomes an input of the whole (one input for all parts that ask for that name). Its outputs
 * become public and are outputs of the whole. Inner names are prefixed, so parts need not know each other; all are raised
 * to the latest opset among them. Throws `internal/unexpected` when two parts publish the same name.
 */
export function compose(parts: readonly ComposedPart[]): OnnxModel {
  const opset = Math.max(...parts.map(({ model }) => Number(model.opsetImports.get('') ?? 0n)));
  const raised = parts.map((part) => ({ ...part, model: raiseOpset(part.model, opset) }));
  const imports = new Map<string, bigint>();
  for (const { model } of raised) {
    if (model.functions.length > 0) throw new GateError({ code: 'internal/unexpected', message: 'Functions are inlined before graphs are composed.' });
    for (const [domain, version] of model.opsetImports) imports.set(domain, version > (imports.get(domain) ?? 0n) ? version : (imports.get(domain) ?? 0n));
  }
  const whole = { nodes: [] as OnnxNode[], initializers: [] as OnnxGraph['initializers'][number][] };
  const inputs = new Map<string, OnnxValueInfo>();
  const published = new Set<string>();
  for (const part of raised) {
    const { graph } = part.model;
    const names = new Map<string, string>([['', '']]);
    const constants = new Set(graph.initializers.map(({ name }) => name));
    for (const input of graph.inputs) {
      if (constants.has(input.name)) continue;
      const name = part.inputs?.[input.name] ?? input.name;
      names.set(input.name, name);
      if (!published.has(name) && !inputs.has(name)) inputs.set(name, { ...input, name });
    }
    for (const output of graph.outputs) {
      const name = part.outputs?.[output.name] ?? output.name;
      if (published.has(name)) throw new GateError({ code: 'internal/unexpected', message: `Two parts of a composed graph publish ${name}.` });
      // An input handed on as it is, or an output under a name that is taken by an input, goes through a copy.
      if (names.has(output.name)) whole.nodes.push(copyOf(names.get(output.name) ?? '', name));
      else names.set(output.name, name);
    }
    for (const output of graph.outputs) published.add(part.outputs?.[output.name] ?? output.name);
    const renamed = (name: string): string => {
      const known = names.get(name);
      if (known !== undefined) return known;
      const fresh = `${part.name}/${name}`;
      names.set(name, fresh);
      return fresh;
    };
    whole.initializers.push(...graph.initializers.map((tensor) => ({ ...tensor, name: renamed(tensor.name) })));
    whole.nodes.push(...graph.nodes.map((node) => renamedNode(node, part.name, renamed)));
  }
  const [first] = raised;
  if (first === undefined) throw new GateError({ code: 'internal/unexpected', message: 'There is nothing to compose.' });
  return {
    ...first.model,
    irVersion: raised.reduce((latest, { model }) => (model.irVersion > latest ? model.irVersion : latest), 0n),
    opsetImports: imports,
    metadata: new Map(),
    graph: {
      ...first.model.graph,
      ...whole,
      sparseInitializers: raised.flatMap(({ model }) => model.graph.sparseInitializers),
      inputs: [...inputs.values()],
      outputs: [...published].map((name) => ({ name, type: { kind: 'unknown' as const } })),
      valueInfo: [],
    },
  };
}

function copyOf(from: string, to: string): OnnxNode {
  return { name: '', opType: 'Identity', domain: '', inputs: [from], outputs: [to], attributes: new Map() };
}

function renamedNode(node: OnnxNode, prefix: string, renamed: (name: string) => string): OnnxNode {
  return {
    ...node,
    name: node.name === '' ? '' : `${prefix}/${node.name}`,
    inputs: node.inputs.map(renamed),
    outputs: node.outputs.map(renamed),
    attributes: new Map([...node.attributes].map(([name, value]) => [name, renamedAttribute(value, prefix, renamed)])),
  };
}

/** Subgraphs see the names of the graph around them, so theirs are renamed the same way. */
function renamedAttribute(value: OnnxAttribute, prefix: string, renamed: (name: string) => string): OnnxAttribute {
  const graph = (one: OnnxGraph): OnnxGraph => ({
    ...one,
    nodes: one.nodes.map((node) => renamedNode(node, prefix, renamed)),
    initializers: one.initializers.map((tensor) => ({ ...tensor, name: renamed(tensor.name) })),
    inputs: one.inputs.map((input) => ({ ...input, name: renamed(input.name) })),
    outputs: one.outputs.map((output) => ({ ...output, name: renamed(output.name) })),
    valueInfo: [],
  });
  if (value.type === 'graph') return { ...value, value: graph(value.value) };
  return value.type === 'graphs' ? { ...value, value: value.value.map(graph) } : value;
}
