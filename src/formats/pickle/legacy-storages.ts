import type { ByteRange } from '../../artifacts/byte-source.ts';
import { literalOf } from './follow-pickle.ts';
import type { PickleWindow } from './pickle-window.ts';
import { isAtom, type Value } from './values.ts';

/** A persistent id of the kind PyTorch gives its storages: ('storage', class, key, device, elements, ...). */
export interface StorageId {
  readonly id: Value;
}

/** Magic number, protocol version, system information, the object, the storage keys. */
export const LEGACY_STREAMS = 5;

const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  DoubleStorage: 8, FloatStorage: 4, HalfStorage: 2, BFloat16Storage: 2, LongStorage: 8, IntStorage: 4, ShortStorage: 2, CharStorage: 1, ByteStorage: 1,
  BoolStorage: 1, ComplexDoubleStorage: 16, ComplexFloatStorage: 8, QInt8Storage: 1, QUInt8Storage: 1, QInt32Storage: 4, UntypedStorage: 1, _UntypedStorage: 1,
};

export interface LegacyStorages {
  /** Behind the last storage. */
  readonly end: number;
  /** By key: where the elements lie. */
  readonly places: ReadonlyMap<string, ByteRange>;
}

/**
 * Where the storages lie that follow the pickles of a PyTorch checkpoint before 1.6: for each key, in the order of the
 * keys, the number of elements and then the elements (torch/serialization.py, _legacy_save). Stops at the first that
 * does not fit, so that the rest is reported.
 */
export async function legacyStorages(window: PickleWindow, storages: readonly StorageId[]): Promise<LegacyStorages> {
  const { source } = window;
  const sizes = new Map<string, number>();
  for (const { id } of storages) {
    if (isAtom(id) || id.kind !== 'tuple') continue;
    const [, type, key] = id.items;
    const name = await literalOf(window, key);
    if (type === undefined || isAtom(type) || type.kind !== 'name' || name?.kind !== 'text') continue;
    const size = ELEMENT_BYTES[type.fact.name.split('.').at(-1) ?? ''];
    if (size !== undefined) sizes.set(name.text, size);
  }
  const places = new Map<string, ByteRange>();
  let position = window.position;
  for (const [key, size] of [...sizes].sort(([left], [right]) => (left < right ? -1 : Number(left > right)))) {
    if (position + 8 > source.size) return { end: position, places };
    const head = await source.read(position, 8);
    const elements = Number(new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true));
    const end = position + 8 + elements * size;
    if (!Number.isSafeInteger(end) || end > source.size) return { end: position, places };
    places.set(key, { offset: position + 8, length: end - position - 8 });
    position = end;
  }
  return { end: position, places };
}
