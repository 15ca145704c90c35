import type { CodeBreak } from '../../model/code.ts';
import { GateError } from '../../errors.ts';
import { decodeLiteral, LITERAL_BYTES, type Literal } from './literals.ts';
import { createMachine, type MachineOptions, type PickleMachine } from './machine.ts';
import { fillWindow, type PickleWindow } from './pickle-window.ts';
import { isAtom, type CallValue, type Value } from './values.ts';

/** Literals fetched again that are held at a time; an opcode needs some thousand at most. */
const MAX_FETCHED_LITERALS = 20_000;

export interface FollowOptions extends MachineOptions {
  readonly signal: AbortSignal;
  /**
   * Reads what follows an array wrapper and moves the window behind it. Undefined where it cannot be told how long that
   * is: the pickle ends there.
   */
  readonly onArray?: (wrapper: CallValue, literalOf: (value: Value | undefined) => Promise<Literal | undefined>) => Promise<CodeBreak | undefined>;
}

export interface FollowedPickle {
  readonly machine: PickleMachine;
  /** What the pickle is a picture of; undefined where it broke. */
  readonly result: Value | undefined;
  readonly break: CodeBreak | undefined;
}

/** Follows one pickle from the window's position on, fetching what it needs; afterwards the window stands behind it. */
export async function followPickle(options: FollowOptions): Promise<FollowedPickle> {
  const { window, signal, onArray } = options;
  const machine = createMachine(options);
  for (;;) {
    const state = machine.step();
    switch (state.kind) {
      case 'bytes':
        await fillWindow(window, state.count);
        break;
      case 'literal':
        if (machine.literals.size > MAX_FETCHED_LITERALS) machine.literals.clear();
        machine.literals.set(state.offset, await fetchLiteral(window, state.offset));
        break;
      case 'array': {
        const failure = await onArray?.(state.wrapper, (value) => literalOf(window, value));
        if (failure !== undefined) return { machine, result: undefined, break: failure };
        machine.replaceTop(state.wrapper);
        break;
      }
      case 'pause':
        if (signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the pickle was cancelled.' });
        await new Promise((resolve) => setImmediate(resolve));
        break;
      case 'stopped':
        return { machine, result: state.result, break: undefined };
      case 'broken':
        return { machine, result: undefined, break: state.break };
    }
  }
}

/** What an atom stands for, wherever it lies; undefined for values that are no atoms. */
export async function literalOf(window: PickleWindow, value: Value | undefined): Promise<Literal | undefined> {
  if (value === undefined) return undefined;
  if (isAtom(value)) return fetchLiteral(window, value);
  return value.kind === 'constant' ? { kind: 'text', text: value.text } : undefined;
}

async function fetchLiteral({ source }: PickleWindow, offset: number): Promise<Literal> {
  const bytes = await source.read(offset, Math.min(LITERAL_BYTES, source.size - offset));
  // An atom was decoded when it was met, so what cannot be decoded now is a text too long to be kept.
  return decodeLiteral(bytes, 0) ?? { kind: 'long', what: 'text', length: 0 };
}
