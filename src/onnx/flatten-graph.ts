import type { OnnxAttribute, OnnxFunction, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxType } from './onnx-model.ts';
import { functionKey, subgraphsOf } from './walk.ts';

/** A value of a flat graph: made by a node, a constant, an input, or (inside of a loop) a counter, which is none of these. */
export interface FlatValue {
  readonly id: number;
  /** As in the file, behind the path of the function or branch it lies in. */
  readonly name: string;
  readonly producer?: FlatNode;
  readonly tensor?: OnnxTensor;
  readonly isInput: boolean;
  /** Declared type; of values inside of functions there is none. */
  readonly type?: OnnxType;
}

export interface FlatNode {
  readonly id: number;
  /** The node's own name (or its operator) behind the path of the function or branch it lies in. */
  readonly name: string;
  readonly opType: string;
  /** '' is ai.onnx; {@link FLAT_DOMAIN} marks what a control-flow operator became. */
  readonly domain: string;
  /** Ids of values; undefined where an optional input is left out. */
  readonly inputs: readonly (number | undefined)[];
  readonly outputs: readonly number[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
}

/**
 * A model as one list of nodes in the order of computation: functions replaced by their bodies, the bodies of If, Loop and
 * Scan laid out beside the node they belong to.
 */
export interface FlatGraph {
  readonly nodes: readonly FlatNode[];
  readonly values: readonly FlatValue[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly opset: number;
}

/**
 * Operators that stand for control flow, all in this domain: `Choose` (condition, then, else), `Repeat` (condition after
 * one iteration, trip count, before, after one iteration, after two), `Slice1` (one step of a sequence), `Stack` (steps of a
 * sequence), `Counter` (the number of an iteration) and `Join` (everything a body of another kind makes).
 */
export const FLAT_DOMAIN = 'modelgate.flat';

/** Nodes of a flat graph: the largest published networks have some ten thousand; a graph made to be slow has no end. */
const MAX_FLAT_NODES = 200_000;

/** A path of names is cut here: names of 64 KiB at every level of nesting would outgrow the file (CWE-789). */
const MAX_PATH_CHARACTERS = 200;

/** Loops within loops that are laid out twice each; deeper ones once, because every level doubles the nodes. */
const MAX_DOUBLED_LOOPS = 3;

interface Scope {
  readonly values: Map<string, number>;
  readonly outer: Scope | undefined;
  readonly path: string;
  readonly loops: number;
  /** Of the function whose body this is: attributes of the call and the function's own defaults. */
  readonly call?: { readonly node: OnnxNode; readonly body: OnnxFunction };
}

class TooLarge extends Error {}

interface State {
  readonly functions: ReadonlyMap<string, OnnxFunction>;
  readonly nodes: FlatNode[];
  readonly values: FlatValue[];
}

/** The flat graph, or undefined when it would have more than {@link MAX_FLAT_NODES} nodes. The model has passed validation. */
export function flattenGraph(model: OnnxModel): FlatGraph | undefined {
  const state: State = {
    functions: new Map(model.functions.map((body) => [functionKey(body.domain, body.name, body.overload), body])),
    nodes: [],
    values: [],
  };
  const scope: Scope = { values: new Map(), outer: undefined, path: '', loops: 0 };
  const constants = new Set(model.graph.initializers.map(({ name }) => name));
  try {
    const inputs = model.graph.inputs.filter(({ name }) => !constants.has(name)).map(({ name, type }) => {
      const id = newValue(state, { name, isInput: true, type });
      scope.values.set(name, id);
      return id;
    });
    flattenBody(state, scope, model.graph);
    const outputs = model.graph.outputs.map(({ name }) => lookUp(state, scope, name));
    return { nodes: state.nodes, values: state.values, inputs, outputs, opset: Number(model.opsetImports.get('') ?? 17n) };
  } catch (thrown) {
    if (thrown instanceof TooLarge) return undefined;
    throw thrown;
  }
}

function newValue(state: State, value: Omit<FlatValue, 'id'>): number {
  const id = state.values.length;
  state.values.push({ id, ...value });
  return id;
}

function newNode(state: State, node: Omit<FlatNode, 'id' | 'outputs'>, outputs: readonly { readonly name: string; readonly type?: OnnxType }[]): number[] {
  if (state.nodes.length >= MAX_FLAT_NODES) throw new TooLarge();
  const made: FlatNode = { id: state.nodes.length, ...node, outputs: outputs.map((_, at) => state.values.length + at) };
  state.nodes.push(made);
  return outputs.map(({ name, type }) => newValue(state, { name, producer: made, isInput: false, ...(type === undefined ? {} : { type }) }));
}

function control(state: State, scope: Scope, opType: string, inputs: readonly (number | undefined)[], name: string): number {
  return newNode(state, { name: scope.path + name, opType, domain: FLAT_DOMAIN, inputs, attributes: new Map() }, [{ name: scope.path + name }])[0] as number;
}

function lookUp(state: State, scope: Scope, name: string): number {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) {
    const id = at.values.get(name);
    if (id !== undefined) return id;
  }
  // Validation has made sure that there is none of these, but for a branch's output that the branch only passes on.
  const id = newValue(state, { name: scope.path + name, isInput: false });
  scope.values.set(name, id);
  return id;
}

/** Initializers and nodes of a graph, in a scope whose inputs are known. */
function flattenBody(state: State, scope: Scope, graph: OnnxGraph): void {
  const types = new Map([...graph.valueInfo, ...graph.outputs].map(({ name, type }) => [name, type] as const));
  for (const tensor of graph.initializers) {
    scope.values.set(tensor.name, newValue(state, { name: scope.path + tensor.name, tensor, isInput: false }));
  }
  // The stored values of a sparse tensor are what is known of it: the zeros between them carry nothing.
  for (const { values } of graph.sparseInitializers) {
    scope.values.set(values.name, newValue(state, { name: scope.path + values.name, isInput: false }));
  }
  for (const node of graph.nodes) flattenNode(state, scope, node, types);
}

function flattenNode(state: State, scope: Scope, given: OnnxNode, types: ReadonlyMap<string, OnnxType>): void {
  const node = scope.call === undefined ? given : { ...given, attributes: boundAttributes(given, scope.call) };
  const inputs = node.inputs.map((name) => (name === '' ? undefined : lookUp(state, scope, name)));
  const body = state.functions.get(functionKey(node.domain, node.opType, node.overload));
  const label = node.name === '' ? node.opType : node.name;
  if (body !== undefined) return flattenCall(state, scope, node, body, inputs, label);
  const graphs = [...subgraphsOf(node)];
  if (graphs.length > 0) return flattenControl(state, scope, node, graphs, inputs, label);
  const outputs = node.outputs.map((name) => {
    const type = types.get(name);
    return { name: scope.path + name, ...(type === undefined ? {} : { type }) };
  });
  const ids = newNode(state, { name: scope.path + label, opType: node.opType, domain: node.domain, inputs, attributes: node.attributes }, outputs);
  bindOutputs(scope, node, ids);
}

function bindOutputs(scope: Scope, node: OnnxNode, ids: readonly (number | undefined)[]): void {
  for (const [at, name] of node.outputs.entries()) {
    const id = ids[at];
    if (name !== '' && id !== undefined) scope.values.set(name, id);
  }
}

function within(path: string, label: string): string {
  const longer = `${path}${label}/`;
  return longer.length > MAX_PATH_CHARACTERS ? `${longer.slice(0, MAX_PATH_CHARACTERS)}…/` : longer;
}

function flattenCall(state: State, scope: Scope, node: OnnxNode, body: OnnxFunction, inputs: readonly (number | undefined)[], label: string): void {
  // A call counts as well: functions without nodes that call each other cost time, if no memory.
  const inner: Scope = { values: new Map(), outer: undefined, path: within(scope.path, label), loops: scope.loops, call: { node, body } };
  for (const [at, name] of body.inputs.entries()) {
    const id = inputs[at];
    inner.values.set(name, id ?? newValue(state, { name: inner.path + name, isInput: false }));
  }
  const types = new Map((body.valueInfo ?? []).map(({ name, type }) => [name, type] as const));
  for (const one of body.nodes) flattenNode(state, inner, one, types);
  bindOutputs(scope, node, body.outputs.map((name) => lookUp(state, inner, name)));
}

/** References replaced by what the call gives, or by the function's default; without either the attribute is left out. */
function boundAttributes(node: OnnxNode, { node: call, body }: NonNullable<Scope['call']>): ReadonlyMap<string, OnnxAttribute> {
  const attributes = new Map<string, OnnxAttribute>();
  for (const [name, attribute] of node.attributes) {
    const value = attribute.type === 'reference' ? (call.attributes.get(attribute.value) ?? body.attributeDefaults?.get(attribute.value)) : attribute;
    if (value !== undefined) attributes.set(name, value);
  }
  return attributes;
}

/** A subgraph with its inputs bound; the ids of its outputs. */
function flattenSubgraph(state: State, scope: Scope, graph: OnnxGraph, path: string, inputs: readonly (number | undefined)[], isLoop: boolean): number[] {
  const inner: Scope = {
    values: new Map(), outer: scope, path: within(scope.path, path), loops: scope.loops + (isLoop ? 1 : 0),
    ...(scope.call === undefined ? {} : { call: scope.call }),
  };
  for (const [at, { name, type }] of graph.inputs.entries()) {
    inner.values.set(name, inputs[at] ?? newValue(state, { name: inner.path + name, isInput: false, type }));
  }
  flattenBody(state, inner, graph);
  return graph.outputs.map(({ name }) => lookUp(state, inner, name));
}

function flattenControl(
  state: State, scope: Scope, node: OnnxNode, graphs: readonly { readonly attribute: string; readonly graph: OnnxGraph }[],
  inputs: readonly (number | undefined)[], label: string,
): void {
  const [first, second] = graphs;
  if (first === undefined) return;
  if (node.domain === '' && node.opType === 'If' && second !== undefined) {
    const byName = (name: string): OnnxGraph => (graphs.find(({ attribute }) => attribute === name) ?? first).graph;
    const then = flattenSubgraph(state, scope, byName('then_branch'), `${label}/then`, [], false);
    const otherwise = flattenSubgraph(state, scope, byName('else_branch'), `${label}/else`, [], false);
    return bindOutputs(scope, node, node.outputs.map((_, at) => control(state, scope, 'Choose', [inputs[0], then[at], otherwise[at]], label)));
  }
  if (node.domain === '' && node.opType === 'Loop') return flattenLoop(state, scope, node, first.graph, inputs, label);
  if (node.domain === '' && node.opType === 'Scan') return flattenScan(state, scope, node, first.graph, inputs, label);
  const made = graphs.flatMap(({ attribute, graph }) => flattenSubgraph(state, scope, graph, `${label}/${attribute}`, inputs, true));
  bindOutputs(scope, node, node.outputs.map(() => control(state, scope, 'Join', [...made, ...inputs], label)));
}

function flattenLoop(state: State, scope: Scope, node: OnnxNode, body: OnnxGraph, [trips, condition, ...states]: readonly (number | undefined)[], label: string): void {
  const iteration = (at: number, cond: number | undefined, carried: readonly (number | undefined)[]): number[] =>
    flattenSubgraph(state, scope, body, `${label}/iteration ${at + 1}`, [control(state, scope, 'Counter', [], `${label}/counter`), cond, ...carried], true);
  const one = iteration(0, condition, states);
  const [conditionAfter, ...after] = one;
  // What a first iteration leaves behind can steer a second one.
  const two = scope.loops < MAX_DOUBLED_LOOPS ? iteration(1, conditionAfter, after.slice(0, states.length)) : one;
  const again = two.slice(1);
  bindOutputs(scope, node, node.outputs.map((_, at) => {
    if (at < states.length) return control(state, scope, 'Repeat', [conditionAfter, condition, trips, states[at], after[at], again[at]], label);
    return control(state, scope, 'Stack', [after[at], again[at]], label);
  }));
}

function flattenScan(state: State, scope: Scope, node: OnnxNode, body: OnnxGraph, inputs: readonly (number | undefined)[], label: string): void {
  const attribute = node.attributes.get('num_scan_inputs');
  const scanned = attribute?.type === 'int' ? Number(attribute.value) : 0;
  const stateCount = Math.max(0, inputs.length - scanned);
  const slices = inputs.slice(stateCount).map((input) => control(state, scope, 'Slice1', [input], `${label}/step`));
  const one = flattenSubgraph(state, scope, body, `${label}/step 1`, [...inputs.slice(0, stateCount), ...slices], true);
  const two = scope.loops < MAX_DOUBLED_LOOPS ? flattenSubgraph(state, scope, body, `${label}/step 2`, [...one.slice(0, stateCount), ...slices], true) : one;
  bindOutputs(scope, node, node.outputs.map((_, at) => (at < stateCount ? two[at] : control(state, scope, 'Stack', [one[at], two[at]], label))));
}

