import type { TSchema } from '@sinclair/typebox';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { explainErrors } from './check-schema/explain-errors.ts';
import type { Problem } from './document-error.ts';
import type { PolicyText } from './read-document.ts';

const compiled = new WeakMap<TSchema, ValidateFunction>();

/** Everything in a document that breaks a schema, each with its place and what would be right. Empty when valid. */
export function checkSchema(schema: TSchema, document: PolicyText): Problem[] {
  return explainErrors(errorsOf(schema, document.value)).map(({ path, part, ...rest }) => ({ ...document.positionOf(path, part), path, ...rest }));
}

function errorsOf(schema: TSchema, value: unknown): readonly ErrorObject[] {
  const validate = compiled.get(schema) ?? new Ajv({ allErrors: true, verbose: true, strict: true, strictTuples: false }).compile(schema);
  compiled.set(schema, validate);
  return validate(value) ? [] : (validate.errors ?? []);
}
