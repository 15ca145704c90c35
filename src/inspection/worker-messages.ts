import { Type, type Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { MAX_OBSERVATION_PICTURES, MAX_PICTURE_BYTES, MAX_PICTURED_OBSERVATIONS } from '../artifacts/limits.ts';
import { ENCODINGS } from '../artifacts/member-place.ts';
import { ERROR_CODES, type GateErrorCode, type GateErrorData } from '../errors.ts';
import { DatasetSummarySchema, ErrorDataSchema, PictureSchema, ResultSchema, type Result } from '../report.ts';
import type { Inspection, InspectionProgress, InspectionRequest } from './inspection.ts';

/**
 * What the gate and an inspection process say to each other. The process has parsed hostile bytes and run native code
 * on them, so what it says is untrusted: it arrives as JSON text (not as V8's binary form, whose reader is meant for
 * trusted bytes), and nothing is used before it fits these schemas (CWE-502).
 */

const strict = { additionalProperties: false } as const;

/** Our side cuts what it says to this, so a longer text was not said by our code. */
export const MAX_TEXT_CHARACTERS = 64 * 1024;

/** Notes and companions of one artifact; the sharded models with most files have some hundreds. */
const MAX_LIST_ITEMS = 10_000;

/** Files of a dataset that are also artifacts by their names: shards and batches, not the images of a folder. */
export const MAX_CLAIMED_FILES = MAX_LIST_ITEMS;

const Text = Type.String({ maxLength: MAX_TEXT_CHARACTERS });

const CompanionSchema = Type.Object({ path: Text, digest: Type.String({ pattern: '^sha256:[0-9a-f]{64}$' }), size: Type.Integer({ minimum: 0 }) }, strict);
const DigestText = Type.String({ pattern: '^sha256:[0-9a-f]{64}$' });
const Count = Type.Integer({ minimum: 0 });

export const FoundMemberSchema = Type.Object(
  {
    name: Text,
    size: Count,
    digest: Type.Optional(DigestText),
    place: Type.Optional(
      Type.Object({ offset: Count, length: Count, encoding: Type.Union(ENCODINGS.map((one) => Type.Literal(one))), size: Count, skip: Type.Optional(Count), properties: Type.Optional(Type.String({ pattern: '^([0-9a-f]{2}){1,16}$' })) }, strict),
    ),
    readAs: Type.Optional(Text),
    trouble: Type.Optional(ErrorDataSchema),
    otherwise: Type.Optional(Text),
  },
  strict,
);

const DescribedSchema = Type.Object(
  {
    format: Type.Optional(Text),
    engine: Type.Optional(Text),
    notes: Type.Array(Text, { maxItems: MAX_LIST_ITEMS }),
    companions: Type.Array(CompanionSchema, { maxItems: MAX_LIST_ITEMS }),
    baselineCompanions: Type.Optional(Type.Array(CompanionSchema, { maxItems: MAX_LIST_ITEMS })),
    members: Type.Optional(Type.Array(FoundMemberSchema, { maxItems: MAX_LIST_ITEMS })),
    dataset: Type.Optional(DatasetSummarySchema),
    samplesRoot: Type.Optional(DigestText),
    claimed: Type.Optional(Type.Array(Text, { maxItems: MAX_CLAIMED_FILES })),
  },
  strict,
);

/** A picture on its way: bytes as base64, because messages are JSON. It has no name yet; the gate gives it one. */
const SentPictureSchema = Type.Object(
  {
    /** Place of the observation in the result. */
    observation: Type.Integer({ minimum: 0 }),
    kind: PictureSchema.properties.kind,
    title: Text,
    png: Type.String({ maxLength: 4 * Math.ceil(MAX_PICTURE_BYTES / 3) }),
  },
  strict,
);
export type SentPicture = Static<typeof SentPictureSchema>;

/** Number of the inspection that a message is about: a process may be asked again, and nothing late may be taken for an answer to that. */
const inspection = Count;

const MessageSchema = Type.Union([
  Type.Object(
    {
      inspection,
      kind: Type.Literal('progress'),
      detector: Type.Optional(Text),
      done: Type.Number({ minimum: 0, maximum: 1 }),
      what: Text,
    },
    strict,
  ),
  Type.Object({ inspection, kind: Type.Literal('described'), described: DescribedSchema }, strict),
  Type.Object(
    {
      inspection,
      kind: Type.Literal('result'),
      result: ResultSchema,
      pictures: Type.Array(SentPictureSchema, { maxItems: MAX_PICTURED_OBSERVATIONS * MAX_OBSERVATION_PICTURES }),
    },
    strict,
  ),
  Type.Object({ inspection, kind: Type.Literal('done'), described: DescribedSchema, error: Type.Optional(ErrorDataSchema) }, strict),
  Type.Object({ inspection, kind: Type.Literal('failed'), error: ErrorDataSchema }, strict),
]);

export type Described = Pick<Inspection, 'format' | 'engine' | 'notes' | 'companions' | 'baselineCompanions' | 'members' | 'dataset' | 'samplesRoot' | 'claimed'>;

export type MessageFromWorker = { readonly inspection: number } & WorkerAnswer;

export type WorkerAnswer =
  | ({ readonly kind: 'progress' } & Omit<InspectionProgress, 'path'>)
  | { readonly kind: 'described'; readonly described: Described }
  | { readonly kind: 'result'; readonly result: Result; readonly pictures: readonly SentPicture[] }
  | { readonly kind: 'done'; readonly described: Described; readonly error?: GateErrorData }
  | { readonly kind: 'failed'; readonly error: GateErrorData };

export interface MessageToWorker {
  readonly kind: 'inspect';
  readonly inspection: number;
  readonly request: InspectionRequest;
  readonly earlierResults: readonly Result[];
}

/** The message, or undefined when it is none of ours. */
export function parseWorkerMessage(value: unknown): MessageFromWorker | undefined {
  if (!Value.Check(MessageSchema, value)) return undefined;
  const message: Static<typeof MessageSchema> = value;
  if ('described' in message && message.described.members?.some(({ trouble }) => trouble !== undefined && !isKnownCode(trouble.code)) === true) return undefined;
  if ((message.kind === 'failed' || message.kind === 'done') && message.error !== undefined && !isKnownCode(message.error.code)) {
    return undefined;
  }
  return message as MessageFromWorker;
}

/** Whether a detector's result survives the way through JSON: NaN and infinity do not. */
export function isResult(value: unknown): value is Result {
  return Value.Check(ResultSchema, value);
}

function isKnownCode(code: string): code is GateErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}
