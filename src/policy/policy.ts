import { Type, type Static } from '@sinclair/typebox';
import { OutcomeSchema, VerdictSchema, type Outcome, type Verdict } from '../report.ts';

/**
 * The policy document as its author writes it. The published JSON Schema (`policies/policy.schema.json`) is this plus
 * one block of options a registered detector (policy-schema.ts). Strict everywhere: an unknown key is an error.
 */

const strict = { additionalProperties: false } as const;

/** A verdict with a sentence for editors. */
export const verdictOf = (description: string) => Type.Union([...VerdictSchema.anyOf], { description });

export const globsOf = (description: string) => Type.Array(Type.String({ minLength: 1 }), { description });

/** How pixels become a model's input. What is absent is inferred from the graph, and the report says so. */
export const ModelInputSchema = Type.Object(
  {
    layout: Type.Optional(
      Type.Union([Type.Literal('nchw'), Type.Literal('nhwc'), Type.Literal('flat')], { description: 'Order of the input’s dimensions.' }),
    ),
    size: Type.Optional(
      Type.Tuple([Type.Integer({ minimum: 1 }), Type.Integer({ minimum: 1 })], { description: '[height, width] in pixels.' }),
    ),
    channels: Type.Optional(Type.Integer({ minimum: 1, maximum: 64, description: 'Color channels: 1 for gray, 3 for RGB.' })),
    range: Type.Optional(
      Type.Tuple([Type.Number(), Type.Number()], { description: 'Values of a black and a white pixel before mean and std.' }),
    ),
    mean: Type.Optional(
      Type.Array(Type.Number(), { minItems: 1, maxItems: 64, description: 'Subtracted from each channel, in units of range.' }),
    ),
    std: Type.Optional(
      Type.Array(Type.Number({ exclusiveMinimum: 0 }), { minItems: 1, maxItems: 64, description: 'Each channel is divided by it after mean.' }),
    ),
  },
  { ...strict, description: 'How pixels become the model’s input. What is absent is inferred from the graph.' },
);

/** How a model's input is made of pixels, and what goes with the model. What is absent is inferred and said so. */
export const ModelSettingsSchema = Type.Object(
  {
    input: Type.Optional(ModelInputSchema),
    labels: Type.Optional(Type.Array(Type.String(), { description: 'Class names in the order of the model’s outputs.' })),
    samples: Type.Optional(
      Type.String({ minLength: 1, description: 'Folder of images, .npz or .npy with clean inputs, relative to the repository root.' }),
    ),
    baseline: Type.Optional(
      Type.String({ minLength: 1, description: 'The trusted earlier version of the model, relative to the repository root: a file, or, of a model in several files, their index or its folder.' }),
    ),
    reference: Type.Optional(
      Type.String({ minLength: 1, description: 'Known models of the same architecture and task (modelgate reference build), relative to the repository root.' }),
    ),
    datasets: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), { description: 'Datasets the model was trained on, relative to the repository root: each has to be locked.' }),
    ),
    initialisedFrom: Type.Optional(
      Type.String({ minLength: 1, description: 'Weights the training started from, relative to the repository root: they have to be in the lockfile.' }),
    ),
  },
  strict,
);
export type ModelSettings = Static<typeof ModelSettingsSchema>;

/** How a dataset is read, what belongs to it, and what has to be known of where it comes from. */
export const DatasetBlockSchema = Type.Object(
  {
    match: Type.String({ minLength: 1, description: 'The dataset’s folder or file, relative to the repository root; a glob means every folder or file that matches.' }),
    format: Type.Optional(Type.String({ minLength: 1, description: 'How it is read (image-folder, arrays, table, parquet ...) where its content leaves a choice.' })),
    delimiter: Type.Optional(Type.String({ minLength: 1, maxLength: 1, description: 'What separates cells of a text table. Default: found out.' })),
    textColumn: Type.Optional(Type.String({ minLength: 1, description: 'Column of a table whose texts are the samples.' })),
    labelColumn: Type.Optional(Type.String({ minLength: 1, description: 'Column of a table with the label. Default: the one named label, target, class or y.' })),
    model: Type.Optional(Type.String({ minLength: 1, description: 'The model trained on it, relative to the repository root; detectors that need one run with it.' })),
    trainingLog: Type.Optional(Type.String({ minLength: 1, description: 'What the training wrote (losses a sample, scalars), relative to the repository root.' })),
    manifest: Type.Optional(Type.String({ minLength: 1, description: 'Its manifest. Default: the dataset’s path with .modelgate-dataset.json behind it.' })),
    allowedSources: Type.Optional(globsOf('Globs of the URLs or repositories its files may come from. Empty or absent: any.')),
    requireLocked: Type.Optional(Type.Boolean({ description: 'False: the dataset needs no manifest. Default: true.' })),
    requireSources: Type.Optional(Type.Boolean({ description: 'True: every file has to have a source in the manifest. Default: false, unless allowedSources are named.' })),
    maxRelabelledShare: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: 'Share of the approved samples whose label a change may alter. Default: 0.01.' })),
  },
  { ...strict, description: 'A dataset that is gated. All matching blocks are merged; the last one wins.' },
);
export type DatasetBlock = Static<typeof DatasetBlockSchema>;

/** What it means when a dataset’s origin is not what its manifest says. */
export const TrustedDataSchema = Type.Object(
  {
    unlocked: Type.Optional(verdictOf('The dataset, or a part of the chain from data to model, has no manifest or lockfile entry that is in force.')),
    mismatch: Type.Optional(verdictOf('The dataset’s files differ from what the manifest approves, or the manifest contradicts itself.')),
    proposed: Type.Optional(verdictOf('The dataset differs from the approved one, and the change under test brings a manifest that fits it.')),
    untrusted: Type.Optional(verdictOf('A file’s source is not known or not among allowedSources.')),
    relabelled: Type.Optional(verdictOf('More approved samples have another label than maxRelabelledShare allows.')),
  },
  { ...strict, description: 'What it means when a dataset is not what its manifest approves.' },
);

