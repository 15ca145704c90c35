import type { NameFact } from './name-facts.ts';

/**
 * What stands for a Python object. A number is an atom: the offset of the opcode that wrote it, from which it is decoded
 * again when somebody asks. Most values of a large pickle are atoms that nobody asks for, and so they cost nothing.
 */
export type Value = number | NameValue | ContainerValue | CallValue | PersistentValue | ConstantValue | ModuleValue | OpaqueValue;

/** Something imported. One object for each module and name. */
export interface NameValue {
  readonly kind: 'name';
  readonly fact: NameFact;
}

export interface ContainerValue {
  readonly kind: 'tuple' | 'list' | 'dict' | 'set' | 'frozenset';
  /** The first elements (keys and values by turns in a dict). */
  items: readonly Value[];
  count: number;
  /** Whether no name, call or persistent id is in it. */
  isInert: boolean;
  /** Containers below it that hold one container twice, one inside of the other. */
  sharedLevels: number;
}

/** The result of calling or instantiating something. */
export interface CallValue {
  readonly kind: 'call';
  readonly callee: Value;
  readonly arguments: Value;
  readonly isConstruction: boolean;
  /** What BUILD gave it last. */
  state?: Value;
}

export interface PersistentValue {
  readonly kind: 'persistent';
  readonly id: Value;
}

/** A text that the pickle puts together from others. */
export interface ConstantValue {
  readonly kind: 'constant';
  readonly text: string;
}

/** What an import function returns. */
export interface ModuleValue {
  readonly kind: 'module';
  readonly name: string;
}

/** Something of which only a description is known. */
export interface OpaqueValue {
  readonly kind: 'opaque';
  readonly what: string;
}

export const opaque = (what: string): OpaqueValue => ({ kind: 'opaque', what });

/** What is put in the place of a value that is not there, so that the rest of the file is looked at all the same. */
export const MISSING = opaque('nothing');

export const isAtom = (value: Value): value is number => typeof value === 'number';

export const isContainer = (value: Value): value is ContainerValue =>
  typeof value === 'object' && (value.kind === 'tuple' || value.kind === 'list' || value.kind === 'dict' || value.kind === 'set' || value.kind === 'frozenset');

/** A container of so many elements that nobody looks into any more. */
export const isInertValue = (value: Value): boolean => isAtom(value) || (isContainer(value) && value.isInert) || value.kind === 'constant';
