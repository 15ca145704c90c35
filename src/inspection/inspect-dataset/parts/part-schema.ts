import { Type, type Static } from '@sinclair/typebox';
import { ErrorDataSchema } from '../../../report.ts';

/**
 * The file that a shard writes of its part of a dataset: frames of two lengths (32 bits, little-endian), a text of JSON and a payload.
 * The first frame is the head, the last the end, and between them is one frame a record. A record keeps what detectors look at: of an
 * image the pixels, at most 64 a side (12 KiB in color), and at most 128 numbers of what the model makes of it; texts, rows and series
 * as they are. So joining the parts and running the detectors on them is the same as running them on the whole.
 */

const strict = { additionalProperties: false } as const;

/** An id, a label and an encoder's traits; a path of 4,096 bytes, escaped, fits several times (CWE-770). */
export const MAX_JSON_BYTES = 2 ** 20;

/** The head: class names (100,000 at most), columns and notes. */
export const MAX_HEAD_BYTES = 2 ** 26;

/** The longest row of a table, escaped, or a series; an image takes 16 KiB at most (CWE-770). */
export const MAX_PAYLOAD_BYTES = 2 ** 28;

const Count = Type.Integer({ minimum: 0 });
const Label = Type.Union([Type.String(), Type.Number()]);
const DigestText = Type.String({ pattern: '^sha256:[0-9a-f]{64}$' });
const Kind = Type.Union([Type.Literal('image'), Type.Literal('text'), Type.Literal('row'), Type.Literal('series')]);

const BrokenSchema = Type.Object({ place: Type.Object({ file: Type.String(), record: Type.Optional(Count) }, strict), error: ErrorDataSchema }, strict);

const Origin = Type.Union((['graph', 'policy', 'sidecar', 'samples', 'default'] as const).map((one) => Type.Literal(one)));

/** What a shard says of the model without which nobody can go on from its features. */
const ModelSchema = Type.Object(
  {
    digest: DigestText,
    notes: Type.Array(Type.String()),
    /** Why there are no features, where there are none. */
    problem: Type.Optional(Type.String()),
    classifier: Type.Optional(
      Type.Object(
        {
          engine: Type.String(),
          input: Type.Object(
            {
              kind: Type.Union([Type.Literal('image'), Type.Literal('vector')]),
              layout: Type.Union([Type.Literal('nchw'), Type.Literal('nhwc'), Type.Literal('flat')]),
              channels: Count, height: Count, width: Count,
              range: Type.Tuple([Type.Number(), Type.Number()]),
              mean: Type.Array(Type.Number()), std: Type.Array(Type.Number()),
              origin: Type.Object({ layout: Origin, size: Origin, range: Origin, normalization: Origin }, strict),
            },
            strict,
          ),
          classCount: Count,
          classNames: Type.Optional(Type.Array(Type.String())),
          outputKind: Type.Union([Type.Literal('logits'), Type.Literal('probabilities'), Type.Literal('log-probabilities')]),
        },
        strict,
      ),
    ),
  },
  strict,
);

export const PartHeadSchema = Type.Object(
  {
    version: Type.Literal(1),
    /** Merkle root of all files of the dataset. */
    dataset: DigestText,
    index: Type.Integer({ minimum: 1 }),
    count: Type.Integer({ minimum: 2 }),
    format: Type.String(),
    kind: Kind,
    columns: Type.Array(Type.String()),
    classNames: Type.Optional(Type.Array(Type.String())),
    /** Of the reader, and of the files. */
    notes: Type.Array(Type.String()),
    fileNotes: Type.Array(Type.String()),
    /** Files that could not be read: the first of them, and how many more. */
    broken: Type.Array(BrokenSchema),
    unlistedBroken: Count,
    model: Type.Optional(ModelSchema),
  },
  strict,
);
export type PartHead = Static<typeof PartHeadSchema>;

export const PartRecordSchema = Type.Union([
  Type.Object(
    {
      at: Count,
      id: Type.String(),
      label: Type.Optional(Label),
      place: BrokenSchema.properties.place,
      digest: DigestText,
      kind: Kind,
      /** Of an image and of a series. */
      channels: Type.Optional(Type.Integer({ minimum: 1, maximum: 2 ** 20 })),
      height: Type.Optional(Type.Integer({ minimum: 1, maximum: 2 ** 26 })),
      width: Type.Optional(Type.Integer({ minimum: 1, maximum: 2 ** 26 })),
      length: Type.Optional(Count),
      encoding: Type.Optional(
        Type.Object({ format: Type.Union([Type.Literal('png'), Type.Literal('jpeg')]), bytes: Count, traits: Type.Array(Type.Tuple([Type.String(), Type.String()])) }, strict),
      ),
      /** Numbers of the model behind the content; 0 where it made nothing of the sample. */
      features: Count,
    },
    strict,
  ),
  Type.Object({ at: Count, broken: BrokenSchema }, strict),
]);
export type PartRecord = Static<typeof PartRecordSchema>;

/** The end says how many records the whole dataset has, of all parts together. */
export const PartEndSchema = Type.Object({ records: Count, problem: Type.Optional(Type.String()) }, strict);
