import { Ajv, type ValidateFunction } from 'ajv';
import { MAX_MANIFEST_BYTES } from '../artifacts/limits.ts';
import { GateError } from '../errors.ts';
import { DatasetManifestSchema, type DatasetManifest } from './dataset-manifest.ts';
import { lockPathProblem } from './lock-path.ts';

let compiled: ValidateFunction<DatasetManifest> | undefined;

/**
 * Reads the text of a dataset manifest. Whether its lines give its roots is not looked at here: that is evidence, not a mistake. Throws
 * `manifest/invalid` with the place of the first problem: not JSON, a broken schema, a file or sample listed twice, counts that are not
 * those of the lines.
 */
export function readManifest(text: string, file: string): DatasetManifest {
  if (text.length > MAX_MANIFEST_BYTES) throw invalid(file, `It has more than ${String(MAX_MANIFEST_BYTES)} characters.`);
  const value = parse(text, file);
  compiled ??= new Ajv({ strict: true, strictTuples: false }).compile<DatasetManifest>(DatasetManifestSchema);
  if (!compiled(value)) {
    const [first] = compiled.errors ?? [];
    const key = first?.params['additionalProperty'];
    const field = `${first?.instancePath.slice(1).replaceAll('/', '.') ?? ''}${typeof key === 'string' ? `.${key}` : ''}`;
    throw invalid(file, `${field === '' ? 'It' : `"${field}"`} ${first?.message ?? 'is wrong'}.`, field);
  }
  checkContent(value, file);
  return value;
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch (cause) {
    throw invalid(file, `It is not valid JSON: ${cause instanceof Error ? cause.message : ''}`, '', cause);
  }
}

function checkContent(manifest: DatasetManifest, file: string): void {
  const paths = new Set<string>();
  for (const [index, [path, , size]] of manifest.files.entries()) {
    const problem = lockPathProblem(path) ?? (paths.has(path) ? 'is listed twice' : undefined);
    if (problem !== undefined) throw invalid(file, `The path ${JSON.stringify(path)} ${problem}.`, `files.${String(index)}`);
    if (!Number.isSafeInteger(size)) throw invalid(file, `The size of ${JSON.stringify(path)} is too large.`, `files.${String(index)}`);
    paths.add(path);
  }
  const ids = new Set<string>();
  for (const [index, [id]] of (manifest.samples ?? []).entries()) {
    if (ids.has(id)) throw invalid(file, `The sample ${JSON.stringify(id)} is listed twice.`, `samples.${String(index)}`);
    ids.add(id);
  }
  const { counts } = manifest;
  if (counts.files !== manifest.files.length) throw invalid(file, `It counts ${String(counts.files)} files and lists ${String(manifest.files.length)}.`, 'counts.files');
  if (manifest.samples === undefined) return;
  if (counts.samples !== manifest.samples.length) throw invalid(file, `It counts ${String(counts.samples)} samples and lists ${String(manifest.samples.length)}.`, 'counts.samples');
  const labels = new Map<string, number>();
  for (const [, label] of manifest.samples) if (label !== null) labels.set(label, (labels.get(label) ?? 0) + 1);
  for (const [name, count] of Object.entries(manifest.labels)) {
    if ((labels.get(name) ?? 0) !== count) throw invalid(file, `It counts ${String(count)} samples of ${JSON.stringify(name)} and lists ${String(labels.get(name) ?? 0)}.`, 'labels');
    labels.delete(name);
  }
  const [left] = labels.keys();
  if (left !== undefined) throw invalid(file, `It lists samples of ${JSON.stringify(left)} and does not count them.`, 'labels');
}

function invalid(file: string, message: string, field = '', cause?: unknown): GateError {
  return new GateError({
    code: 'manifest/invalid', message, where: { artifact: file, ...(field === '' ? {} : { field }) },
    nextStep: 'Restore the manifest, or delete it and write it anew with: modelgate dataset lock', ...(cause === undefined ? {} : { cause }),
  });
}
