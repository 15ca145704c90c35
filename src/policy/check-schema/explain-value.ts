import type { ErrorObject } from 'ajv';
import type { GateErrorCode } from '../../errors.ts';

export interface Explained {
  readonly path: readonly (string | number)[];
  /** Whether the key or the value is at fault. */
  readonly part: 'key' | 'value';
  readonly message: string;
  readonly code?: GateErrorCode;
}

/** Longer texts are cut in messages: what is wrong with them is at their beginning or in their length. */
const MAX_SHOWN_CHARACTERS = 40;

/** Why a value is wrong and what would be right, in one sentence. */
export function explainValue(error: ErrorObject): string {
  const { keyword, params, data } = error;
  const limit = String(params['limit']);
  switch (keyword) {
    case 'type':
      return `Expected ${TYPES[String(params['type'])] ?? String(params['type'])}, not ${nameOfValue(data)}.`;
    case 'const':
      return `Expected ${nameOfValue(params['allowedValue'])}, not ${nameOfValue(data)}.`;
    case 'minimum':
      return `Expected a number of at least ${limit}, not ${nameOfValue(data)}.`;
    case 'maximum':
      return `Expected a number of at most ${limit}, not ${nameOfValue(data)}.`;
    case 'exclusiveMinimum':
      return `Expected a number above ${limit}, not ${nameOfValue(data)}.`;
    case 'exclusiveMaximum':
      return `Expected a number below ${limit}, not ${nameOfValue(data)}.`;
    case 'minItems':
      return `Expected a list of at least ${limit}, not of ${lengthOf(data)}.`;
    case 'maxItems':
    case 'additionalItems':
      return `Expected a list of at most ${limit}, not of ${lengthOf(data)}.`;
    case 'uniqueItems':
      return `The list names ${JSON.stringify(Array.isArray(data) ? data[Number(params['i'])] : data)} twice.`;
    case 'minProperties':
      return `Expected a mapping with at least ${limit === '1' ? 'one key' : `${limit} keys`}.`;
    case 'minLength':
      return 'Expected a text that is not empty.';
    case 'maxLength':
      return `Expected a text of at most ${limit} characters.`;
    case 'pattern':
      return `${nameOfValue(data, true)} does not have the form ${String(params['pattern'])}.`;
    default:
      return `The value ${error.message ?? 'is wrong'}.`;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  object: 'a mapping',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
};

/** How a message calls a value that somebody wrote. */
export function nameOfValue(data: unknown, isFirst = false): string {
  const the = isFirst ? 'The' : 'the';
  if (data === null || data === undefined) return 'nothing';
  if (Array.isArray(data)) return 'a list';
  if (typeof data === 'object') return 'a mapping';
  if (typeof data === 'number') return `${the} number ${data}`;
  if (typeof data !== 'string') return String(data);
  const shown = data.length > MAX_SHOWN_CHARACTERS ? `${data.slice(0, MAX_SHOWN_CHARACTERS)}…` : data;
  return `${the} text ${JSON.stringify(shown)}`;
}

function lengthOf(data: unknown): number {
  return Array.isArray(data) ? data.length : 0;
}
