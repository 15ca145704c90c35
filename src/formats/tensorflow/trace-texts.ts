import { attributeTexts, calledFunctions, constantTexts } from './attribute-values.ts';
import type { GraphNode, GraphScope } from './read-graph.ts';
import { MAX_TRACE_DEPTH, MAX_TRACE_STEPS, MAX_TRACED_CHARACTERS, MAX_TRACED_TEXTS, MAX_TRACED_TOTAL_CHARACTERS } from './tensorflow-limits.ts';

/** What a text input of an operator can be. */
export interface TracedTexts {
  /** Alternatives; what is only known when the graph runs is in braces. */
  readonly texts: readonly string[];
  /** Operators that take part besides the ones that are followed; `argument` and `asset` for what comes from outside. */
  readonly computedBy: readonly string[];
}

export type TraceTexts = (scope: GraphScope, input: string | undefined) => TracedTexts;

/** Operators that hand on one of their inputs as it is, or an element of it. */
const PASSES: Readonly<Record<string, number>> = {
  Identity: 0, Reshape: 0, ExpandDims: 0, Squeeze: 0, StopGradient: 0, PlaceholderWithDefault: 0, Switch: 0, RefSwitch: 0, Enter: 0, Exit: 0, Snapshot: 0, EnsureShape: 0, DeepCopy: 0, RefIdentity: 0,
  PreventGradient: 0, CheckNumerics: 0, BroadcastTo: 0, Tile: 0, StridedSlice: 0, Slice: 0, GatherV2: 0, Gather: 0, GatherNd: 0, Unpack: 0, StringStrip: 0, Fill: 1,
};
/** Operators whose output is one of several inputs, or all of them: from the first that counts. */
const CHOOSES: Readonly<Record<string, number>> = { Select: 1, SelectV2: 1, Merge: 0, RefMerge: 0, Pack: 0, ConcatV2: 0, Concat: 1, IdentityN: 0 };

/** Operators whose outputs are the results of the functions that they name; of loops also what goes in. */
const CALLS = new Set(['PartitionedCall', 'StatefulPartitionedCall', 'TPUPartitionedCall', 'If', 'StatelessIf', '_If', 'Case', 'StatelessCase', 'While', 'StatelessWhile', '_While', 'RemoteCall', 'SymbolicGradient']);
const LOOPS = new Set(['While', 'StatelessWhile', '_While']);

export interface TraceSources {
  readonly assets: ReadonlyMap<string, string>;
  readonly captured: ReadonlyMap<string, readonly (string | undefined)[]>;
}

const UNKNOWN: TracedTexts = { texts: ['{…}'], computedBy: ['a long computation'] };

/**
 * Follows text inputs back to the constants they come from, within a graph and through the arguments of the functions it
 * calls. `assets` are names of nodes whose text the loader replaces by that of a file of the model, `captured` names of nodes
 * that functions are given as their last arguments. Every node is worked
 * out once; beyond the budget the answer says that it was computed.
 */
