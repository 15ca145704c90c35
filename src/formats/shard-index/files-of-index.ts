import { GateError } from '../../errors.ts';
import type { JsonNode } from '../json/json-node.ts';

/** Which tensors lie in each file. Throws `format/malformed` where the index does not say it. */
export function filesOfIndex(root: JsonNode): ReadonlyMap<string, readonly string[]> {
  const files = new Map<string, string[]>();
  const maps = root.kind === 'object' ? root.members.filter(({ key }) => key === 'weight_map').map(({ value }) => value) : [];
  if (maps.length === 0) throw new GateError({ code: 'format/malformed', message: 'The index has no weight_map.', where: { offset: root.at } });
  for (const map of maps) {
    if (map.kind !== 'object') throw new GateError({ code: 'format/malformed', message: 'weight_map is no object.', where: { offset: map.at } });
    for (const { key, value } of map.members) {
      if (value.kind !== 'string') throw new GateError({ code: 'format/malformed', message: 'The file of a tensor is no text.', where: { offset: value.at } });
      const names = files.get(value.value);
      if (names === undefined) files.set(value.value, [key]);
      else names.push(key);
    }
  }
  return files;
}
