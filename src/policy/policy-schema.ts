import { Type, type TObject, type TSchema } from '@sinclair/typebox';
import type { Detector } from '../detectors/detector.ts';
import { GateError } from '../errors.ts';
import {
  CombinationRuleSchema,
  DatasetBlockSchema,
  DetectorCommonSchema,
  globsOf,
  ModelBlockSchema,
  OutcomeActionsSchema,
  ruleBase,
  TrustedDataSchema,
  TrustedSourceSchema,
  verdictOf,
} from './policy.ts';

/** `title` of every schema that enumerates detector ids: load-policy names the nearest detector when one is violated. */
export const DETECTOR_ID_TITLE = 'detector id';

const strict = { additionalProperties: false } as const;

/**
 * The strict JSON Schema (draft-07) of a policy document: the fixed part, and one block of options a detector. Written
 * to `policies/policy.schema.json`; what editors complete is what the loader accepts. Throws `internal/unexpected`
 * when a detector's option has the name of a member that every block has.
 */
export function policySchema(detectors: readonly Detector[]): TObject {
  const ids = detectors.map((one) => one.meta.id);
  return Type.Object(
    {
      $schema: Type.Optional(Type.String({ description: 'Location of this schema, for editors.' })),
      version: Type.Literal(1, { description: 'Version of the policy format.' }),
      id: Type.Optional(
        Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$', maxLength: 100, description: 'Name of the policy in reports; default: its file name.' }),
      ),
      extends: Type.Optional(
        Type.Union([Type.String({ minLength: 1 }), Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })], {
          description: 'A ready policy (observe, recommended, strict), a path relative to this file, or a list of them; the last one wins. Default: recommended.',
        }),
      ),
      artifacts: Type.Optional(
        Type.Object(
          {
            include: Type.Optional(globsOf('What the gate takes for an artifact. Globs relative to the repository root, with /; letters of either case match.')),
            exclude: Type.Optional(globsOf('What it leaves out again; letters match exactly.')),
          },
          { ...strict, description: 'Which files are gated.' },
        ),
      ),
      trustedSource: Type.Optional(TrustedSourceSchema),
      detectors: Type.Optional(
        Type.Partial(Type.Object(Object.fromEntries(detectors.map((one) => [one.meta.id, detectorBlock(one)]))), {
          ...strict,
          title: DETECTOR_ID_TITLE,
          description: 'One block a detector: whether it runs, its threshold, its options.',
        }),
      ),
      outcomes: Type.Optional(OutcomeActionsSchema),
      rules: Type.Optional(
        Type.Array(ruleSchema(ids), { description: 'Exceptions to outcomes, and findings for detectors that agree. Later rules win.' }),
      ),
      models: Type.Optional(
        Type.Array(ModelBlockSchema, { description: 'What is known of the models. All matching blocks are merged; the last one wins.' }),
      ),
      datasets: Type.Optional(
        Type.Array(DatasetBlockSchema, { description: 'Which datasets are gated, and what is known of them. All matching blocks are merged; the last one wins.' }),
      ),
      trustedData: Type.Optional(TrustedDataSchema),
      nothingToScan: Type.Optional(verdictOf('No artifact was found, or none changed.')),
      unknownChanges: Type.Optional(verdictOf('What changed could not be established; everything that matches is scanned instead.')),
      changedInHead: Type.Optional(verdictOf('A pull request changes the policy or the lockfile; the change takes no effect on its own run.')),
      unrecognized: Type.Optional(verdictOf('A file matches the globs, but no format reader recognizes it.')),
      budgetSeconds: Type.Optional(
        Type.Number({ exclusiveMinimum: 0, description: 'Time for the whole run; what it cuts off is inconclusive. Default: no limit.' }),
      ),
    },
    {
      ...strict,
      $schema: 'http://json-schema.org/draft-07/schema#',
      $id: 'https://modelgate.dev/schema/policy.schema.json',
      title: 'modelgate policy',
      description: 'What may pass: which files are gated, which detectors run, and what their outcomes mean.',
    },
  );
}

function detectorBlock({ meta, options }: Detector): TObject {
  const taken = Object.keys(options.properties).filter((name) => Object.hasOwn(DetectorCommonSchema.properties, name));
  if (taken.length > 0) {
    throw new GateError({
      code: 'internal/unexpected',
      message: `Detector ${meta.id} has an option named "${taken.join('", "')}", which every detector block has.`,
      nextStep: 'Rename the option.',
    });
  }
  return Type.Object(
    { ...DetectorCommonSchema.properties, ...Type.Partial(optional(options)).properties },
    {
      ...strict,
      description: `${meta.title}. Metric: ${meta.metric.name} (${meta.metric.unit}), flagged ${meta.metric.flaggedWhen} ${meta.metric.threshold}.`,
    },
  );
}

/** What has a default need not be said, at any depth: the loader fills it in. */
function optional(schema: TObject): TObject {
  // Type.Object derives `required` anew from which members are optional.
  const rest = Object.fromEntries(Object.entries(schema).filter(([key]) => key !== 'required' && key !== 'properties'));
  const members = Object.entries(schema.properties).map(([key, member]): [string, TSchema] => {
    const inner = isObject(member) ? optional(member) : member;
    return [key, inner.default === undefined ? inner : Type.Optional(inner)];
  });
  return Type.Object(Object.fromEntries(members), rest);
}

function isObject(schema: TSchema): schema is TObject {
  return schema['type'] === 'object' && typeof schema['properties'] === 'object';
}

function ruleSchema(ids: readonly string[]): TSchema {
  const { score, then } = CombinationRuleSchema.properties;
  const members = (description: string): TSchema =>
    Type.Array(detectorId(ids), { minItems: 1, uniqueItems: true, description });
  const weight = Type.Number({ exclusiveMinimum: 0 });
  const [, , , weighted] = CombinationRuleSchema.properties.when.anyOf;

  return Type.Union(
    [
      Type.Object(
        { ...ruleBase, detectors: members('Detectors whose outcomes the rule reads differently.'), outcomes: OutcomeActionsSchema },
        { ...strict, description: 'Overrides what outcomes of the named detectors mean.' },
      ),
      Type.Object(
        {
          ...ruleBase,
          when: Type.Union(
            [
              Type.Object({ any: members('Holds when one of these counts.') }, strict),
              Type.Object({ all: members('Holds when each of these counts.') }, strict),
              Type.Object(
                {
                  atLeast: Type.Integer({ minimum: 1, description: 'How many of them must count.' }),
                  of: members('The detectors that are counted.'),
                },
                strict,
              ),
              Type.Object(
                {
                  weights: Type.Partial(Type.Object(Object.fromEntries(ids.map((id) => [id, weight]))), {
                    ...strict,
                    minProperties: 1,
                    title: DETECTOR_ID_TITLE,
                    description: 'Weight of each detector’s score.',
                  }),
                  threshold: weighted.properties.threshold,
                },
                strict,
              ),
            ],
            { description: 'any, all, atLeast with of, or weights with threshold.' },
          ),
          score,
          then,
        },
        { ...strict, description: 'Adds a finding when several detectors agree. A detector counts when it is flagged or its score reaches score.' },
      ),
    ],
    { description: 'Either detectors and outcomes, or when and then.' },
  );
}

function detectorId(ids: readonly string[]): TSchema {
  // JSON Schema forbids an empty enum; with no detector at all, no id is right.
  return Type.Unsafe<string>({ type: 'string', title: DETECTOR_ID_TITLE, ...(ids.length > 0 ? { enum: [...ids] } : { not: {} }) });
}
