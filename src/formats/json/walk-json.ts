import type { JsonMember, JsonNode } from './json-node.ts';

/** Every member of every object, the outer ones first, with the keys and indexes that lead to it: `model.layers[3].name`. */
export function* walkJson(node: JsonNode, path = ''): Generator<{ readonly path: string; readonly member: JsonMember; readonly owner: JsonNode & { readonly kind: 'object' } }> {
  if (node.kind === 'array') {
    for (const [index, item] of node.items.entries()) yield* walkJson(item, `${path}[${String(index)}]`);
  }
  if (node.kind !== 'object') return;
  for (const member of node.members) {
    const inner = cut(path === '' ? member.key : `${path}.${member.key}`);
    yield { path: inner, member, owner: node };
    yield* walkJson(member.value, inner);
  }
}

/** Long keys at every level would make of a small file a large list of paths (CWE-789). */
const MAX_PATH_CHARACTERS = 200;

function cut(path: string): string {
  return path.length <= MAX_PATH_CHARACTERS ? path : `…${path.slice(-MAX_PATH_CHARACTERS)}`;
}
