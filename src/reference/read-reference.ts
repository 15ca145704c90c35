import { Ajv, type ValidateFunction } from 'ajv';
import { sha256Of } from '../artifacts/digest.ts';
import { openFileSource } from '../artifacts/file-source.ts';
import { GateError } from '../errors.ts';
import type { Digest } from '../artifacts/artifact.ts';
import type { ReferenceModel, ReferenceSet } from '../model/reference-set.ts';
import { rowValues } from './quantized-row.ts';
import { ReferenceFileSchema, type ReferenceFile } from './reference-file.ts';

/** A thousand models of four layers, or a hundred of forty. What is larger belongs into fewer layers or models (CWE-400). */
export const MAX_REFERENCE_BYTES = 64 * 2 ** 20;

let compiled: ValidateFunction<ReferenceFile> | undefined;

/** Reads a reference file. Throws `reference/unreadable` and `reference/invalid`. */
export async function readReference(absolutePath: string, called: string): Promise<ReferenceSet> {
  const source = await openFileSource(absolutePath, called).catch((cause: unknown) => {
    throw new GateError({
      code: 'reference/unreadable',
      message: `The reference ${called} could not be read.`,
      where: { artifact: called },
      nextStep: 'Give the path of a file made by: modelgate reference build DIR --labels FILE --output FILE',
      cause,
    });
  });
  try {
    if (source.size > MAX_REFERENCE_BYTES) throw invalid(called, `it has ${source.size} bytes, and a reference has at most ${MAX_REFERENCE_BYTES}`);
    return parseReference(await source.read(0, source.size), called);
  } finally {
    await source.close();
  }
}

/** The reference in these bytes. `called` is what errors call the file. Throws `reference/invalid`. */
export function parseReference(bytes: Uint8Array, called: string): ReferenceSet {
  const file = checked(bytes, called);
  const { layers, settings } = file;
  const digests = new Set<string>();
  const models = file.models.map(({ path, digest, label, rows }): ReferenceModel => {
    if (rows.length !== layers.length) throw invalid(called, `${JSON.stringify(path)} has ${rows.length} rows for ${layers.length} layers`);
    // Twice in the set, a model would be its own neighbor.
    if (digests.has(digest)) throw invalid(called, `two of its models have the digest ${digest}`);
    digests.add(digest);
    const projections = new Float64Array(layers.length * settings.projectionLength);
    for (const [place, row] of rows.entries()) {
      const values = rowValues(row, settings.projectionLength);
      if (values === undefined) throw invalid(called, `row ${place + 1} of ${JSON.stringify(path)} is not ${settings.projectionLength} 16-bit numbers in base64`);
      projections.set(values, place * settings.projectionLength);
    }
    return { path, digest: digest as Digest, label, projections };
  });
  const { seed, projectionLength, varianceKept, decomposition, classifier } = settings;
  return { digest: sha256Of(bytes), seed, projectionLength, varianceKept, decomposition, classifier, layers, models };
}

function checked(bytes: Uint8Array, called: string): ReferenceFile {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid(called, 'it is not JSON', cause);
  }
  compiled ??= new Ajv({ allErrors: false, strict: true }).compile<ReferenceFile>(ReferenceFileSchema);
  if (compiled(value)) return value;
  const [problem] = compiled.errors ?? [];
  throw invalid(called, `${problem?.instancePath === '' ? 'the file' : (problem?.instancePath ?? '')} ${problem?.message ?? 'is wrong'}`);
}

function invalid(called: string, why: string, cause?: unknown): GateError {
  return new GateError({
    code: 'reference/invalid',
    message: `The reference ${called} is not used: ${why}.`,
    where: { artifact: called },
    nextStep: 'Build it again with: modelgate reference build DIR --labels FILE --output FILE',
    ...(cause === undefined ? {} : { cause }),
  });
}
