import { isAlias, isMap, isScalar, isSeq, parseAllDocuments, type Node } from 'yaml';
import { GateError } from '../../errors.ts';
import type { JsonMember, JsonNode } from '../json/json-node.ts';

/** As for JSON (CWE-674, CWE-770). */
const MAX_DEPTH = 256;
const MAX_NODES = 1_000_000;

export interface TaggedNode {
  /** Without the `!!` or the address in front of it: `python/object/apply:os.system`. */
  readonly tag: string;
  readonly at: number;
  readonly end: number;
}

export interface YamlReading {
  /** The documents as one list, so that what reads JSON reads it too. Aliases are not followed: what they stand for is there already. */
  readonly root: JsonNode;
  /** Values with a tag of their own, which loaders make objects of. */
  readonly tagged: readonly TaggedNode[];
}

/** A YAML text as values with their places. Throws `format/malformed` with the offset in characters where it is none. */
export function parseYaml(text: string): YamlReading {
  const tagged: TaggedNode[] = [];
  let nodes = 0;
  const convert = (node: Node | null | undefined, depth: number): JsonNode => {
    nodes += 1;
    const [at = 0, end = at] = node?.range ?? [];
    if (nodes > MAX_NODES || depth > MAX_DEPTH) throw new GateError({ code: 'format/limit-exceeded', message: nodes > MAX_NODES ? `There are more than ${String(MAX_NODES)} values.` : `Values are nested more than ${String(MAX_DEPTH)} deep.`, where: { offset: at } });
    const tag = node === null || node === undefined || isAlias(node) ? undefined : node.tag;
    if (tag !== undefined && tag !== '!') tagged.push({ tag: tag.replace(/^tag:yaml\.org,2002:|^!+/, ''), at, end });
    if (isMap(node)) {
      const members = node.items.map((pair): JsonMember => {
        const key = convert(pair.key as Node | null, depth + 1);
        return { key: key.kind === 'string' ? key.value : '', at: key.at, value: convert(pair.value as Node | null, depth + 1) };
      });
      return { kind: 'object', at, end, members };
    }
    if (isSeq(node)) return { kind: 'array', at, end, items: node.items.map((item) => convert(item as Node | null, depth + 1)) };
    if (!isScalar(node)) return { kind: 'null', at, end };
    const { value } = node;
    if (typeof value === 'string') return { kind: 'string', at, end, value };
    if (typeof value === 'number') return { kind: 'number', at, end, value };
    if (typeof value === 'boolean') return { kind: 'boolean', at, end, value };
    return { kind: 'null', at, end };
  };
  try {
    // Keys that are there twice are for whoever asks; a tag that nobody knows is no error of the text.
    const documents = parseAllDocuments(text, { uniqueKeys: false, strict: false, logLevel: 'silent' });
    const list = Array.isArray(documents) ? documents : [];
    const error = list.flatMap((one) => one.errors)[0];
    if (error !== undefined) throw new GateError({ code: 'format/malformed', message: `${error.message.split('\n', 1)[0] ?? 'It is no YAML.'}`, where: { offset: error.pos[0] } });
    return { root: { kind: 'array', at: 0, end: text.length, items: list.map((one) => convert(one.contents as Node | null, 0)) }, tagged };
  } catch (error) {
    if (error instanceof GateError) throw error;
    if (error instanceof RangeError) throw new GateError({ code: 'format/limit-exceeded', message: 'Values are nested deeper than can be read.', cause: error });
    throw error;
  }
}
