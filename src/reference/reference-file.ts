import { Type, type Static } from '@sinclair/typebox';
import { MAX_LAYERS } from './weight-layers.ts';

const strict = { additionalProperties: false } as const;

/** More models than anybody trains to build one; the decompositions take time with the third power of their number. */
export const MAX_MODELS = 1_000;

/** The paper projects to 2,000; more than this only makes the file larger. */
export const MAX_PROJECTION_LENGTH = 10_000;

/** Fewer numbers than models and layers have no covariance. */
export const MIN_PROJECTION_LENGTH = 16;

/** Names and paths in a file that somebody else may have written. */
const MAX_NAME_CHARACTERS = 1_000;

const Share = Type.Number({ minimum: 0, maximum: 1 });

export const DecompositionSchema = Type.Union(
  [Type.Literal('iva-gaussian'), Type.Literal('iva-laplace'), Type.Literal('mcca-maxvar'), Type.Literal('mcca-genvar'), Type.Literal('parafac2')],
  { description: 'How features are taken out of the models’ projected weights.' },
);

export const ReferenceClassifierSchema = Type.Union(
  [Type.Literal('random-forest'), Type.Literal('support-vector-machine'), Type.Literal('gradient-boosting')],
  { description: 'What tells clean from backdoored models by these features.' },
);

export const ReferenceLabelSchema = Type.Union([Type.Literal('clean'), Type.Literal('backdoored')]);

/** A figure and its 95 % interval. */
const Figure = Type.Object({ value: Share, low: Share, high: Share }, strict);

export const ReferenceFileSchema = Type.Object(
  {
    $schema: Type.Optional(Type.String({ maxLength: MAX_NAME_CHARACTERS })),
    kind: Type.Literal('modelgate-reference'),
    version: Type.Literal(1, { description: 'Version of the format, and of the projection and the features behind it.' }),
    builtBy: Type.String({ maxLength: MAX_NAME_CHARACTERS, description: 'Name and version of the tool.' }),
    settings: Type.Object(
      {
        seed: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Of the random projection.' }),
        projectionLength: Type.Integer({ minimum: MIN_PROJECTION_LENGTH, maximum: MAX_PROJECTION_LENGTH, description: 'Numbers a layer’s weights are projected to.' }),
        varianceKept: Type.Number({ exclusiveMinimum: 0, maximum: 1, description: 'Share of the variance that principal components keep.' }),
        decomposition: DecompositionSchema,
        classifier: ReferenceClassifierSchema,
      },
      strict,
    ),
    layers: Type.Array(
      Type.Object(
        {
          name: Type.String({ maxLength: MAX_NAME_CHARACTERS }),
          shape: Type.Array(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }), { minItems: 2, maxItems: 16 }),
        },
        strict,
      ),
      { minItems: 2, maxItems: MAX_LAYERS, description: 'The weight tensors of the models’ common architecture.' },
    ),
    models: Type.Array(
      Type.Object(
        {
          path: Type.String({ minLength: 1, maxLength: MAX_NAME_CHARACTERS, description: 'Relative to the folder the reference was built from.' }),
          digest: Type.String({ pattern: '^sha256:[0-9a-f]{64}$' }),
          label: ReferenceLabelSchema,
          rows: Type.Array(
            Type.Object(
              {
                scale: Type.Number({ minimum: 0, maximum: 1e300, description: 'What the whole numbers are multiplied by.' }),
                values: Type.String({ contentEncoding: 'base64', maxLength: Math.ceil((2 * MAX_PROJECTION_LENGTH) / 3) * 4, description: 'Signed 16-bit whole numbers, little-endian.' }),
              },
              strict,
            ),
            { minItems: 2, maxItems: MAX_LAYERS, description: 'The projected weights, a row a layer.' },
          ),
        },
        strict,
      ),
      { minItems: 2, maxItems: MAX_MODELS },
    ),
    validation: Type.Array(
      Type.Object(
        { decomposition: DecompositionSchema, classifier: ReferenceClassifierSchema, models: Type.Integer({ minimum: 0 }), accuracy: Figure, rocAuc: Figure },
        strict,
      ),
      { maxItems: 100, description: 'Cross-validated figures when it was built, for people; a scan computes its own.' },
    ),
  },
  { ...strict, title: 'modelgate reference', $id: 'https://modelgate.dev/schema/reference.schema.json', description: 'Known models of one architecture and task, as projected weights.' },
);
export type ReferenceFile = Static<typeof ReferenceFileSchema>;

/** Which of the models in a folder are clean and which are known to be bad. */
export const ReferenceLabelsSchema = Type.Object(
  {
    $schema: Type.Optional(Type.String()),
    version: Type.Literal(1),
    models: Type.Record(Type.String({ minLength: 1, maxLength: MAX_NAME_CHARACTERS }), ReferenceLabelSchema, { description: 'Path of each model relative to the folder, with /, and its label.' }),
  },
  { ...strict, title: 'modelgate reference labels' },
);
export type ReferenceLabels = Static<typeof ReferenceLabelsSchema>;
