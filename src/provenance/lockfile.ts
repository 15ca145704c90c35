import { Type, type Static } from '@sinclair/typebox';

const strict = { additionalProperties: false } as const;

/** Where an approved artifact came from: a URL, or a repository with a revision. */
export const SourceSchema = Type.Union([
  Type.Object({ url: Type.String({ minLength: 1 }) }, strict),
  Type.Object({ repository: Type.String({ minLength: 1 }), revision: Type.String({ minLength: 1 }) }, strict),
]);

export const LockEntrySchema = Type.Object(
  {
    /** Relative to the lockfile, with `/`. */
    path: Type.String({ minLength: 1 }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    size: Type.Integer({ minimum: 0 }),
    source: Type.Optional(SourceSchema),
    approvedBy: Type.Optional(Type.String({ minLength: 1 })),
    /** ISO 8601 date or date-time. */
    approvedAt: Type.Optional(Type.String({ minLength: 1 })),
  },
  strict,
);
export type LockEntry = Static<typeof LockEntrySchema>;

/** `modelgate.lock.json`: the artifacts somebody approved, sorted by path so that a diff reads well. */
export const LockfileSchema = Type.Object(
  { version: Type.Literal(1), artifacts: Type.Array(LockEntrySchema) },
  { ...strict, title: 'modelgate lockfile', $id: 'https://modelgate.dev/schema/lockfile.schema.json' },
);
export type Lockfile = Static<typeof LockfileSchema>;
