import type { ByteRange } from '../artifacts/byte-source.ts';
import type { GateErrorCode } from '../errors.ts';

/** What an action is about: something the file names, or something it computes first, so that nobody can name it. */
export type CodeTarget =
  | { readonly kind: 'name'; readonly module: string; readonly name: string }
  | { readonly kind: 'computed'; readonly text: string };

/** How loading touches the target: look it up, call it, make an instance, set an instance's state, change the target itself. */
export type CodeActionKind = 'import' | 'call' | 'construct' | 'build' | 'change';

/** What an action is given, where that decides what it does: a file name, an address. */
export interface CodeOperand {
  /** What the operand is for: `filename`, `debug_urls`. */
  readonly name: string;
  /** Texts of the file that the operand is, or is put together from; bounded. */
  readonly constants: readonly string[];
  /** What takes part in computing it besides; empty when the constant is all of it. */
  readonly computedBy: readonly string[];
}

/** Something loading the file would do. Equal actions are one, counted; a file repeats the same call for every tensor. */
export interface CodeAction {
  readonly kind: CodeActionKind;
  readonly target: CodeTarget;
  /** The instruction or mechanism: an opcode of a pickle, `getattr`, a layer, an operator, a template expression. */
  readonly via: string;
  /** Where the first of them is, in the bytes of its program's source. */
  readonly offset: number;
  readonly count: number;
  /** The first of them as pseudo-code; bounded, printable, never meant to be run. */
  readonly text: string;
  /** The layer or node that does the first of them. */
  readonly node?: string;
  readonly operands?: readonly CodeOperand[];
}

/** What no ordinary writer of the format does: the sign of a file made by hand, or made to be read in two ways. */
export type CodeIrregularityKind =
  | 'frame-divergence'
  | 'duplicate-protocol'
  | 'unusual-opcode'
  | 'invalid-operand'
  | 'extension-code'
  | 'expansion'
  | 'trailing-data'
  | 'appended-archive'
  | 'two-readings'
  | 'nested-pickle'
  | 'packed-pickle'
  | 'unreadable-bytecode';

export interface CodeIrregularity {
  readonly kind: CodeIrregularityKind;
  readonly offset: number;
  readonly message: string;
}

/** Why a program could not be followed to its end. What it does before that, it does. */
export interface CodeBreak {
  readonly code: Extract<GateErrorCode, 'format/truncated' | 'format/malformed' | 'format/limit-exceeded' | 'format/unsupported'>;
  readonly message: string;
  readonly offset: number;
}

/** One run of instructions: a pickle stream; later a Lambda layer, a graph's operators, a chat template. */
export interface CodeProgram {
  readonly language: 'pickle' | 'python-bytecode' | 'keras' | 'tensorflow' | 'jinja' | 'python' | 'skops';
  /** A noun phrase: "pickle 2", "base64 text at offset 812". */
  readonly place: string;
  /** Of the artifact: the program itself, or the value that hides it. */
  readonly range: ByteRange;
  /** `load`: runs when the file is loaded. `decode`: runs when a program unpacks the value that holds it. */
  readonly runs: 'load' | 'decode';
  /** In the order of their first occurrence. */
  readonly actions: readonly CodeAction[];
  readonly irregularities: readonly CodeIrregularity[];
  readonly break?: CodeBreak;
}

/** A part of the artifact that may hold a program and was not looked into. */
export interface UnexaminedPart {
  readonly range: ByteRange;
  readonly reason: string;
}

/** What loading the artifact would import, call and build, found by following its instructions and never by running them. */
export interface CodeFacet {
  readonly programs: readonly CodeProgram[];
  readonly unexamined: readonly UnexaminedPart[];
}
