import type { PickledArray } from './read-pickled-data.ts';

/** An array whose state follows. */
export class ArrayBuilder {
  array: PickledArray | undefined;
}

export class DataType {
  readonly code: string;

  constructor(code: string) {
    this.code = code;
  }
}

/** A name that is recognized, and stands for itself only. */
export class KnownName {
  readonly is: 'reconstruct' | 'ndarray' | 'dtype' | 'encode';

  constructor(is: KnownName['is']) {
    this.is = is;
  }
}

/** What a pickled NumPy array names; NumPy 2 has a new name for one of the modules. */
const NAMES: ReadonlyMap<string, KnownName['is']> = new Map([
  ['numpy.core.multiarray _reconstruct', 'reconstruct'],
  ['numpy._core.multiarray _reconstruct', 'reconstruct'],
  ['numpy ndarray', 'ndarray'],
  ['numpy dtype', 'dtype'],
  ['_codecs encode', 'encode'],
]);

/** Throws an Error for any other name: looking it up could run anything. */
export function resolveName(module: string, name: string): KnownName {
  const key = `${module} ${name}`;
  const known = NAMES.get(key);
  if (known !== undefined) return new KnownName(known);
  throw new Error(`it names ${JSON.stringify(key.slice(0, 100))}, which is no part of an array`);
}
