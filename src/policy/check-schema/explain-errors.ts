import type { ErrorObject } from 'ajv';
import type { GateErrorCode } from '../../errors.ts';
import { nearest } from '../nearest.ts';
import { DETECTOR_ID_TITLE } from '../policy-schema.ts';
import { explainValue, nameOfValue, type Explained } from './explain-value.ts';

interface SchemaLike {
  readonly type?: string;
  readonly const?: unknown;
  readonly title?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}

/** Sentences instead of what a validator says: one for each thing its author has to change. */
export function explainErrors(errors: readonly ErrorObject[]): Explained[] {
  const unions = errors.filter((one) => one.keyword === 'anyOf');
  const outermost = errors.filter((one) => !unions.some((union) => union !== one && isInside(one, union)));
  const explained = outermost.filter((one) => !isImplied(one, outermost)).map((one) => ({ error: one, sentences: one.keyword === 'anyOf' ? explainUnion(one, errors) : [explain(one)] }));

  // A misspelled key is unknown, and what it should have been is missing: one mistake, one sentence.
  const misspelled = new Set(errors.flatMap((one) => correctionOf(one) ?? []));
  return explained
    .filter(({ error }) => error.keyword !== 'required' || !misspelled.has(keyOf(error.instancePath, missingOf(error))))
    .flatMap(({ sentences }) => sentences);
}

/** What follows from another error at the same place: a text has no value 1 either. */
function isImplied(error: ErrorObject, errors: readonly ErrorObject[]): boolean {
  const implied = { type: 'const', additionalItems: 'maxItems' }[error.keyword];
  return errors.some((one) => one.keyword === implied && one.instancePath === error.instancePath);
}

function isInside(error: ErrorObject, union: ErrorObject): boolean {
  const isBelow = error.instancePath === union.instancePath || error.instancePath.startsWith(`${union.instancePath}/`);
  return isBelow && error.schemaPath.startsWith(`${union.schemaPath}/`);
}

/** A union fails in every branch; the author meant one of them, and only its errors help. */
function explainUnion(union: ErrorObject, errors: readonly ErrorObject[]): Explained[] {
  const branches = union.schema as readonly SchemaLike[];
  const path = pathOf(union.instancePath);
  if (branches.every((one) => one.const !== undefined)) {
    return [{ path, part: 'value', message: explainChoice(union.data, branches.map((one) => String(one.const))) }];
  }
  const fitting = branches.map((schema, index) => ({ schema, index, fit: fitOf(schema, union.data) })).filter((one) => one.fit >= 0);
  const best = fitting.reduce((left, right) => Math.max(left, right.fit), -1);
  const [chosen, ...ties] = fitting.filter((one) => one.fit === best);
  if (chosen === undefined) {
    const names = [...new Set(branches.map((one) => nameOfType(one.type)))];
    return [{ path, part: 'value', message: `Expected ${names.join(' or ')}, not ${nameOfValue(union.data)}.` }];
  }
  if (ties.length > 0) {
    const isShared = (key: string): boolean => branches.every((one) => one.required?.includes(key));
    const forms = branches.map((one) => (one.required ?? []).filter((key) => !isShared(key)).join(' and '));
    return [{ path, part: 'value', message: `Expected a mapping of exactly one form: with ${forms.join(', or with ')}.` }];
  }
  return explainErrors(errors.filter((one) => one.schemaPath.startsWith(`${union.schemaPath}/${chosen.index}/`) && isInside(one, union)));
}

/** How many of a value's members a branch knows; −1 when the value is of another type. */
function fitOf(schema: SchemaLike, data: unknown): number {
  if (schema.type !== typeOf(data)) return -1;
  if (schema.properties === undefined) return 0;
  const { properties } = schema;
  return Object.keys(data as object).filter((key) => Object.hasOwn(properties, key) || nearest(key, Object.keys(properties)) !== undefined).length;
}

function explain(error: ErrorObject): Explained {
  const path = pathOf(error.instancePath);
  const schema = (error.parentSchema ?? {}) as SchemaLike;
  if (error.keyword === 'additionalProperties') {
    const key = String(error.params['additionalProperty']);
    return { path: [...path, key], part: 'key', ...unknownName(key, Object.keys(schema.properties ?? {}), schema.title) };
  }
  if (error.keyword === 'required') return { path, part: 'value', message: `The key "${missingOf(error)}" is missing here.` };
  if (error.keyword === 'enum' || error.keyword === 'not') {
    return { path, part: 'value', ...unknownName(String(error.data), (schema.enum ?? []).map(String), schema.title) };
  }
  return { path, part: 'value', message: explainValue(error) };
}

function unknownName(name: string, known: readonly string[], title: string | undefined): { readonly message: string; readonly code?: GateErrorCode } {
  const near = nearest(name, known);
  const isDetector = title === DETECTOR_ID_TITLE;
  const what = isDetector ? `There is no detector ${JSON.stringify(name)}.` : `The key ${JSON.stringify(name)} is not known here.`;
  const list = known.length === 0 ? '' : ` Known are: ${known.join(', ')}.`;
  const message = near === undefined ? `${what}${list}` : `${what} Did you mean "${near}"?`;
  return isDetector ? { message, code: 'policy/unknown-detector' } : { message };
}

function explainChoice(data: unknown, choices: readonly string[]): string {
  const near = typeof data === 'string' ? nearest(data, choices) : undefined;
  const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
  return `Expected ${choices.join(', ').replace(/, ([^,]*)$/, ' or $1')}, not ${nameOfValue(data)}.${hint}`;
}

function correctionOf(error: ErrorObject): string | undefined {
  if (error.keyword !== 'additionalProperties') return undefined;
  const known = Object.keys((error.parentSchema as SchemaLike).properties ?? {});
  const near = nearest(String(error.params['additionalProperty']), known);
  return near === undefined ? undefined : keyOf(error.instancePath, near);
}

function keyOf(instancePath: string, name: string): string {
  return JSON.stringify([instancePath, name]);
}

function missingOf(error: ErrorObject): string {
  return String(error.params['missingProperty']);
}

function nameOfType(type: string | undefined): string {
  return { object: 'a mapping', array: 'a list', string: 'a text', number: 'a number', integer: 'a whole number', boolean: 'true or false' }[type ?? ''] ?? 'something else';
}

function typeOf(data: unknown): string {
  if (data === null) return 'null';
  return Array.isArray(data) ? 'array' : typeof data;
}

/** `/rules/0/when` as names and indexes. */
function pathOf(pointer: string): (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^(?:0|[1-9]\d*)$/.test(part) ? Number(part) : part));
}
