import { GateError } from '../errors.ts';
import { ONNX_LIMITS, type OnnxLimits } from './onnx-limits.ts';
import type { OnnxFunction, OnnxGraph, OnnxModel, OnnxNode } from './onnx-model.ts';
import { quoted } from './quoted.ts';
import { functionKey, subgraphsOf } from './walk.ts';

/** No exporter nests modules deeper; bounds our own stack, as each call may lie in nested subgraphs (CWE-674). */
const MAX_CALL_DEPTH = 64;

interface Scope {
  readonly names: Set<string>;
  readonly outer: Scope | undefined;
}

interface Place {
  readonly model: OnnxModel;
  /** Opset imports in force: of the model, or of the function with the model's as a fallback. */
  readonly imports: (domain: string) => bigint | undefined;
  /** The function whose body this is; attribute references exist there only. */
  readonly body: OnnxFunction | undefined;
  /** Only asked when something is wrong: a deep graph must not cost a long string a node. */
  readonly what: () => string;
}

function malformed(message: string, field: string): GateError {
  return new GateError({ code: 'format/malformed', message, where: { field } });
}

/** Domains whose operators onnxruntime implements itself; model-local functions belong in a domain of their own. */
const BUILT_IN_DOMAINS: ReadonlySet<string> = new Set([
  '', 'ai.onnx', 'ai.onnx.ml', 'ai.onnx.training', 'ai.onnx.preview.training', 'com.microsoft', 'com.microsoft.nchwc', 'com.ms.internal.nhwc', 'org.pytorch.aten',
]);

/**
 * What the ONNX IR specification asks of a model beyond its bytes: operator sets imported, names assigned once in a
 * scope, every value defined before it is used, outputs produced, functions that do not call themselves. Throws
 * `format/malformed`, or `format/limit-exceeded` when functions expand beyond `limits.expandedNodes`.
 */
export function validateOnnxModel(model: OnnxModel, limits: Pick<OnnxLimits, 'expandedNodes'> = ONNX_LIMITS): void {
  if (model.opsetImports.size === 0) throw malformed('The model imports no operator set; the file may have been cut off.', 'Model.opsetImport');
  const functions = new Map<string, OnnxFunction>();
  for (const body of model.functions) {
    // An engine runs its own operator of that name and not the function, so what is judged would not be what runs.
    if (BUILT_IN_DOMAINS.has(body.domain)) {
      throw malformed(`Function ${quoted(body.name)} claims the domain ${quoted(body.domain)}, whose operators engines have built in.`, 'Model.functions');
    }
    const key = functionKey(body.domain, body.name, body.overload);
    if (functions.has(key)) throw malformed(`Function ${quoted(body.name)} of domain ${quoted(body.domain)} is defined twice.`, 'Model.functions');
    functions.set(key, body);
  }
  const imports = (domain: string): bigint | undefined => model.opsetImports.get(domain);
  validateGraph(model.graph, { model, imports, body: undefined, what: () => 'The graph' }, undefined);
  if (model.graph.outputs.length === 0) throw malformed('The graph has no outputs.', 'Graph.output');
  for (const body of model.functions) validateFunction(model, body);
  boundExpansion(model, functions, limits.expandedNodes);
}

function define(scope: Scope, name: string, what: () => string, field: string): void {
  if (scope.names.has(name)) throw malformed(`${what()} defines ${quoted(name)} twice.`, field);
  scope.names.add(name);
}

function isDefined(scope: Scope | undefined, name: string): boolean {
  for (let at = scope; at !== undefined; at = at.outer) {
    if (at.names.has(name)) return true;
  }
  return false;
}

function validateGraph(graph: OnnxGraph, place: Place, outer: Scope | undefined): void {
  const scope: Scope = { names: new Set(), outer };
  for (const { name } of graph.inputs) {
    if (name === '') throw malformed(`${place.what()} has an input without a name.`, 'Graph.input');
    define(scope, name, place.what, 'Graph.input');
  }
  // An initializer may give an input its default value, so it is checked against the other initializers only.
  const constants = new Set<string>();
  for (const name of [...graph.initializers.map((tensor) => tensor.name), ...graph.sparseInitializers.map((sparse) => sparse.values.name)]) {
    if (name === '') throw malformed(`${place.what()} has an initializer without a name.`, 'Graph.initializer');
    if (constants.has(name)) throw malformed(`${place.what()} has two initializers named ${quoted(name)}.`, 'Graph.initializer');
    constants.add(name);
    scope.names.add(name);
  }
  for (const node of graph.nodes) validateNode(node, place, scope);
  const outputs = new Set<string>();
  for (const { name } of graph.outputs) {
    if (!isDefined(scope, name)) throw malformed(`${place.what()} never produces its output ${quoted(name)}.`, 'Graph.output');
    if (outer === undefined && outputs.has(name)) throw malformed(`${place.what()} lists the output ${quoted(name)} twice.`, 'Graph.output');
    outputs.add(name);
  }
}

