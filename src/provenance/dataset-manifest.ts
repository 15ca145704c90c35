import { Type, type Static } from '@sinclair/typebox';
import { SourceSchema } from './lockfile.ts';

const strict = { additionalProperties: false } as const;
const DigestText = Type.String({ pattern: '^sha256:[0-9a-f]{64}$' });
const Count = Type.Integer({ minimum: 0 });

/** `[path, SHA-256, bytes]`: short, because every file and every sample is a line that somebody may review. */
const FileLine = Type.Tuple([Type.String({ minLength: 1 }), Type.String({ pattern: '^[0-9a-f]{64}$' }), Count]);

/** `[id, name of the class or null, first half of the SHA-256 of the content]`. */
const SampleLine = Type.Tuple([Type.String({ minLength: 1 }), Type.Union([Type.String(), Type.Null()]), Type.String({ pattern: '^[0-9a-f]{32}$' })]);

export const DatasetManifestSchema = Type.Object(
  {
    version: Type.Literal(1),
    /** `dataset/<reader>`. */
    format: Type.String({ minLength: 1 }),
    /** Merkle roots (RFC 6962) over the lines below, in their order. */
    root: Type.Object({ files: DigestText, samples: DigestText }, strict),
    counts: Type.Object({ files: Count, samples: Count, unlabelled: Count, broken: Count }, strict),
    /** Samples a class. */
    labels: Type.Record(Type.String(), Count),
    source: Type.Optional(SourceSchema),
    licence: Type.Optional(Type.String({ minLength: 1 })),
    /** Where parts came from that have another source than the whole: the last that matches a file counts. */
    sources: Type.Optional(
      Type.Array(Type.Object({ match: Type.String({ minLength: 1 }), source: SourceSchema, licence: Type.Optional(Type.String({ minLength: 1 })) }, strict)),
    ),
    approvedBy: Type.Optional(Type.String({ minLength: 1 })),
    /** ISO 8601 date or date-time. */
    approvedAt: Type.Optional(Type.String({ minLength: 1 })),
    files: Type.Array(FileLine),
    /** In the order in which they are read. Absent for a dataset of very many: the root still covers them. */
    samples: Type.Optional(Type.Array(SampleLine)),
  },
  { ...strict, title: 'modelgate dataset manifest', $id: 'https://modelgate.dev/schema/dataset-manifest.schema.json' },
);
export type DatasetManifest = Static<typeof DatasetManifestSchema>;
