import type { ByteRange } from '../../artifacts/byte-source.ts';
import type { CodeProgram, UnexaminedPart } from '../../model/code.ts';
import { readTemplate } from '../jinja/read-template.ts';
import type { JsonNode } from '../json/json-node.ts';
import { walkJson } from '../json/walk-json.ts';

/** Templates of one configuration; the most that a published model has is six. */
const MAX_TEMPLATES = 1_000;

/** Keys whose texts are rendered: as they are, in a list of named ones, or by name. */
const TEMPLATE_KEY = /template/i;

/** The chat templates of a configuration, and every other text under a key with `template` in its name. */
export function templatesIn(root: JsonNode, placed: (node: JsonNode) => ByteRange): { readonly programs: readonly CodeProgram[]; readonly unexamined: readonly UnexaminedPart[] } {
  const programs: CodeProgram[] = [];
  const unexamined: UnexaminedPart[] = [];
  let count = 0;
  const read = (node: JsonNode, place: string): void => {
    if (node.kind === 'array') for (const [index, item] of node.items.entries()) read(item, `${place}[${String(index)}]`);
    if (node.kind === 'object') for (const { key, value } of node.members) if (key !== 'name') read(value, `${place}.${key}`.slice(0, 200));
    if (node.kind !== 'string' || !/\{[{%#]/.test(node.value)) return;
    count += 1;
    const range = placed(node);
    if (count > MAX_TEMPLATES) {
      if (count === MAX_TEMPLATES + 1) unexamined.push({ range, reason: `There are more than ${String(MAX_TEMPLATES)} templates` });
      return;
    }
    const found = readTemplate({ text: node.value, place, range });
    if (found.program !== undefined) programs.push(found.program);
    unexamined.push(...found.unexamined);
  };
  const seen = new Set<JsonNode>();
  for (const { path, member } of walkJson(root)) {
    if (!TEMPLATE_KEY.test(member.key) || seen.has(member.value)) continue;
    markAll(member.value, seen);
    read(member.value, path);
  }
  return { programs, unexamined };
}

/** What is read with an outer key is not read again with an inner one. */
function markAll(node: JsonNode, seen: Set<JsonNode>): void {
  seen.add(node);
  if (node.kind === 'array') for (const item of node.items) markAll(item, seen);
  if (node.kind === 'object') for (const { value } of node.members) markAll(value, seen);
}
