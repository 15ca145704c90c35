import type { Recorder } from './name-facts.ts';
import { MAX_KEPT_ITEMS, MAX_MEMO_CONTAINERS, MAX_MEMO_ENTRIES, MAX_MEMO_KEY, MAX_SHARED_LEVELS } from './pickle-limits.ts';
import { isAtom, isContainer, isInertValue, MISSING, opaque, type ContainerValue, type Value } from './values.ts';

/** How many elements before the last are compared with a new one to see that a container holds another twice. */
const COMPARED_ITEMS = 8;

/** Far keys beyond the dense part: one that no pickler would choose. */
const MEMO_GAP = 1024;

/** The stack with its marks. Taking what is not there gives {@link MISSING} and is reported, so that the rest is seen too. */
export interface Stack {
  readonly values: Value[];
  readonly marks: number[];
  /** Values above the last mark. */
  readonly height: () => number;
  peek(depth: number): Value;
  pop(): Value;
  push(value: Value): void;
  /** The values above the last mark, which goes too. */
  popMark(): Value[];
}

export function createStack(onMissing: (what: string) => void): Stack {
  const values: Value[] = [];
  const marks: number[] = [];
  const fence = (): number => marks[marks.length - 1] ?? 0;
  return {
    values,
    marks,
    height: () => values.length - fence(),
    peek(depth) {
      const at = values.length - 1 - depth;
      return at >= fence() ? (values[at] ?? MISSING) : MISSING;
    },
    pop() {
      if (values.length <= fence()) {
        onMissing('takes a value from an empty stack');
        return MISSING;
      }
      return values.pop() ?? MISSING;
    },
    push(value) {
      values.push(value);
    },
    popMark() {
      const mark = marks.pop();
      if (mark === undefined) {
        onMissing('takes values up to a mark that is not there');
        return values.splice(0);
      }
      return values.splice(mark);
    },
  };
}

/** What a pickle remembers under numbers. */
export interface Memo {
  get(key: number): Value | undefined;
  /** False where the file asks for more than the machine holds. */
  put(key: number, value: Value): boolean;
  /** Entries that were set: MEMOIZE uses it as its key. */
  size(): number;
}

/** Entries of one piece of the memo, as a power of two: growing by pieces copies nothing. */
const PIECE_BITS = 14;
const PIECE_MASK = 2 ** PIECE_BITS - 1;

export function createMemo(): Memo {
  const pieces: Value[][] = [];
  const far = new Map<number, Value>();
  let length = 0;
  let containers = 0;
  let entries = 0;
  const append = (value: Value): void => {
    if ((length & PIECE_MASK) === 0) pieces.push([]);
    pieces[length >> PIECE_BITS]?.push(value);
    length += 1;
  };
  const get = (key: number): Value | undefined => (key < length ? pieces[key >> PIECE_BITS]?.[key & PIECE_MASK] : far.get(key));
  return {
    size: () => entries,
    get,
    put(key, value) {
      if (length + far.size >= MAX_MEMO_ENTRIES || key > MAX_MEMO_KEY || key < 0) return false;
      const before = get(key);
      if (before === undefined || before === UNSET) entries += 1;
      let kept = value;
      if (isContainer(value)) {
        containers += 1;
        if (containers > MAX_MEMO_CONTAINERS && value.isInert) kept = FORGOTTEN[value.kind];
      }
      if (key < length) {
        const piece = pieces[key >> PIECE_BITS];
        if (piece !== undefined) piece[key & PIECE_MASK] = kept;
        return true;
      }
      if (key > length + MEMO_GAP) {
        far.set(key, kept);
        return true;
      }
      while (length < key) {
        const earlier = far.get(length);
        far.delete(length);
        append(earlier ?? UNSET);
      }
      far.delete(key);
      append(kept);
      return true;
    },
  };
}

/** What the memo keeps of plain containers when it keeps too many: which kind it was. */
const FORGOTTEN: Readonly<Record<ContainerValue['kind'], Value>> = {
  tuple: opaque('a tuple'), list: opaque('a list'), dict: opaque('a dict'), set: opaque('a set'), frozenset: opaque('a frozenset'),
};

/** A memo entry that was passed over. */
export const UNSET = opaque('a memo entry that was never set');

/** Shared by all containers that are still empty. */
const NO_ITEMS: readonly Value[] = Object.freeze([]);

export function container(kind: ContainerValue['kind']): ContainerValue {
  return { kind, items: NO_ITEMS, count: 0, isInert: true, sharedLevels: 0 };
}

/** Adds elements; only the first are kept, for only they are ever looked at again. The array becomes the container's. */
export function addTo(target: ContainerValue, values: readonly Value[], offset: number, recorder: Recorder): void {
  const { count } = target;
  target.count += values.length;
  if (count === 0 && values.length <= MAX_KEPT_ITEMS) target.items = values;
  else if (count < MAX_KEPT_ITEMS) target.items = [...target.items, ...values.slice(0, MAX_KEPT_ITEMS - count)];
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] as Value;
    if (isAtom(value)) continue;
    if (target.isInert && !isInertValue(value)) target.isInert = false;
    if (isContainer(value) && value !== target) countSharing(target, value, values, at, offset, recorder);
  }
}

function countSharing(target: ContainerValue, value: ContainerValue, values: readonly Value[], at: number, offset: number, recorder: Recorder): void {
  const from = Math.max(0, at - COMPARED_ITEMS);
  let isRepeated = value.count > 0 && at === 0 && target.items !== values && target.items.lastIndexOf(value) >= 0;
  for (let before = at - 1; before >= from && !isRepeated; before -= 1) isRepeated = value.count > 0 && values[before] === value;
  const levels = value.sharedLevels + (isRepeated ? 1 : 0);
  if (levels <= target.sharedLevels) return;
  target.sharedLevels = levels;
  if (levels !== MAX_SHARED_LEVELS) return;
  recorder.irregular('expansion', offset, `Containers hold each other more than once, ${String(levels)} levels deep: printing or hashing the value takes exponential time.`);
}

export function tupleOf(values: readonly Value[], offset: number, recorder: Recorder): ContainerValue {
  const tuple = container('tuple');
  addTo(tuple, values, offset, recorder);
  return tuple;
}
