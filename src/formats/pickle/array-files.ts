import type { CodeOperand } from '../../model/code.ts';
import type { Literal } from './literals.ts';
import type { NameFact } from './name-facts.ts';
import { textOf } from './special-calls.ts';
import { isAtom, type Value } from './values.ts';

const MODULES = /^(?:sklearn\.externals\.)?joblib\.numpy_pickle(?:_compat)?$/;

/** Whether joblib takes an instance of the class for an array in a file of its own, which it loads with pickles allowed (joblib before 0.10, and every later one for such files). */
export function isFileWrapper({ module, name }: Pick<NameFact, 'module' | 'name'>): boolean {
  return (name === 'NDArrayWrapper' || name === 'ZNDArrayWrapper') && MODULES.test(module);
}

/** Atoms of a wrapper's state whose text has to be known. */
export function fileNameAtoms(state: Value): readonly number[] {
  return isAtom(state) || state.kind !== 'dict' ? [] : state.items.filter(isAtom);
}

/** The file that a wrapper's state names. What the state does not say, the initializer was given or an attribute computes. */
export function arrayFile(state: Value, literalOf: (atom: number) => Literal | undefined): CodeOperand {
  const constants: string[] = [];
  if (!isAtom(state) && state.kind === 'dict') {
    for (let at = 0; at + 1 < state.items.length; at += 2) {
      if (textOf(state.items[at], literalOf) !== 'filename') continue;
      const text = textOf(state.items[at + 1], literalOf);
      if (text !== undefined) constants.push(text);
    }
  }
  return { name: 'filename', constants, computedBy: constants.length === 0 ? ['what the pickle does besides'] : [] };
}
