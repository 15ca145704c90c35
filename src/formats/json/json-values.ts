import type { JsonNode } from './json-node.ts';

/** Everything that an object has under a key; more than one where the key is there twice, none where it is no object. */
export function jsonMembers(node: JsonNode | undefined, key: string): JsonNode[] {
  if (node?.kind !== 'object') return [];
  return node.members.flatMap((member) => (member.key === key ? [member.value] : []));
}

/** The texts among {@link jsonMembers}. */
export function jsonTexts(node: JsonNode | undefined, key: string): string[] {
  return jsonMembers(node, key).flatMap((value) => (value.kind === 'string' ? [value.value] : []));
}
