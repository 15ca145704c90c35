import { GateError } from '../../errors.ts';
import { WIRE_LENGTH } from '../../onnx/wire.ts';
import { eachField, entryOf, spansOf, textOf, type Span } from './message.ts';
import { MAX_TENSORFLOW_FUNCTIONS, MAX_TENSORFLOW_NAME_BYTES, MAX_TENSORFLOW_NODES } from './tensorflow-limits.ts';

/** One node: what names it, what it does and what goes in. Attributes stay as they are until somebody asks. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly attributes: readonly Span[];
  readonly span: Span;
}

/** Nodes that see each other by name: those of the graph itself, or of one function. */
export interface GraphScope {
  /** Name of the function; absent for the graph itself. */
  readonly name?: string;
  /** Names of the function's arguments in order. */
  readonly parameters: readonly string[];
  /** Of which node's output each result of the function is. */
  readonly results: readonly (string | undefined)[];
  readonly nodes: readonly GraphNode[];
}

/** Counts across all graphs of a file. */
export interface GraphBudget {
  nodes: number;
  functions: number;
}

export function graphBudget(): GraphBudget {
  return { nodes: 0, functions: 0 };
}

/** GraphDef (tensorflow/core/framework/graph.proto): the graph's own nodes first, then each function of its library. */
export function readGraph(graph: Span, budget: GraphBudget): GraphScope[] {
  const nodes: GraphNode[] = [];
  const functions: GraphScope[] = [];
  eachField(graph, ({ number, wire, start, end }) => {
    if (wire !== WIRE_LENGTH) return;
    const span = { bytes: graph.bytes, start, end };
    if (number === 1) nodes.push(readNode(span, budget));
    else if (number === 2) for (const one of spansOf(span, 1, 'function library')) functions.push(readFunction(one, budget));
  }, 'graph');
  return [{ parameters: [], results: [], nodes }, ...functions];
}

/** NodeDef (node_def.proto). */
export function readNode(span: Span, budget: GraphBudget): GraphNode {
  budget.nodes += 1;
  if (budget.nodes > MAX_TENSORFLOW_NODES) throw new GateError({ code: 'format/limit-exceeded', message: `The file has more than ${MAX_TENSORFLOW_NODES} nodes.`, where: { offset: span.start } });
  let name = '';
  let op = '';
  const inputs: string[] = [];
  const attributes: Span[] = [];
  eachField(span, (field) => {
    if (field.wire !== WIRE_LENGTH) return;
    const part = { bytes: span.bytes, start: field.start, end: field.end };
    // Of a field that is there twice, the last one counts (protobuf).
    if (field.number === 1) name = textOf(part, MAX_TENSORFLOW_NAME_BYTES, 'name');
    else if (field.number === 2) op = textOf(part, MAX_TENSORFLOW_NAME_BYTES, 'name of an operator');
    else if (field.number === 3) inputs.push(textOf(part, MAX_TENSORFLOW_NAME_BYTES, 'name of an input'));
    else if (field.number === 5) attributes.push(part);
  }, 'node');
  return { name, op, inputs, attributes, span };
}

/** FunctionDef (function.proto): signature 1, nodes 3, results 4. */
function readFunction(span: Span, budget: GraphBudget): GraphScope {
  budget.functions += 1;
  if (budget.functions > MAX_TENSORFLOW_FUNCTIONS) throw new GateError({ code: 'format/limit-exceeded', message: `The file has more than ${MAX_TENSORFLOW_FUNCTIONS} functions.`, where: { offset: span.start } });
  let name = '';
  const parameters: string[] = [];
  const outputs: string[] = [];
  const returned = new Map<string, string>();
  const nodes: GraphNode[] = [];
  eachField(span, (field) => {
    if (field.wire !== WIRE_LENGTH) return;
    const part = { bytes: span.bytes, start: field.start, end: field.end };
    if (field.number === 3) nodes.push(readNode(part, budget));
    if (field.number === 4) {
      const { key, value } = entryOf(part, MAX_TENSORFLOW_NAME_BYTES);
      returned.set(key, textOf(value, MAX_TENSORFLOW_NAME_BYTES, 'name'));
    }
    if (field.number !== 1) return;
    // OpDef: name 1, input_arg 2 and output_arg 3 with their name 1.
    for (const one of spansOf(part, 1)) name = textOf(one, MAX_TENSORFLOW_NAME_BYTES, 'name of a function');
    parameters.push(...spansOf(part, 2).map(nameOf));
    outputs.push(...spansOf(part, 3).map(nameOf));
  }, 'function');
  return { name, parameters, results: outputs.map((output) => returned.get(output)), nodes };
}

function nameOf(argument: Span): string {
  return spansOf(argument, 1).map((one) => textOf(one, MAX_TENSORFLOW_NAME_BYTES, 'name')).at(-1) ?? '';
}

/** The value of a node's attribute: an AttrValue. */
export function attributeOf(node: GraphNode, name: string): Span | undefined {
  let found: Span | undefined;
  for (const one of node.attributes) {
    const { key, value } = entryOf(one, MAX_TENSORFLOW_NAME_BYTES);
    if (key === name) found = value;
  }
  return found;
}
