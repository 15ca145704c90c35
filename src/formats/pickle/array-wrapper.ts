import type { CodeBreak } from '../../model/code.ts';
import type { Literal } from './literals.ts';
import type { PickleWindow } from './pickle-window.ts';
import { isAtom, type CallValue, type ContainerValue, type Value } from './values.ts';

type LiteralOf = (value: Value | undefined) => Promise<Literal | undefined>;

/** What follows a wrapper: so many bytes of numbers, or a pickle of its own. */
export type ArrayContent = { readonly kind: 'numbers'; readonly length: number } | { readonly kind: 'objects' } | { readonly kind: 'unknown'; readonly break: CodeBreak };

/** Dimensions of an array: NumPy's own limit. */
const MAX_DIMENSIONS = 64;
/** Fields within fields of a structured type that are looked at for objects (CWE-674). */
const MAX_FIELD_DEPTH = 16;

/** Whether instances of the class are followed by an array's bytes: joblib, also as scikit-learn once carried it. */
export function isArrayWrapper(module: string, name: string): boolean {
  return name === 'NumpyArrayWrapper' && (module === 'joblib.numpy_pickle' || module === 'sklearn.externals.joblib.numpy_pickle');
}

/**
 * Reads the description that joblib keeps in a wrapper's state (joblib/numpy_pickle.py, NumpyArrayWrapper.read_array).
 * Numbers follow as shape · itemsize bytes, behind an alignment where the wrapper says there is one; arrays of objects
 * follow as a pickle.
 */
export async function arrayContent(wrapper: CallValue, window: PickleWindow, literalOf: LiteralOf): Promise<ArrayContent> {
  const offset = window.position;
  const unknown = (message: string): ArrayContent => ({ kind: 'unknown', break: { code: 'format/malformed', message, offset } });
  const state = wrapper.state;
  if (state === undefined || isAtom(state) || state.kind !== 'dict') return unknown('A joblib array wrapper has no description of its array.');
  const members = await membersOf(state, literalOf);
  const shape = members.get('shape');
  const type = await elementType(members.get('dtype'), literalOf, 0);
  if (type === undefined) return unknown('A joblib array has an element type that is not understood, so nobody can tell where it ends.');
  if (type.hasObjects) return { kind: 'objects' };

  if (shape === undefined || isAtom(shape) || shape.kind !== 'tuple' || shape.count > MAX_DIMENSIONS) return unknown('A joblib array has no shape.');
  let length = type.bytes;
  for (const item of shape.items) {
    const size = await literalOf(item);
    if (size?.kind !== 'number' || typeof size.value !== 'number' || size.value < 0 || !Number.isInteger(size.value)) return unknown('A joblib array has a dimension that is no number.');
    length *= size.value;
  }
  const alignment = await literalOf(members.get('numpy_array_alignment_bytes'));
  if (alignment?.kind === 'number') {
    if (offset >= window.source.size) return unknown('The file ends before an array.');
    const [padding = 0] = await window.source.read(offset, 1);
    length += 1 + padding;
  }
  if (!Number.isSafeInteger(length) || offset + length > window.source.size) {
    return { kind: 'unknown', break: { code: 'format/truncated', message: `An array of ${String(length)} bytes is announced at offset ${String(offset)}; the data end before.`, offset } };
  }
  return { kind: 'numbers', length };
}

async function membersOf(dict: ContainerValue, literalOf: LiteralOf): Promise<Map<string, Value>> {
  const members = new Map<string, Value>();
  for (let at = 0; at + 1 < dict.items.length; at += 2) {
    const key = await literalOf(dict.items[at]);
    const value = dict.items[at + 1];
    if (key?.kind === 'text' && value !== undefined) members.set(key.text, value);
  }
  return members;
}

interface ElementType {
  readonly bytes: number;
  readonly hasObjects: boolean;
}

/** `numpy.dtype('f8', False, True)` with its state, as a pickle makes it. */
async function elementType(value: Value | undefined, literalOf: LiteralOf, depth: number): Promise<ElementType | undefined> {
  if (value === undefined || isAtom(value) || value.kind !== 'call' || depth > MAX_FIELD_DEPTH) return undefined;
  if (isAtom(value.callee) || value.callee.kind !== 'name' || value.callee.fact.dotted !== 'numpy.dtype') return undefined;
  if (isAtom(value.arguments) || value.arguments.kind !== 'tuple') return undefined;
  const name = await literalOf(value.arguments.items[0]);
  if (name?.kind !== 'text') return undefined;
  const match = /^[<>=|]?([a-zA-Z?])(\d*)$/.exec(name.text);
  const kind = match?.[1];
  if (kind === undefined) return undefined;
  if (kind === 'O') return { bytes: 8, hasObjects: true };
  const size = Number(match?.[2] ?? '');
  if (kind !== 'V') {
    // A datetime says its unit in the state; it is eight bytes in any case.
    if (kind === 'M' || kind === 'm') return { bytes: 8, hasObjects: false };
    if (!Number.isInteger(size)) return undefined;
    return { bytes: kind === 'U' ? 4 * size : size, hasObjects: false };
  }
  const { state } = value;
  if (state === undefined || isAtom(state) || state.kind !== 'tuple') return { bytes: size, hasObjects: false };
  for (const part of [state.items[2], state.items[4]]) {
    for (const of of typesIn(part)) {
      const inner = await elementType(of, literalOf, depth + 1);
      if (inner === undefined) return undefined;
      if (inner.hasObjects) return { bytes: size, hasObjects: true };
    }
  }
  return { bytes: size, hasObjects: false };
}

/** The types within a type: of a subarray (type, shape), or of fields {name: (type, offset)}. */
function typesIn(value: Value | undefined): readonly Value[] {
  if (value === undefined || isAtom(value)) return [];
  if (value.kind === 'tuple') return value.items.slice(0, 1);
  if (value.kind !== 'dict') return [];
  return value.items.flatMap((item, index) => (index % 2 === 1 && !isAtom(item) && item.kind === 'tuple' ? item.items.slice(0, 1) : []));
}
