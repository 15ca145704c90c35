import { Ajv } from 'ajv';
import { GateError } from '../errors.ts';
import type { ReferenceLabel } from '../model/reference-set.ts';
import { ReferenceLabelsSchema, type ReferenceLabels } from './reference-file.ts';

/** The labels of a folder of models, sorted by path. `called` is what errors call the file. Throws `reference/invalid`. */
export function readLabels(text: string, called: string): readonly { readonly path: string; readonly label: ReferenceLabel }[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid(called, 'it is not JSON', cause);
  }
  const isLabels = new Ajv({ allErrors: false, strict: true }).compile<ReferenceLabels>(ReferenceLabelsSchema);
  if (!isLabels(value)) {
    const [problem] = isLabels.errors ?? [];
    throw invalid(called, `${problem?.instancePath === '' ? 'the file' : (problem?.instancePath ?? '')} ${problem?.message ?? 'is wrong'}`);
  }
  const paths = Object.keys(value.models).sort((left, right) => (left < right ? -1 : 1));
  return paths.map((path) => {
    if (path.startsWith('/') || path.includes('\\') || path.split('/').some((part) => part === '' || part === '.' || part === '..')) {
      throw invalid(called, `${JSON.stringify(path)} is not a path inside the folder, relative to it and with /`);
    }
    return { path, label: value.models[path] as ReferenceLabel };
  });
}

function invalid(called: string, why: string, cause?: unknown): GateError {
  return new GateError({
    code: 'reference/invalid',
    message: `The labels ${called} are not used: ${why}.`,
    where: { artifact: called },
    nextStep: 'Write: { "version": 1, "models": { "first.onnx": "clean", "second.onnx": "backdoored" } }',
    ...(cause === undefined ? {} : { cause }),
  });
}
