import { literalOf } from '../pickle/follow-pickle.ts';
import type { PickleWindow } from '../pickle/pickle-window.ts';
import { isAtom, isContainer, type CallValue, type ContainerValue, type Value } from '../pickle/values.ts';
import { STORAGE_TYPES, type PlainType } from './storage-types.ts';

/** A tensor as a checkpoint describes it: a part of a storage. */
export interface DescribedTensor {
  /** The keys that lead to it, joined by dots. */
  readonly name: string;
  readonly dataType: PlainType;
  readonly shape: readonly number[];
  /** Key of the storage. */
  readonly storage: string;
  /** Elements of the storage in front of it. */
  readonly offset: number;
}

export interface CollectedTensors {
  readonly tensors: readonly DescribedTensor[];
  /** Tensors that are there and not listed: of other types, or not row by row. */
  readonly others: number;
}

export interface TensorCollector {
  /** For the pickle machine. */
  readonly hooks: { onItems(target: Value, values: readonly Value[], isKeyed: boolean): void; onState(instance: Value, state: Value): void };
  finish(window: PickleWindow): Promise<CollectedTensors>;
}

/** The largest models have some ten thousand (CWE-770). */
const MAX_TENSORS = 100_000;
/** Containers and instances whose place in others is remembered. */
const MAX_LINKS = 500_000;
/** Modules in modules. */
const MAX_DEPTH = 64;
/** Keys of an instance's own dictionary that hold its parts: they say nothing that the parts' names do not. */
const INNER_KEYS: ReadonlySet<string> = new Set(['_parameters', '_modules', '_buffers']);

const REBUILD = /^torch\._utils\._rebuild_tensor(?:_v2)?$/;
const REBUILD_PARAMETER = /^torch\._utils\._rebuild_parameter(?:_with_state)?$/;

/**
 * Collects, while a pickle is followed, the calls with which PyTorch makes a tensor of a storage, with the keys under which they are put away.
 * Nothing is called; a tensor that is not put under a key has no name and is not listed.
 */
export function tensorCollector(): TensorCollector {
  const found: { readonly holder: Value; readonly key: Value; readonly tensor: CallValue }[] = [];
  const links = new Map<Value, { readonly holder: Value; readonly key?: Value }>();
  const link = (inner: Value | undefined, holder: Value, key?: Value): void => {
    if (inner === undefined || isAtom(inner) || (!isContainer(inner) && inner.kind !== 'call') || inner === holder) return;
    if (links.size < MAX_LINKS && !links.has(inner)) links.set(inner, { holder, ...(key === undefined ? {} : { key }) });
  };
  return {
    hooks: {
      onItems(target, values, isKeyed) {
        for (let at = isKeyed ? 1 : 0; at < values.length; at += isKeyed ? 2 : 1) {
          const value = values[at];
          const key = isKeyed ? values[at - 1] : undefined;
          const tensor = tensorOf(value);
          if (tensor === undefined) link(value, target, key);
          else if (key !== undefined && found.length < MAX_TENSORS) found.push({ holder: target, key, tensor });
        }
      },
      onState(instance, state) {
        link(state, instance);
        if (!isAtom(state) && state.kind === 'tuple') for (const part of state.items) link(part, instance);
      },
    },
    async finish(window) {
      const text = async (value: Value | undefined): Promise<string> => {
        const literal = await literalOf(window, value);
        return literal?.kind === 'text' ? literal.text : literal?.kind === 'number' ? String(literal.value) : '';
      };
      const tensors: DescribedTensor[] = [];
      let others = 0;
      for (const { holder, key, tensor } of found) {
        const parts = [await text(key)];
        let at = links.get(holder);
        for (let depth = 0; at !== undefined && depth < MAX_DEPTH; depth += 1) {
          const part = at.key === undefined ? '' : await text(at.key);
          if (part !== '' && !INNER_KEYS.has(part)) parts.unshift(part);
          at = links.get(at.holder);
        }
        const described = await describe(tensor, window, parts.join('.').slice(0, 1000));
        if (described === undefined) others += 1;
        else tensors.push(described);
      }
      return { tensors, others };
    },
  };
}

/** The call that makes a tensor, also inside of the one that makes a parameter of it. */
function tensorOf(value: Value | undefined): CallValue | undefined {
  if (value === undefined || isAtom(value) || value.kind !== 'call' || isAtom(value.callee) || value.callee.kind !== 'name') return undefined;
  const { dotted } = value.callee.fact;
  if (REBUILD.test(dotted)) return value;
  if (!REBUILD_PARAMETER.test(dotted) || isAtom(value.arguments) || value.arguments.kind !== 'tuple') return undefined;
  const [inner] = value.arguments.items;
  return inner === undefined || isAtom(inner) || inner.kind !== 'call' || isAtom(inner.callee) || inner.callee.kind !== 'name' || !REBUILD.test(inner.callee.fact.dotted) ? undefined : inner;
}

/** `(storage, offset, size, stride, ...)`, where the storage is the persistent id `('storage', class, key, device, elements)`. */
async function describe({ arguments: given }: CallValue, window: PickleWindow, name: string): Promise<DescribedTensor | undefined> {
  if (isAtom(given) || given.kind !== 'tuple') return undefined;
  const [storage, offset, size, stride] = given.items;
  if (storage === undefined || isAtom(storage) || storage.kind !== 'persistent' || isAtom(storage.id) || storage.id.kind !== 'tuple') return undefined;
  const [, type, key] = storage.id.items;
  const dataType = type === undefined || isAtom(type) || type.kind !== 'name' ? undefined : STORAGE_TYPES[type.fact.name.split('.').at(-1) ?? ''];
  const keyText = await literalOf(window, key);
  const numbers = async (value: Value | undefined): Promise<readonly number[] | undefined> => {
    if (value === undefined || isAtom(value) || value.kind !== 'tuple' || value.items.length !== (value as ContainerValue).count) return undefined;
    const read = await Promise.all(value.items.map((item) => numberOf(window, item)));
    return read.some((one) => one === undefined) ? undefined : (read as number[]);
  };
  const [at, shape, strides] = [await numberOf(window, offset), await numbers(size), await numbers(stride)];
  if (dataType === undefined || keyText?.kind !== 'text' || at === undefined || shape === undefined || strides === undefined || !isRowByRow(shape, strides)) return undefined;
  return { name, dataType, shape, storage: keyText.text, offset: at };
}

async function numberOf(window: PickleWindow, value: Value | undefined): Promise<number | undefined> {
  const literal = await literalOf(window, value);
  if (literal?.kind !== 'number') return undefined;
  const number = Number(literal.value);
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** The last dimension's elements lie side by side, and so on; of a dimension with one element the stride says nothing. */
function isRowByRow(shape: readonly number[], strides: readonly number[]): boolean {
  if (shape.length !== strides.length) return false;
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    const size = shape[axis] ?? 0;
    if (size === 0) return true;
    if (size !== 1 && strides[axis] !== expected) return false;
    expected *= size;
  }
  return true;
}
