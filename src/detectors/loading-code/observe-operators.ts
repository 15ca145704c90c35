import type { CodeAction, CodeOperand, CodeProgram } from '../../model/code.ts';
import { judgePath } from './judge-path.ts';
import type { LoadingCodeMessage } from './messages.ts';
import effects from './names/tensorflow-effects.json' with { type: 'json' };
import operators from './names/tensorflow-operators.json' with { type: 'json' };
import { observation, type Found } from './observation.ts';

interface Effect {
  readonly operators: readonly string[];
  readonly effect: 'path' | 'file' | 'network' | 'code' | 'unknown';
  readonly what: string;
  readonly cwe: string;
}

const EFFECTS: ReadonlyMap<string, Effect> = new Map((effects.effects as readonly Effect[]).flatMap((one) => one.operators.map((operator) => [operator, one] as const)));
const LISTED: ReadonlySet<string> = new Set([...operators.registered, ...operators.libraries.flatMap((one) => one.operators)]);

const LISTED_LITE: ReadonlySet<string> = new Set(operators.lite.flatMap((one) => one.operators));

/** Operands that are a service to talk to, whatever they look like. */
const ADDRESSES = new Set(['address', 'server_address', 'target', 'debug_urls']);

/** What may take part in making the name of a checkpoint: savers put it together from what they are given. */
const ORDINARY_STEPS = new Set(['RegexFullMatch', 'StaticRegexFullMatch', 'ShardedFilename', 'Placeholder', 'PlaceholderV2', 'argument', 'AsString', 'StringFormat', 'asset', 'VarHandleOp', 'ReadVariableOp', 'VariableV2']);

/** What the operators of a graph do besides computing. */
export function observeOperators(program: CodeProgram, allow: ReadonlySet<string>): readonly Found[] {
  return program.actions.flatMap((action) => observeOperator(program, action, allow));
}

function observeOperator(program: CodeProgram, action: CodeAction, allow: ReadonlySet<string>): Found[] {
  if (action.target.kind !== 'name') return [];
  const { module, name } = action.target;
  // A custom operator of TensorFlow Lite is code of the program around it, whatever it is called.
  if (module === 'tflite') return LISTED_LITE.has(name) || allow.has(name) ? [] : [observation(program, action, 'unknown-operator', { name }, 'likely')];
  const effect = EFFECTS.get(name);
  if (effect === undefined) {
    return LISTED.has(name) || allow.has(name) ? [] : [observation(program, action, 'unknown-operator', { name }, 'likely')];
  }
  const found = (action.operands ?? []).flatMap((operand) => observeOperand(program, action, effect, operand));
  if (found.length > 0) return found;
  const common = { name, what: effect.what, cwe: effect.cwe };
  switch (effect.effect) {
    case 'path':
      return [];
    case 'unknown':
      return allow.has(name) ? [] : [observation(program, action, 'unknown-operator', { name }, 'likely')];
    case 'code':
    case 'network':
      return [observation(program, action, 'dangerous-operator', { ...common, what: `${effect.what}${effect.effect === 'network' ? ' an address computed when it runs' : ''}` }, 'certain')];
    case 'file':
      return [observation(program, action, 'file-operator', { ...common, path: 'computed when it runs' }, 'certain')];
  }
}

function observeOperand(program: CodeProgram, action: CodeAction, { effect, what }: Effect, { name: operand, constants, computedBy }: CodeOperand): Found[] {
  if (effect === 'code' || effect === 'unknown' || action.target.kind !== 'name') return [];
  const { name } = action.target;
  const tell = (message: LoadingCodeMessage, path: string): Found => observation(program, action, message, { name, what, path }, 'certain');
  for (const constant of constants) {
    const where = placeOfConstant(name, operand, constant);
    if (where !== 'inside') return [tell(where === 'network' ? 'network-address' : 'outside-path', JSON.stringify(constant))];
  }
  const steps = computedBy.filter((step) => !ORDINARY_STEPS.has(step));
  if (steps.length > 0) return [tell('file-operator', `computed by ${steps.slice(0, 5).join(', ')}`)];
  return effect === 'file' && constants.length > 0 ? [tell('file-operator', JSON.stringify(constants[0]))] : [];
}

function placeOfConstant(operator: string, operand: string, constant: string): 'inside' | 'outside' | 'network' {
  // The streams of the program itself; anything else is a file.
  if (operator === 'PrintV2' && /^(stdout|stderr|log\((info|warning|error)\))$/.test(constant)) return 'inside';
  // Names of devices begin with a slash; a debugger's address may be a file.
  if (ADDRESSES.has(operand) && !constant.startsWith('file://')) return constant === '' || /^[/{]/.test(constant) ? 'inside' : 'network';
  return judgePath(constant);
}