export function textTracer(scopes: readonly GraphScope[], { assets, captured }: TraceSources): TraceTexts {
  const tables = new Map<GraphScope, ReadonlyMap<string, GraphNode>>();
  const known = new Map<string, TracedTexts>();
  const functions = new Map(scopes.flatMap((scope) => (scope.name === undefined ? [] : [[scope.name, scope] as const])));
  const ids = new Map(scopes.map((scope, index) => [scope, index]));
  let callers: ReadonlyMap<string, readonly { readonly scope: GraphScope; readonly node: GraphNode }[]> | undefined;
  const open = new Set<string>();
  let fresh: string[] = [];
  let hasLoop = false;
  let steps = 0;
  let characters = 0;

  const tableOf = (scope: GraphScope): ReadonlyMap<string, GraphNode> => {
    const table = tables.get(scope) ?? new Map(scope.nodes.map((node) => [node.name, node]));
    tables.set(scope, table);
    return table;
  };

  const trace = (scope: GraphScope, input: string | undefined, depth: number): TracedTexts => {
    if (input === undefined || input.startsWith('^')) return { texts: ['{…}'], computedBy: ['nothing'] };
    const [name = ''] = input.split(':', 1);
    const node = tableOf(scope).get(name);
    const output = node !== undefined && (CALLS.has(node.op) || functions.has(node.op)) ? Number(/:(\d+)$/.exec(input)?.[1] ?? 0) : 0;
    const key = `${String(ids.get(scope) ?? 0)} ${String(output)} ${name}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    // A loop comes back to what is being worked out: it adds nothing by itself.
    if (open.has(key)) {
      hasLoop = true;
      return { texts: [], computedBy: [] };
    }
    steps += 1;
    if (depth > MAX_TRACE_DEPTH || steps > MAX_TRACE_STEPS || characters > MAX_TRACED_TOTAL_CHARACTERS) return UNKNOWN;
    open.add(key);
    const found = bounded(node === undefined ? ofArgument(scope, name, depth) : ofNode(scope, node, output, depth));
    open.delete(key);
    for (const text of found.texts) characters += text.length;
    known.set(key, found);
    fresh.push(key);
    return found;
  };

  const ofNode = (scope: GraphScope, node: GraphNode, output: number, depth: number): TracedTexts => {
    const { op, inputs } = node;
    const asset = scope.name === undefined ? assets.get(node.name) : undefined;
    if (asset !== undefined) return { texts: [asset], computedBy: ['asset'] };
    if (op === 'Const' || op === '_EagerConst' || op === 'HostConst') return { texts: constantTexts(node) ?? [], computedBy: [] };
    const passes = PASSES[op];
    if (passes !== undefined) return trace(scope, inputs[passes], depth + 1);
    const chooses = CHOOSES[op];
    if (chooses !== undefined) return union(inputs.slice(chooses).filter((one) => !one.startsWith('^')).map((one) => trace(scope, one, depth + 1)));
    if (op === 'StringJoin') return joined(inputs.filter((one) => !one.startsWith('^')).map((one) => trace(scope, one, depth + 1)), attributeTexts(node, 'separator')[0] ?? '');
    if (op === 'ShardedFilename' || op === 'ShardedFilespec') return joined([trace(scope, inputs[0], depth + 1), { texts: ['-{shard}'], computedBy: [] }], '');
    if (op === 'Placeholder' || op === 'PlaceholderV2' || op === '_Arg' || op === '_DeviceArg') return { texts: [`{${node.name}}`], computedBy: ['argument'] };
    if (CALLS.has(op) || functions.has(op)) return ofCall(scope, node, output, depth);
    const inner = union(inputs.filter((one) => !one.startsWith('^')).slice(0, MAX_TRACED_TEXTS).map((one) => trace(scope, one, depth + 1)));
    return { texts: ['{…}', ...inner.texts], computedBy: [op, ...inner.computedBy] };
  };

  /** The results of the functions that a node calls. */
  const ofCall = (scope: GraphScope, node: GraphNode, output: number, depth: number): TracedTexts => {
    const called = functions.has(node.op) ? [node.op] : calledFunctions(node);
    const results = called.flatMap((name) => {
      const callee = functions.get(name);
      const result = callee?.results[output];
      return callee === undefined || result === undefined ? [] : [trace(callee, result, depth + 1)];
    });
    if (results.length === 0) return { texts: ['{…}'], computedBy: ['a function'] };
    return union([...results, ...(LOOPS.has(node.op) ? [trace(scope, node.inputs[output], depth + 1)] : [])]);
  };

  /** What callers give for a parameter of a function; and something unknown, because whoever loads the model may call it too. */
  const ofArgument = (scope: GraphScope, name: string, depth: number): TracedTexts => {
    const at = scope.parameters.indexOf(name);
    const outside = { texts: [`{${name}}`], computedBy: ['argument'] };
    if (at < 0 || scope.name === undefined) return outside;
    callers ??= callersOf(scopes);
    const calls = callers.get(scope.name) ?? [];
    if (calls.length > MAX_TRACED_TEXTS) return UNKNOWN;
    const given = calls.map(({ scope: from, node }) => trace(from, node.inputs[at + offsetOf(node.op)], depth + 1));
    const kept = captured.get(scope.name) ?? [];
    const constant = kept[at - (scope.parameters.length - kept.length)];
    const [graph] = scopes;
    return union([outside, ...given, ...(constant === undefined || graph === undefined ? [] : [trace(graph, constant, depth + 1)])]);
  };

  return (scope, input) => {
    hasLoop = false;
    fresh = [];
    const found = trace(scope, input, 0);
    // What lies on a loop was worked out without the rest of it; only where the question began is the answer whole.
    if (hasLoop) for (const key of fresh.slice(0, -1)) known.delete(key);
    return found;
  };
}

/** Where the arguments begin among the inputs of an operator that calls a function. */
function offsetOf(op: string): number {
  return op === 'If' || op === 'StatelessIf' || op === '_If' || op === 'Case' || op === 'StatelessCase' || op === 'RemoteCall' ? 1 : 0;
}

function callersOf(scopes: readonly GraphScope[]): ReadonlyMap<string, readonly { readonly scope: GraphScope; readonly node: GraphNode }[]> {
  const functions = new Set(scopes.map(({ name }) => name));
  const found = new Map<string, { scope: GraphScope; node: GraphNode }[]>();
  for (const scope of scopes) {
    for (const node of scope.nodes) {
      // A function may be called by an operator of its own name, as old graphs do.
      const called = functions.has(node.op) ? [node.op] : calledFunctions(node);
      for (const name of called) {
        const list = found.get(name);
        if (list === undefined) found.set(name, [{ scope, node }]);
        else list.push({ scope, node });
      }
    }
  }
  return found;
}

function union(all: readonly TracedTexts[]): TracedTexts {
  return { texts: all.flatMap(({ texts }) => texts), computedBy: all.flatMap(({ computedBy }) => computedBy) };
}

function joined(parts: readonly TracedTexts[], separator: string): TracedTexts {
  let texts: readonly string[] = [''];
  parts.forEach((part, index) => {
    const next = part.texts.length === 0 ? ['{…}'] : part.texts;
    texts = texts.flatMap((text) => next.map((one) => `${text}${index === 0 ? '' : separator}${one}`.slice(0, MAX_TRACED_CHARACTERS))).slice(0, MAX_TRACED_TEXTS + 1);
  });
  return { texts, computedBy: parts.flatMap(({ computedBy }) => computedBy) };
}

function bounded({ texts, computedBy }: TracedTexts): TracedTexts {
  const different = [...new Set(texts)];
  return {
    texts: different.slice(0, MAX_TRACED_TEXTS),
    computedBy: [...new Set([...computedBy, ...(different.length > MAX_TRACED_TEXTS ? ['a choice of many'] : [])])].slice(0, MAX_TRACED_TEXTS),
  };
}
