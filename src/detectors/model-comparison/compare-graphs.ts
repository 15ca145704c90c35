import type { CanonicalNode } from './canonical-graph.ts';

/** Nodes of the parts that differ on both sides: the comparison takes the product of the two in time and memory. */
const MAX_COMPARED_NODES = 3_000;

/** What one version's graph has and the other's has not. */
export interface GraphChange {
  readonly earlierCount: number;
  readonly laterCount: number;
  readonly matchedCount: number;
  readonly added: readonly CanonicalNode[];
  readonly removed: readonly CanonicalNode[];
  /** Nodes in both whose inputs come from elsewhere. */
  readonly rewired: readonly CanonicalNode[];
  /** Added nodes that bring a way beside the trunk back into it. */
  readonly joins: readonly CanonicalNode[];
}

/**
 * Matches two canonical lists by their longest common subsequence. What is added in the place of something removed and
 * takes its values from one node only is the same thing written differently (an activation spelled out, a layer
 * normalisation); everything else that is added and has two inputs leads a second way into the trunk. Undefined when the
 * parts that differ are too large to compare.
 */
export function compareGraphs(earlier: readonly CanonicalNode[], later: readonly CanonicalNode[]): GraphChange | undefined {
  const pairs = commonNodes(earlier, later);
  if (pairs === undefined) return undefined;
  const laterOf = new Map(pairs);
  const matchedLater = new Set(pairs.map(([, after]) => after));
  const added: CanonicalNode[] = [];
  const joins: CanonicalNode[] = [];
  for (const gap of gapsOf(pairs, earlier.length, later.length)) {
    const isReplacement = gap.removed > 0 && entriesOf(later, gap).size <= 1;
    for (let place = gap.from; place < gap.to; place += 1) {
      const node = later[place] as CanonicalNode;
      added.push(node);
      if (node.inputs.length > 1 && !isReplacement) joins.push(node);
    }
  }
  const rewired = pairs.flatMap(([before, after]) => {
    const [was, is] = [earlier[before] as CanonicalNode, later[after] as CanonicalNode];
    const expected = new Set(was.inputs.map((input) => (input < 0 ? input : laterOf.get(input))));
    const isKept = was.inputs.length === is.inputs.length && is.inputs.every((input) => expected.has(input));
    return isKept || is.inputs.some((input) => input >= 0 && !matchedLater.has(input)) ? [] : [is];
  });
  return {
    earlierCount: earlier.length,
    laterCount: later.length,
    matchedCount: pairs.length,
    added,
    removed: earlier.filter((_, place) => !laterOf.has(place)),
    rewired,
    joins,
  };
}

interface Gap {
  readonly from: number;
  readonly to: number;
  readonly removed: number;
}

/** Runs of added nodes between matched ones, and how many were removed there. */
function gapsOf(pairs: readonly (readonly [number, number])[], earlierCount: number, laterCount: number): readonly Gap[] {
  const gaps: Gap[] = [];
  let [before, after] = [-1, -1];
  for (const [nextBefore, nextAfter] of [...pairs, [earlierCount, laterCount] as const]) {
    if (nextAfter > after + 1) gaps.push({ from: after + 1, to: nextAfter, removed: nextBefore - before - 1 });
    [before, after] = [nextBefore, nextAfter];
  }
  return gaps;
}

/** Where a run takes its values from outside of itself. */
function entriesOf(later: readonly CanonicalNode[], { from, to }: Gap): ReadonlySet<number> {
  const entries = new Set<number>();
  for (let place = from; place < to; place += 1) for (const input of later[place]?.inputs ?? []) if (input < from || input >= to) entries.add(input);
  return entries;
}

/** Longest common subsequence by label and number of inputs; equal ends cost nothing. */
function commonNodes(earlier: readonly CanonicalNode[], later: readonly CanonicalNode[]): (readonly [number, number])[] | undefined {
  const isSame = (before: number, after: number): boolean => {
    const [one, other] = [earlier[before], later[after]];
    return one !== undefined && other !== undefined && one.label === other.label && one.inputs.length === other.inputs.length;
  };
  let start = 0;
  while (start < earlier.length && start < later.length && isSame(start, start)) start += 1;
  let end = 0;
  while (end < earlier.length - start && end < later.length - start && isSame(earlier.length - 1 - end, later.length - 1 - end)) end += 1;
  const [rows, columns] = [earlier.length - start - end, later.length - start - end];
  if (rows > MAX_COMPARED_NODES || columns > MAX_COMPARED_NODES) return undefined;

  const lengths = new Uint16Array((rows + 1) * (columns + 1));
  const at = (row: number, column: number): number => lengths[row * (columns + 1) + column] as number;
  for (let row = rows - 1; row >= 0; row -= 1) {
    for (let column = columns - 1; column >= 0; column -= 1) {
      lengths[row * (columns + 1) + column] = isSame(start + row, start + column) ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const middle: (readonly [number, number])[] = [];
  for (let row = 0, column = 0; row < rows && column < columns; ) {
    if (isSame(start + row, start + column)) {
      middle.push([start + row, start + column]);
      row += 1;
      column += 1;
    } else if (at(row + 1, column) >= at(row, column + 1)) row += 1;
    else column += 1;
  }
  const equal = (count: number, before: number, after: number): (readonly [number, number])[] => Array.from({ length: count }, (_, place) => [before + place, after + place] as const);
  return [...equal(start, 0, 0), ...middle, ...equal(end, earlier.length - end, later.length - end)];
}
