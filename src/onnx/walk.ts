import type { OnnxGraph, OnnxModel, OnnxNode, OnnxTensor } from './onnx-model.ts';

/** A path of names is cut here: names of 64 KiB at every level of nesting would outgrow the file (CWE-789). */
const MAX_PREFIX_CHARACTERS = 512;

function shortened(prefix: string): string {
  return prefix.length > MAX_PREFIX_CHARACTERS ? `${prefix.slice(0, MAX_PREFIX_CHARACTERS)}…/` : prefix;
}

/** Identity of a model-local function; names hold no NUL that a file could use to forge another's key. */
export function functionKey(domain: string, name: string, overload: string | undefined): string {
  return JSON.stringify([domain, name, overload ?? '']);
}

export interface Subgraph {
  readonly attribute: string;
  readonly graph: OnnxGraph;
}

/** Graphs a node carries in its attributes (If, Loop, Scan ...). */
export function* subgraphsOf(node: OnnxNode): Generator<Subgraph> {
  for (const [attribute, value] of node.attributes) {
    if (value.type === 'graph') yield { attribute, graph: value.value };
    if (value.type === 'graphs') for (const graph of value.value) yield { attribute, graph };
  }
}

/** A tensor with a name that tells where it is: `conv.weight`, `if_1/then_branch/bias`, `com.example.Block::Const_0`. */
export interface NamedTensor {
  readonly name: string;
  readonly tensor: OnnxTensor;
}

/**
 * Every constant tensor of a model: initializers, sparse initializers, tensors in attributes, of the graph, its
 * subgraphs and its functions. A tensor without a name of its own is called after the value or node that holds it.
 */
export function* tensorsOf(model: OnnxModel): Generator<NamedTensor> {
  yield* graphTensors(model.graph, '');
  for (const body of model.functions) {
    yield* nodeTensors(body.nodes, shortened(`${body.domain === '' ? '' : `${body.domain}.`}${body.name}${body.overload === undefined ? '' : `:${body.overload}`}::`));
    for (const [name, attribute] of body.attributeDefaults ?? []) {
      if (attribute.type === 'tensor') yield { name: `${body.name}::${name}`, tensor: attribute.value };
    }
  }
}

function* graphTensors(graph: OnnxGraph, prefix: string): Generator<NamedTensor> {
  for (const tensor of graph.initializers) yield { name: prefix + tensor.name, tensor };
  for (const sparse of graph.sparseInitializers) {
    yield { name: prefix + sparse.values.name, tensor: sparse.values };
    yield { name: `${prefix}${sparse.values.name}.indices`, tensor: sparse.indices };
  }
  yield* nodeTensors(graph.nodes, prefix);
}

function* nodeTensors(nodes: readonly OnnxNode[], prefix: string): Generator<NamedTensor> {
  for (const node of nodes) {
    const holder = prefix + (node.opType === 'Constant' ? (node.outputs[0] ?? node.name) : node.name === '' ? (node.outputs[0] ?? node.opType) : node.name);
    for (const [attribute, value] of node.attributes) {
      const name = node.opType === 'Constant' ? holder : `${holder}/${attribute}`;
      if (value.type === 'tensor') yield { name, tensor: value.value };
      if (value.type === 'tensors') for (const [index, tensor] of value.value.entries()) yield { name: `${name}/${index}`, tensor };
      const sparse = value.type === 'sparse_tensor' ? [value.value] : value.type === 'sparse_tensors' ? value.value : [];
      for (const [index, { values, indices }] of sparse.entries()) {
        yield { name: `${name}/${index}.values`, tensor: values };
        yield { name: `${name}/${index}.indices`, tensor: indices };
      }
    }
    for (const { attribute, graph } of subgraphsOf(node)) yield* graphTensors(graph, shortened(`${holder}/${attribute}/`));
  }
}

/** Every name a node reads: its inputs, and what its subgraphs take from around them (with what they define themselves). */
export function* namesReadBy(node: OnnxNode): Generator<string> {
  for (const input of node.inputs) if (input !== '') yield input;
  for (const { graph } of subgraphsOf(node)) {
    for (const inner of graph.nodes) yield* namesReadBy(inner);
    for (const { name } of graph.outputs) yield name;
  }
}
