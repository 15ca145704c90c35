import type { CodeAction, CodeActionKind, CodeIrregularity, CodeIrregularityKind, CodeOperand, CodeTarget } from '../../model/code.ts';
import { MAX_ACTIONS, MAX_IRREGULARITIES } from './pickle-limits.ts';
import { isNameMaker } from './special-calls.ts';

/** What is known of one imported name while a program is followed. */
export interface NameFact {
  readonly module: string;
  readonly name: string;
  /** Dots between all components: how the two are told apart does not matter to Python from protocol 4 on. */
  readonly dotted: string;
  /** Whether what it returns may be a name, a module or a part of a name. */
  readonly isNameMaker: boolean;
  /** Actions already recorded for it, by kind and mechanism, so that a million equal calls cost a million increments. */
  readonly recorded: Map<string, MutableAction>;
}

interface MutableAction extends CodeAction {
  count: number;
}

/** Collects what a program does. Equal actions are counted; the number of different ones is limited. */
export interface Recorder {
  name(module: string, name: string): NameFact;
  /** False once there are too many different actions. */
  record(kind: CodeActionKind, target: NameFact | string, via: string, offset: number, text: () => string, operands?: readonly CodeOperand[]): boolean;
  irregular(kind: CodeIrregularityKind, offset: number, message: string): void;
  readonly actions: readonly CodeAction[];
  readonly irregularities: readonly CodeIrregularity[];
}

export function createRecorder(): Recorder {
  const names = new Map<string, NameFact>();
  const computed = new Map<string, MutableAction>();
  const actions: CodeAction[] = [];
  const irregularities: CodeIrregularity[] = [];
  const kinds = new Set<CodeIrregularityKind>();

  return {
    actions,
    irregularities,
    name(module, name) {
      // One newline tells the two apart; a name that holds one itself is no ordinary name whatever it is taken for.
      const key = `${module}\n${name}`;
      const known = names.get(key);
      if (known !== undefined) return known;
      const dotted = name === '' ? module : `${module}.${name}`;
      const fact: NameFact = { module, name, dotted, isNameMaker: isNameMaker(module, name), recorded: new Map() };
      // Beyond the limit nothing is recorded any more, and so nothing needs to be known again.
      if (names.size < MAX_ACTIONS) names.set(key, fact);
      return fact;
    },
    record(kind, target, via, offset, text, operands) {
      const known = typeof target === 'string' ? computed : target.recorded;
      const key = `${kind} ${via}${typeof target === 'string' ? ` ${target}` : ''}${operands === undefined ? '' : JSON.stringify(operands)}`;
      const earlier = known.get(key);
      if (earlier !== undefined) {
        earlier.count += 1;
        return true;
      }
      if (actions.length >= MAX_ACTIONS) return false;
      const action: MutableAction = { kind, target: targetOf(target), via, offset, count: 1, text: text(), ...(operands === undefined ? {} : { operands }) };
      known.set(key, action);
      actions.push(action);
      return true;
    },
    irregular(kind, offset, message) {
      // Of every kind at least the first is told.
      if (irregularities.length >= MAX_IRREGULARITIES && kinds.has(kind)) return;
      kinds.add(kind);
      irregularities.push({ kind, offset, message });
    },
  };
}

function targetOf(target: NameFact | string): CodeTarget {
  if (typeof target === 'string') return { kind: 'computed', text: target };
  return { kind: 'name', module: target.module, name: target.name };
}
