import { isAlias, isMap, isScalar, isSeq, type Alias, type Document, type Node } from 'yaml';

/** No policy nests deeper than 8; recursion stays shallow, also through an anchor that holds itself (CWE-674). */
const MAX_DEPTH = 32;

/** Values after aliases are followed. An alias bomb multiplies them; 20,000 are more than any policy says (CWE-776). */
const MAX_VALUES = 20_000;

export interface Place {
  /** Offset of the key (of the value itself, in a list). */
  readonly key: number;
  readonly value: number;
}

export interface OffsetProblem {
  readonly offset: number;
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export interface Converted {
  readonly value: unknown;
  /** By {@link placeKey}. */
  readonly places: ReadonlyMap<string, Place>;
  readonly problems: readonly OffsetProblem[];
}

/** A key named 0 and the first member of a list have one name: the two never stand in the same place. */
export function placeKey(path: readonly (string | number)[]): string {
  return JSON.stringify(path.map(String));
}

interface Walk {
  /** The latest node of each anchor, in the order of the text: the parser's own lookup walks the document each time. */
  readonly anchors: Map<string, Node>;
  /** What each alias meant where it stands, before an anchor was set anew. */
  readonly targets: Map<Alias.Parsed | Alias, Node | undefined>;
  readonly places: Map<string, Place>;
  readonly problems: OffsetProblem[];
  values: number;
}

/** Thrown to leave the walk at once when a limit is passed; never leaves this file. */
class LimitPassed extends Error {}

/** The document as plain objects, lists and scalars, with the place of each. */
export function convert(document: Document.Parsed): Converted {
  const walk: Walk = { anchors: new Map(), targets: new Map(), places: new Map(), problems: [], values: 0 };
  let value: unknown;
  try {
    value = valueOf(walk, document.contents, []);
  } catch (thrown) {
    if (!(thrown instanceof LimitPassed)) throw thrown;
  }
  return { value, places: walk.places, problems: walk.problems };
}

function valueOf(walk: Walk, node: Node | null, path: readonly (string | number)[], key?: number, outer?: number): unknown {
  // What an alias stands for is shown where the alias stands: that is the line its author can see.
  const offset = outer ?? node?.range?.[0] ?? key ?? 0;
  const place = placeKey(path);
  if (!walk.places.has(place)) walk.places.set(place, { key: key ?? offset, value: offset });

  const refuse = (message: string): void => void walk.problems.push({ offset, path, message });
  walk.values += 1;
  if (walk.values > MAX_VALUES) {
    refuse(`The document has more than ${MAX_VALUES} values once its aliases are followed.`);
    throw new LimitPassed();
  }
  if (path.length > MAX_DEPTH) {
    refuse(`The document is nested deeper than ${MAX_DEPTH} levels.`);
    throw new LimitPassed();
  }
  if (isAlias(node)) {
    if (!walk.targets.has(node)) walk.targets.set(node, walk.anchors.get(node.source));
    const target = walk.targets.get(node);
    if (target !== undefined) return valueOf(walk, target, path, key, offset);
    refuse(`The alias "*${node.source}" has no anchor before it.`);
    return undefined;
  }
  if (outer === undefined && node?.anchor !== undefined) walk.anchors.set(node.anchor, node);
  if (node?.tag !== undefined && node.tag !== null && !isPlainTag(node.tag)) refuse('Tags ("!…") are not used here.');

  if (isMap(node)) {
    // An own member, also for __proto__: assignment would set the prototype (CWE-1321).
    const members = new Map<string, unknown>();
    for (const pair of node.items) {
      const keyNode = pair.key as Node | null;
      const name = isScalar(keyNode) ? keyNode.value : undefined;
      const keyOffset = outer ?? keyNode?.range?.[0] ?? offset;
      if (typeof name !== 'string') {
        walk.problems.push({ offset: keyOffset, path, message: 'A key has to be a plain text.' });
        continue;
      }
      if (members.has(name)) walk.problems.push({ offset: keyOffset, path: [...path, name], message: `The key ${JSON.stringify(name)} stands twice in one mapping.` });
      members.set(name, valueOf(walk, pair.value as Node | null, [...path, name], keyOffset, outer));
    }
    return Object.fromEntries(members);
  }
  if (isSeq(node)) return node.items.map((item, index) => valueOf(walk, item as Node | null, [...path, index], undefined, outer));
  if (!isScalar(node)) return null;
  if (typeof node.value === 'number' && !Number.isFinite(node.value)) refuse('A number has to be finite.');
  return node.value;
}

/** Tags the parser itself gives to untagged values. */
function isPlainTag(tag: string): boolean {
  return /^tag:yaml\.org,2002:(?:map|seq|str|int|float|bool|null)$/.test(tag);
}