export const ModelBlockSchema = Type.Composite(
  [
    Type.Object({ match: Type.String({ minLength: 1, description: 'Glob of the artifacts this block describes.' }) }),
    ModelSettingsSchema,
  ],
  { ...strict, description: 'What is known of the models that match. All matching blocks are merged; the last one wins.' },
);
export type ModelBlock = Static<typeof ModelBlockSchema>;

export const OutcomeActionsSchema = Type.Object(
  {
    flagged: Type.Optional(verdictOf('A detector measured something beyond its threshold.')),
    weighed: Type.Optional(
      verdictOf('The same, and a combined detector that weighs it together with others came to an answer of its own. A rule that states flagged for the detector goes before.'),
    ),
    error: Type.Optional(verdictOf('An artifact could not be read, or a detector failed.')),
    inconclusive: Type.Optional(verdictOf('A detector that should have run could not tell.')),
    'not-applicable': Type.Optional(verdictOf('A detector lacks something nobody provided, such as samples.')),
  },
  { ...strict, description: 'What outcomes mean. Clear is always pass.' },
);
export type OutcomeActions = Static<typeof OutcomeActionsSchema>;

export const ruleBase = {
  id: Type.String({ pattern: '^[a-z0-9][a-z0-9-]*$', description: 'Name of the rule: small letters, digits and hyphens.' }),
  artifacts: Type.Optional(globsOf('Artifacts the rule applies to; default: all. Globs relative to the repository root, with /.')),
} as const;

/** Overrides what outcomes of the named detectors mean; for each outcome the last matching rule that states it wins. */
export const OutcomeRuleSchema = Type.Object(
  { ...ruleBase, detectors: Type.Array(Type.String(), { minItems: 1 }), outcomes: OutcomeActionsSchema },
  strict,
);
export type OutcomeRule = Static<typeof OutcomeRuleSchema>;

const Members = Type.Array(Type.String(), { minItems: 1 });

/** Adds a finding when several detectors agree. A detector counts when it is flagged, or when its score reaches `score`. */
export const CombinationRuleSchema = Type.Object(
  {
    ...ruleBase,
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
    score: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1, description: 'A detector also counts when its score is at least this. Default: only flagged counts.' }),
    ),
    then: Type.Union([Type.Literal('warn'), Type.Literal('fail')], { description: 'Verdict of the finding.' }),
  },
  strict,
);
export type CombinationRule = Static<typeof CombinationRuleSchema>;

/** What every detector block may hold besides the detector's own options. */
export const DetectorCommonSchema = Type.Object({
  enabled: Type.Optional(Type.Boolean({ description: 'Whether the detector runs. Default: true for stable detectors, for those the policy names and for those that an enabled combined detector weighs.' })),
  required: Type.Optional(
    Type.Boolean({ description: 'A run without a clear or flagged result of this detector is at least inconclusive.', default: false }),
  ),
  threshold: Type.Optional(
    Type.Union(
      [
        Type.Object({ metric: Type.Number({ description: 'In the unit of the detector’s metric.' }) }, strict),
        Type.Object(
          { score: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1, description: 'On the calibrated score; 0.5 is the detector’s own threshold.' }) },
          strict,
        ),
      ],
      { description: 'From where the detector is flagged: by its metric or by its score. Replaced as a whole when policies are merged.' },
    ),
  ),
  timeoutSeconds: Type.Optional(
    Type.Number({ exclusiveMinimum: 0, description: 'Time the detector may take for one artifact. Default: 120, and for a dataset as much more as reading it may take.' }),
  ),
});

export const TrustedSourceSchema = Type.Object(
  {
    lockfile: Type.Optional(Type.String({ minLength: 1, description: 'Path of the lockfile; default modelgate.lock.json.' })),
    unlisted: Type.Optional(verdictOf('The artifact is not in the lockfile.')),
    mismatch: Type.Optional(verdictOf('The artifact’s bytes differ from what the lockfile approves.')),
    untrusted: Type.Optional(verdictOf('The artifact’s source is not among allowedSources.')),
    unresolvedPointer: Type.Optional(verdictOf('A Git LFS pointer whose file is not there and whose digest is not approved.')),
    allowedSources: Type.Optional(globsOf('Globs of the URLs or repositories approved artifacts may come from. Empty: any.')),
  },
  { ...strict, description: 'What it means when an artifact does not come from where the lockfile says.' },
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
  readonly outcomes: Readonly<Record<Exclude<Outcome, 'clear'> | 'weighed', Verdict>>;
  readonly rules: readonly (OutcomeRule | CombinationRule)[];
  readonly models: readonly ModelBlock[];
  readonly datasets: readonly DatasetBlock[];
  readonly trustedData: {
    readonly unlocked: Verdict;
    readonly mismatch: Verdict;
    readonly proposed: Verdict;
    readonly untrusted: Verdict;
    readonly relabelled: Verdict;
  };
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
  /** Set where nobody chose a time for a detector of datasets: a large dataset gets more. */
  readonly growsWithData?: true;
  /** Enabled combined detectors that join its measurements into their own answer. */
  readonly weighedBy?: readonly string[];
  /** Set for detectors of datasets: they run on nothing else, and no other runs on a dataset. */
  readonly subject?: 'dataset';
}

export { OutcomeSchema };
