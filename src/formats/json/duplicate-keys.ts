import type { FileOddity } from '../../model/structure.ts';
import { shown } from '../oddities/shown.ts';
import type { JsonNode } from './json-node.ts';

/** How many are told; a file that has more is not better understood with the rest. */
const MAX_TOLD = 100;

/** Keys that an object has more than once; readers differ in which one they take. */
export function duplicateKeys(root: JsonNode): readonly FileOddity[] {
  const found: FileOddity[] = [];
  const look = (node: JsonNode): void => {
    if (found.length >= MAX_TOLD) return;
    if (node.kind === 'array') for (const item of node.items) look(item);
    if (node.kind !== 'object') return;
    const seen = new Set<string>();
    for (const { key, at, value } of node.members) {
      if (seen.has(key)) found.push({ kind: 'duplicate-key', place: `key ${shown(key)}`, bytes: { offset: at, length: key.length + 2 }, detail: 'The object has it more than once.' });
      seen.add(key);
      look(value);
    }
  };
  look(root);
  return found;
}
