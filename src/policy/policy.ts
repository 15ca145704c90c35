import { Type, type Static } from '@sinclair/typebox';
import { OutcomeSchema, VerdictSchema, type Outcome, type Verdict } from '../report.ts';

/**
 * The policy document as its author writes it. The published JSON Schema (`policies/policy.schema.json`) is this plus
 * one block of options a registered detector (policy-schema.ts). Strict everywhere: an unknown key is an error.
 */

const strict = { additionalProperties: false } as const;

const Globs = Type.Array(Type.String({ minLength: 1 }), { description: 'Globs relative to the repository root, with `/`.' });

/** How a model's input is made of pixels, and what goes with the model. What is absent is inferred and said so. */
export const ModelSettingsSchema = Type.Object(
  {
    input: Type.Optional(
      Type.Object(
        {
          layout: Type.Optional(Type.Union([Type.Literal('nchw'), Type.Literal('nhwc'), Type.Literal('flat')])),
          size: Type.Optional(Type.Tuple([Type.Integer({ minimum: 1 }), Type.Integer({ minimum: 1 })], { description: '[height, width] in pixels.' })),
          channels: Type.Optional(Type.Integer({ minimum: 1, maximum: 64 })),
          range: Type.Optional(Type.Tuple([Type.Number(), Type.Number()], { description: 'Values of a black and a white pixel before mean and std.' })),
          mean: Type.Optional(Type.Array(Type.Number(), { minItems: 1, maxItems: 64 })),
          std: Type.Optional(Type.Array(Type.Number({ exclusiveMinimum: 0 }), { minItems: 1, maxItems: 64 })),
        },
        strict,
      ),
    ),
    labels: Type.Optional(Type.Array(Type.String(), { description: 'Class names in the order of the model’s outputs.' })),
    samples: Type.Optional(Type.String({ description: 'Folder of images, .npz or .npy with clean inputs.' })),
    baseline: Type.Optional(Type.String({ description: 'The trusted earlier version of the model.' })),
  },
  strict,
);
export type ModelSettings = Static<typeof ModelSettingsSchema>;

export const ModelBlockSchema = Type.Composite([Type.Object({ match: Type.String({ minLength: 1 }) }), ModelSettingsSchema], strict);

export const OutcomeActionsSchema = Type.Object(
  {
    flagged: Type.Optional(VerdictSchema),
    error: Type.Optional(VerdictSchema),
    inconclusive: Type.Optional(VerdictSchema),
    'not-applicable': Type.Optional(VerdictSchema),
  },
  strict,
);

const RuleBase = {
  id: Type.String({ pattern: '^[a-z0-9][a-z0-9-]*$' }),
  artifacts: Type.Optional(Globs),
};

/** Overrides what outcomes of the named detectors mean; the last matching rule wins. */
export const OutcomeRuleSchema = Type.Object(
  { ...RuleBase, detectors: Type.Array(Type.String(), { minItems: 1 }), outcomes: OutcomeActionsSchema },
  strict,
);

const Members = Type.Array(Type.String(), { minItems: 1 });

/** Adds a finding when several detectors agree. A detector counts when it is flagged, or when its score reaches `score`. */
export const CombinationRuleSchema = Type.Object(
  {
    ...RuleBase,
    when: Type.Union([
      Type.Object({ any: Members }, strict),
      Type.Object({ all: Members }, strict),
      Type.Object({ atLeast: Type.Integer({ minimum: 1 }), of: Members }, strict),
      Type.Object(
        {
          weights: Type.Record(Type.String(), Type.Number({ exclusiveMinimum: 0 })),
          threshold: Type.Number({ minimum: 0, maximum: 1, description: 'On the weighted mean of the scores that exist.' }),
        },
        strict,
      ),
    ]),
    score: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    then: Type.Union([Type.Literal('warn'), Type.Literal('fail')]),
  },
  strict,
);

/** What every detector block may hold besides the detector's own options. */
export const DetectorCommonSchema = Type.Object({
  enabled: Type.Optional(Type.Boolean()),
  required: Type.Optional(Type.Boolean({ description: 'A run without a clear or flagged result of this detector is at least inconclusive.' })),
  threshold: Type.Optional(
    Type.Union([
      Type.Object({ metric: Type.Number() }, strict),
      Type.Object({ score: Type.Number({ minimum: 0, maximum: 1 }) }, strict),
    ]),
  ),
  timeoutSeconds: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
});

export const TrustedSourceSchema = Type.Object(
  {
    lockfile: Type.Optional(Type.String({ description: 'Path of the lockfile; default modelgate.lock.json.' })),
    unlisted: Type.Optional(VerdictSchema),
    mismatch: Type.Optional(VerdictSchema),
    untrusted: Type.Optional(VerdictSchema),
    unresolvedPointer: Type.Optional(VerdictSchema),
    allowedSources: Type.Optional(Globs),
  },
  strict,
);

/** A policy after `extends`, defaults and validation: nothing optional is left except what has no default. */
export interface ResolvedPolicy {
  readonly id: string;
  readonly digest: `sha256:${string}`;
  /** File path, or `built-in:recommended`. */
  readonly source: string;
  readonly artifacts: { readonly include: readonly string[]; readonly exclude: readonly string[] };
  readonly trustedSource: {
    readonly lockfile: string;
    readonly unlisted: Verdict;
    readonly mismatch: Verdict;
    readonly untrusted: Verdict;
    readonly unresolvedPointer: Verdict;
    readonly allowedSources: readonly string[];
  };
  /** Enabled detectors only, in the order they run. */
  readonly detectors: readonly ResolvedDetector[];
  readonly outcomes: Readonly<Record<Exclude<Outcome, 'clear'>, Verdict>>;
  readonly rules: readonly (Static<typeof OutcomeRuleSchema> | Static<typeof CombinationRuleSchema>)[];
  readonly models: readonly Static<typeof ModelBlockSchema>[];
  readonly nothingToScan: Verdict;
  readonly unknownChanges: Verdict;
  /** A changed policy or lockfile in the head of a pull request. */
  readonly changedInHead: Verdict;
  /** A file that matches the globs but that no reader recognises. */
  readonly unrecognized: Verdict;
  readonly budgetSeconds: number | undefined;
}

export interface ResolvedDetector {
  readonly id: string;
  readonly required: boolean;
  readonly options: Readonly<Record<string, unknown>>;
  readonly threshold: { readonly metric: number } | { readonly score: number } | undefined;
  readonly timeoutSeconds: number;
}

export { OutcomeSchema };
