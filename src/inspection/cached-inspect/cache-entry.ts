import { Type, type Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { Digest } from '../../artifacts/artifact.ts';
import { sha256Of } from '../../artifacts/digest.ts';
import { isPlainPng } from '../../artifacts/is-plain-png.ts';
import { DatasetSummarySchema, ResultSchema, type Pictures } from '../../report.ts';
import type { Inspection } from '../inspection.ts';
import { FoundMemberSchema } from '../worker-messages.ts';

const strict = { additionalProperties: false } as const;

/** What may be kept of an inspection: one that read the whole artifact and has an answer of every detector. */
const KeptInspectionSchema = Type.Object(
  {
    format: Type.String(),
    engine: Type.Optional(Type.String()),
    notes: Type.Array(Type.String()),
    companions: Type.Array(
      Type.Object({ path: Type.String(), digest: Type.String({ pattern: '^sha256:[0-9a-f]{64}$' }), size: Type.Integer({ minimum: 0 }) }, strict),
    ),
    baselineCompanions: Type.Optional(
      Type.Array(Type.Object({ path: Type.String(), digest: Type.String({ pattern: '^sha256:[0-9a-f]{64}$' }), size: Type.Integer({ minimum: 0 }) }, strict)),
    ),
    members: Type.Optional(Type.Array(FoundMemberSchema)),
    dataset: Type.Optional(DatasetSummarySchema),
    samplesRoot: Type.Optional(Type.String({ pattern: '^sha256:[0-9a-f]{64}$' })),
    claimed: Type.Optional(Type.Array(Type.String())),
    results: Type.Array(ResultSchema),
  },
  strict,
);

const EntrySchema = Type.Object(
  {
    version: Type.Literal(2),
    key: Type.String(),
    inspection: KeptInspectionSchema,
    /** Base64 by digest. */
    pictures: Type.Record(Type.String(), Type.String()),
    integrity: Type.String(),
  },
  strict,
);
type Entry = Static<typeof EntrySchema>;

export function writeEntry(key: string, { pictures = new Map(), ...inspection }: Inspection): string {
  const encoded = Object.fromEntries([...pictures].map(([digest, bytes]) => [digest, Buffer.from(bytes).toString('base64')]));
  return JSON.stringify({ version: 2, key, inspection, pictures: encoded, integrity: integrityOf(key, inspection, encoded) });
}

/** The inspection in an entry's text, or undefined when it is not exactly what {@link writeEntry} wrote for this key. */
export function readEntry(text: string, key: string): Inspection | undefined {
  const entry = parse(text);
  if (entry === undefined || entry.key !== key) return undefined;
  const inspection = entry.inspection as Inspection;
  if (entry.integrity !== integrityOf(key, inspection, entry.pictures)) return undefined;
  const pictures = picturesOf(entry.pictures);
  if (pictures === undefined || !hasEveryPicture(inspection, pictures)) return undefined;
  return pictures.size === 0 ? inspection : { ...inspection, pictures };
}

function parse(text: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Value.Check(EntrySchema, value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined when one of them is not the picture its digest says. */
function picturesOf(encoded: Entry['pictures']): Pictures | undefined {
  const pictures = new Map<string, Uint8Array>();
  for (const [digest, base64] of Object.entries(encoded)) {
    const bytes = Buffer.from(base64, 'base64');
    if (sha256Of(bytes) !== digest || !isPlainPng(bytes)) return undefined;
    pictures.set(digest, bytes);
  }
  return pictures;
}

function hasEveryPicture({ results }: Inspection, pictures: Pictures): boolean {
  return results.every((result) => result.observations.every((one) => one.pictures?.every(({ digest }) => pictures.has(digest)) ?? true));
}

/** Finds damage, not malice: whoever can write to the folder can compute it too (docs/action.md, "Cache"). */
function integrityOf(key: string, inspection: Inspection, pictures: Entry['pictures']): Digest {
  return sha256Of(`${key}\n${JSON.stringify(inspection)}\n${JSON.stringify(pictures)}`);
}
