import { GateError } from '../../errors.ts';
import type { CodeAction, CodeOperand, CodeProgram } from '../../model/code.ts';
import { attributeTexts } from './attribute-values.ts';
import { OPERANDS } from './operands.ts';
import type { GraphNode, GraphScope } from './read-graph.ts';
import { MAX_TENSORFLOW_ACTIONS, MAX_TRACED_TEXTS, MAX_TRACED_TOTAL_CHARACTERS } from './tensorflow-limits.ts';
import { textTracer, type TraceTexts } from './trace-texts.ts';

/** Characters of a text that pseudo-code shows. */
const SHOWN_CHARACTERS = 120;

export interface OperatorsRequest {
  /** "the graph", "meta graph 2". */
  readonly place: string;
  readonly range: { readonly offset: number; readonly length: number };
  readonly scopes: readonly GraphScope[];
  /** Names of nodes that stand for files of the model, and what they are called there. */
  readonly assets?: ReadonlyMap<string, string>;
  /** Nodes of constants that functions are given as their last arguments wherever they are called from. */
  readonly captured?: ReadonlyMap<string, readonly (string | undefined)[]>;
}

/**
 * The operators of a graph and of its functions as a program: each operator once, and each operator that opens something
 * once for everything it opens.
 */
export function operatorsOf({ place, range, scopes, assets = new Map(), captured = new Map() }: OperatorsRequest): CodeProgram {
  const functions = new Set(scopes.flatMap(({ name }) => (name === undefined ? [] : [name])));
  const trace = textTracer(scopes, { assets, captured });
  const actions = new Map<string, { action: CodeAction; count: number }>();
  let characters = 0;
  for (const scope of scopes) {
    for (const node of scope.nodes) {
      if (functions.has(node.op)) continue;
      const operands = operandsOf(scope, node, trace);
      const key = operands.length === 0 ? node.op : JSON.stringify([node.op, operands]);
      const known = actions.get(key);
      if (known !== undefined) {
        known.count += 1;
        continue;
      }
      for (const { constants } of operands) for (const text of constants) characters += text.length;
      if (actions.size >= MAX_TENSORFLOW_ACTIONS || characters > MAX_TRACED_TOTAL_CHARACTERS) throw new GateError({ code: 'format/limit-exceeded', message: `The graph does more than ${MAX_TENSORFLOW_ACTIONS} different things.`, where: { offset: node.span.start } });
      const name = scope.name === undefined ? node.name : `${scope.name}/${node.name}`;
      const action: CodeAction = {
        kind: 'call', via: 'operator', target: { kind: 'name', module: 'tensorflow', name: node.op }, offset: node.span.start, count: 1,
        text: `${node.op}(${operands.map(shown).join(', ')})`, node: name, ...(operands.length === 0 ? {} : { operands }),
      };
      actions.set(key, { action, count: 1 });
    }
  }
  return { language: 'tensorflow', place, range, runs: 'load', actions: [...actions.values()].map(({ action, count }) => ({ ...action, count })), irregularities: [] };
}

function operandsOf(scope: GraphScope, node: GraphNode, trace: TraceTexts): CodeOperand[] {
  return (Object.hasOwn(OPERANDS, node.op) ? OPERANDS[node.op] ?? [] : []).flatMap(({ name, input, attribute }) => {
    if (attribute !== undefined) {
      const constants = attributeTexts(node, attribute);
      return constants.length === 0 ? [] : [{ name, constants, computedBy: constants.length > MAX_TRACED_TEXTS ? ['a choice of many'] : [] }];
    }
    const { texts, computedBy } = trace(scope, node.inputs[input ?? 0]);
    return [{ name, constants: texts.filter((text) => !/^\{[^}]*\}$/.test(text)), computedBy }];
  });
}

function shown({ name, constants, computedBy }: CodeOperand): string {
  const value = constants.length === 0 ? '{…}' : constants.slice(0, 3).map((one) => JSON.stringify(one.slice(0, SHOWN_CHARACTERS))).join(' or ');
  return `${name}=${value}${computedBy.length === 0 || constants.length > 0 ? '' : ` from ${computedBy.slice(0, 3).join(', ')}`}`;
}
