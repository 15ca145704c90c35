import { Type } from '@sinclair/typebox';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { detectors } from '../../src/detectors/index.ts';
import { policySchema } from '../../src/policy/policy-schema.ts';
import { READY_POLICIES } from '../../src/policy/ready-policies.ts';
import { fakeDetector, fakeDetectors } from './fake-detectors.ts';

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly title?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema | readonly Schema[];
}

function walk(schema: Schema, path: string, visit: (schema: Schema, path: string) => void): void {
  visit(schema, path);
  for (const [key, member] of Object.entries(schema.properties ?? {})) walk(member, `${path}.${key}`, visit);
  const { items = [] } = schema;
  const inner = 'type' in items ? [items] : Array.isArray(items) ? items : [];
  for (const member of [...inner, ...(schema.anyOf ?? [])]) walk(member as Schema, `${path}[]`, visit);
}

const published = JSON.parse(JSON.stringify(policySchema(detectors))) as Schema & { $schema: string };

describe('policySchema', () => {
  it('is a valid draft-07 schema once it is JSON', () => {
    expect(published.$schema).toBe('http://json-schema.org/draft-07/schema#');
    expect(new Ajv({ strict: true, strictTuples: false }).validateSchema(published)).toBe(true);
  });

  it.each(Object.entries(READY_POLICIES))('accepts the ready policy %s in any editor', (_, text) => {
    const validate = new Ajv({ strict: true, strictTuples: false }).compile(published);

    expect(validate(parse(text))).toBe(true);
  });

  it('refuses unknown keys in every mapping', () => {
    const lax: string[] = [];
    walk(published, 'policy', (schema, path) => {
      if (schema.type === 'object' && schema.additionalProperties !== false) lax.push(path);
    });

    expect(lax).toEqual([]);
  });

  it('describes every member of every mapping', () => {
    const silent: string[] = [];
    walk(published, 'policy', (schema, path) => {
      for (const [key, member] of Object.entries(schema.properties ?? {})) {
        const isWeight = schema.title === 'detector id' && path.endsWith('.weights');
        if (member.description === undefined && !isWeight) silent.push(`${path}.${key}`);
      }
    });

    expect(silent).toEqual([]);
  });

  it('has one block a detector, with its options beside what every detector has', () => {
    const block = (published.properties?.['detectors']?.properties ?? {})['adversarial-testing'];
    const options = detectors.find((one) => one.meta.id === 'adversarial-testing')?.options.properties ?? {};

    expect(Object.keys(block?.properties ?? {}).sort()).toEqual(['enabled', 'required', 'threshold', 'timeoutSeconds', ...Object.keys(options)].sort());
  });

  it('refuses a detector whose option hides a member of every block', () => {
    const greedy = fakeDetector('greedy', {}, Type.Object({ threshold: Type.Number({ default: 1 }) }, { additionalProperties: false }));

    expect(() => policySchema([...fakeDetectors, greedy])).toThrow('Detector greedy has an option named "threshold", which every detector block has.');
  });

  it('knows no detector when there is none', () => {
    const validate = new Ajv({ strict: true, strictTuples: false }).compile(policySchema([]));

    expect(validate({ version: 1 })).toBe(true);
    expect(validate({ version: 1, rules: [{ id: 'a', detectors: ['any'], outcomes: {} }] })).toBe(false);
  });
});
