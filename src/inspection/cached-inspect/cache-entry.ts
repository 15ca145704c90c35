import { Type, type Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { Digest } from '../../artifacts/artifact.ts';
import { sha256Of } from '../../artifacts/digest.ts';
import { ResultSchema } from '../../report.ts';
import type { Inspection } from '../inspection.ts';

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
    results: Type.Array(ResultSchema),
  },
  strict,
);

const EntrySchema = Type.Object(
  { version: Type.Literal(1), key: Type.String(), inspection: KeptInspectionSchema, integrity: Type.String() },
  strict,
);
type Entry = Static<typeof EntrySchema>;

export function writeEntry(key: string, inspection: Inspection): string {
  return JSON.stringify({ version: 1, key, inspection, integrity: integrityOf(key, inspection) });
}

/** The inspection in an entry's text, or undefined when it is not exactly what {@link writeEntry} wrote for this key. */
export function readEntry(text: string, key: string): Inspection | undefined {
  const entry = parse(text);
  if (entry === undefined || entry.key !== key) return undefined;
  const inspection = entry.inspection as Inspection;
  return entry.integrity === integrityOf(key, inspection) ? inspection : undefined;
}

function parse(text: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Value.Check(EntrySchema, value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Finds damage, not malice: whoever can write to the folder can compute it too (docs/action.md, "Cache"). */
function integrityOf(key: string, inspection: Inspection): Digest {
  return sha256Of(`${key}\n${JSON.stringify(inspection)}`);
}