function validateNode(node: OnnxNode, place: Place, scope: Scope): void {
  const called = (): string => `${place.what()}: node ${quoted(node.name === '' ? node.opType : node.name)}`;
  if (place.imports(node.domain) === undefined) {
    throw malformed(`${called()} uses the operator set ${quoted(node.domain === '' ? 'ai.onnx' : node.domain)}, which the model does not import.`, 'Node.domain');
  }
  for (const input of node.inputs) {
    // An empty name leaves out an optional input.
    if (input !== '' && !isDefined(scope, input)) throw malformed(`${called()} uses ${quoted(input)} before anything defines it.`, 'Node.input');
  }
  for (const [name, attribute] of node.attributes) {
    if (attribute.type !== 'reference') continue;
    if (place.body === undefined) throw malformed(`${called()}: attribute ${quoted(name)} refers to a function’s attribute outside of a function.`, 'Attribute.refAttrName');
    if (!place.body.attributes.includes(attribute.value) && place.body.attributeDefaults?.has(attribute.value) !== true) {
      throw malformed(`${called()}: attribute ${quoted(name)} refers to ${quoted(attribute.value)}, which its function does not have.`, 'Attribute.refAttrName');
    }
  }
  for (const { graph, attribute } of subgraphsOf(node)) {
    validateGraph(graph, { ...place, what: () => `${called()}, ${quoted(attribute)}` }, scope);
  }
  for (const output of node.outputs) {
    if (output !== '') define(scope, output, called, 'Node.output');
  }
}

function validateFunction(model: OnnxModel, body: OnnxFunction): void {
  const what = (): string => `Function ${quoted(body.name)}`;
  const scope: Scope = { names: new Set(), outer: undefined };
  for (const input of body.inputs) define(scope, input, what, 'Function.input');
  const attributes = [...body.attributes, ...(body.attributeDefaults?.keys() ?? [])];
  if (new Set(attributes).size !== attributes.length) throw malformed(`${what()} lists an attribute twice.`, 'Function.attribute');
  const imports = (domain: string): bigint | undefined => body.opsetImports.get(domain) ?? model.opsetImports.get(domain);
  for (const node of body.nodes) validateNode(node, { model, imports, body, what }, scope);
  for (const output of body.outputs) {
    if (!scope.names.has(output)) throw malformed(`${what()} never produces its output ${quoted(output)}.`, 'Function.output');
  }
}

/** Counts what an engine would hold after inlining every call, without doing it; a cycle has no such number. */
function boundExpansion(model: OnnxModel, functions: ReadonlyMap<string, OnnxFunction>, limit: number): void {
  const extents = new Map<OnnxFunction, Extent>();
  const open = new Set<OnnxFunction>();

  const extentOf = (nodes: readonly OnnxNode[]): Extent => {
    let size = 0;
    let depth = 0;
    for (const node of nodes) {
      // A call counts as well: functions without nodes that call each other cost time, if no memory.
      size += 1;
      const callee = functions.size === 0 ? undefined : functions.get(functionKey(node.domain, node.opType, node.overload));
      const inner = [...(callee === undefined ? [] : [extentOfFunction(callee)]), ...Array.from(subgraphsOf(node), ({ graph }) => extentOf(graph.nodes))];
      for (const one of inner) {
        size += one.size;
        depth = Math.max(depth, one.depth);
      }
    }
    return { size, depth };
  };
  const extentOfFunction = (body: OnnxFunction): Extent => {
    const known = extents.get(body);
    if (known !== undefined) return known;
    if (open.has(body)) throw malformed(`Function ${quoted(body.name)} calls itself.`, 'Model.functions');
    if (open.size >= MAX_CALL_DEPTH) throw tooDeep();
    open.add(body);
    const { size, depth } = extentOf(body.nodes);
    open.delete(body);
    // Asked again here: callees that were measured before leave no trace in `open`.
    if (depth + 1 > MAX_CALL_DEPTH) throw tooDeep();
    const extent = { size, depth: depth + 1 };
    extents.set(body, extent);
    return extent;
  };

  const total = extentOf(model.graph.nodes).size + model.functions.reduce((sum, body) => sum + extentOfFunction(body).size, 0);
  if (total > limit) {
    throw new GateError({
      code: 'format/limit-exceeded',
      message: `The model’s functions expand to more than ${limit} nodes.`,
      where: { field: 'Model.functions' },
    });
  }
}

interface Extent {
  /** Nodes and calls after inlining. */
  readonly size: number;
  /** Calls within calls. */
  readonly depth: number;
}

function tooDeep(): GateError {
  return new GateError({ code: 'format/limit-exceeded', message: `Functions call each other more than ${MAX_CALL_DEPTH} deep.`, where: { field: 'Model.functions' } });
}
