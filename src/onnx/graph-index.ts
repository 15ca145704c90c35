import type { OnnxGraph, OnnxNode, OnnxTensor, OnnxType } from './onnx-model.ts';

/** A graph's values by name: who makes them, who takes them, which are constant, what their declared types are. */
export interface GraphIndex {
  readonly graph: OnnxGraph;
  readonly producers: ReadonlyMap<string, OnnxNode>;
  readonly consumers: ReadonlyMap<string, readonly OnnxNode[]>;
  readonly initializers: ReadonlyMap<string, OnnxTensor>;
  readonly types: ReadonlyMap<string, OnnxType>;
}

export function indexGraph(graph: OnnxGraph): GraphIndex {
  const producers = new Map<string, OnnxNode>();
  const consumers = new Map<string, OnnxNode[]>();
  for (const node of graph.nodes) {
    for (const output of node.outputs) if (output !== '') producers.set(output, node);
    for (const input of new Set(node.inputs)) {
      if (input === '') continue;
      const list = consumers.get(input);
      if (list === undefined) consumers.set(input, [node]);
      else list.push(node);
    }
  }
  const infos = [...graph.valueInfo, ...graph.inputs, ...graph.outputs];
  return {
    graph,
    producers,
    consumers,
    initializers: new Map(graph.initializers.map((tensor) => [tensor.name, tensor])),
    types: new Map(infos.map((info) => [info.name, info.type])),
  };
}

/** True for an operator of the ONNX domain itself. */
export function isOperator(node: OnnxNode, ...opTypes: readonly string[]): boolean;
export function isOperator(node: OnnxNode | undefined, ...opTypes: readonly string[]): node is OnnxNode;
export function isOperator(node: OnnxNode | undefined, ...opTypes: readonly string[]): boolean {
  return node !== undefined && node.domain === '' && opTypes.includes(node.opType);
}

/** Nodes of a graph, and of one that was laid out flat. */
type Attributed = Pick<OnnxNode, 'attributes'>;

export function intAttribute(node: Attributed, name: string, fallback: number): number {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'int' ? Number(attribute.value) : fallback;
}

export function floatAttribute(node: Attributed, name: string, fallback: number): number {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'float' ? attribute.value : fallback;
}

export function intsAttribute(node: Attributed, name: string): readonly number[] | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'ints' ? attribute.value.map(Number) : undefined;
}

export function floatsAttribute(node: Attributed, name: string): readonly number[] | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'floats' ? attribute.value : undefined;
}

const utf8 = new TextDecoder();

export function textAttribute(node: Attributed, name: string, fallback: string): string {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'string' ? utf8.decode(attribute.value) : fallback;
}
