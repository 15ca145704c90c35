import type { CodeAction } from '../../model/code.ts';
import type { JsonMember, JsonNode } from '../json/json-node.ts';
import { shown } from '../oddities/shown.ts';

/** Different classes and functions of one model; the largest have a hundred (CWE-770). */
const MAX_ACTIONS = 10_000;

/** Equal keys of one node that are looked at; every combination of them counts. */
const MAX_SAME_KEYS = 8;

/** Loaders that import what they name and do not call it. */
const IMPORTING: ReadonlySet<string> = new Set(['TypeNode', 'FunctionNode', 'DtypeNode', 'NdArrayNode']);

export interface SkopsActions {
  readonly actions: readonly CodeAction[];
  readonly nodes: number;
  readonly isWhole: boolean;
}

/**
 * What loading a tree of skops nodes imports, makes and calls. A node says its class in `__module__` and `__class__`, and some loaders take more from elsewhere:
 * the method of a MethodNode, the function of an older FunctionNode, the name in the module `operator` of an OperatorFuncNode. All of it counts,
 * because programs differed in which one they checked (CVE-2025-54412, CVE-2025-54413).
 */
export function actionsOfNodes(root: JsonNode, offsetOf: (at: number) => number): SkopsActions {
  const actions = new Map<string, CodeAction>();
  let nodes = 0;
  let isWhole = true;
  const add = (kind: CodeAction['kind'], via: string, target: CodeAction['target'], at: number, text: string): void => {
    const key = JSON.stringify([kind, via, target]);
    const known = actions.get(key);
    if (known !== undefined) actions.set(key, { ...known, count: known.count + 1 });
    else if (actions.size < MAX_ACTIONS) actions.set(key, { kind, via, target, offset: offsetOf(at), count: 1, text });
    else isWhole = false;
  };
  const look = (node: JsonNode): void => {
    if (node.kind === 'array') for (const item of node.items) look(item);
    if (node.kind !== 'object') return;
    const loaders = textsOf(node.members, '__loader__');
    if (loaders.length > 0) {
      nodes += 1;
      // Of keys that are there twice every combination counts, since nobody knows which one a reader takes.
      for (const via of loaders) for (const module of textsOf(node.members, '__module__')) for (const name of textsOf(node.members, '__class__')) {
        const kind = IMPORTING.has(via) ? 'import' : via === 'OperatorFuncNode' ? 'call' : 'construct';
        // How a function itself is described; which one it is stands in its content.
        if (!(via === 'FunctionNode' && name === 'function')) add(kind, via, { kind: 'name', module, name }, node.at, `${via}: ${shown(`${module}.${name}`)}`);
        if (via === 'OperatorFuncNode') add('call', via, { kind: 'name', module: 'operator', name }, node.at, `operator.${shown(name)}`);
      }
      for (const content of valuesOf(node.members, 'content')) {
        if (content.kind !== 'object') continue;
        if (loaders.includes('MethodNode')) for (const method of textsOf(content.members, 'func')) add('import', 'MethodNode', { kind: 'computed', text: `attribute ${method}` }, node.at, `getattr(object, ${shown(method)})`);
        for (const module of textsOf(content.members, 'module_path')) for (const name of textsOf(content.members, 'function')) add('import', 'FunctionNode', { kind: 'name', module, name }, node.at, `FunctionNode: ${shown(`${module}.${name}`)}`);
      }
    }
    for (const { value } of node.members) look(value);
  };
  look(root);
  return { actions: [...actions.values()], nodes, isWhole };
}

function valuesOf(members: readonly JsonMember[], key: string): readonly JsonNode[] {
  return members.filter((one) => one.key === key).slice(0, MAX_SAME_KEYS).map(({ value }) => value);
}

function textsOf(members: readonly JsonMember[], key: string): readonly string[] {
  return valuesOf(members, key).flatMap((value) => (value.kind === 'string' ? [value.value] : []));
}
