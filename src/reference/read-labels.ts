import { Ajv, type ErrorObject } from 'ajv';
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
    throw invalid(called, wordsFor(isLabels.errors?.[0]));
  }
  const paths = Object.keys(value.models).sort((left, right) => (left < right ? -1 : 1));
  return paths.map((path) => {
    if (path.startsWith('/') || path.includes('\\') || path.split('/').some((part) => part === '' || part === '.' || part === '..')) {
      throw invalid(called, `${JSON.stringify(path)} is not a path inside the folder, relative to it and with /`);
    }
    return { path, label: value.models[path] as ReferenceLabel };
  });
}

function wordsFor({ instancePath, keyword, message }: Partial<ErrorObject> = {}): string {
  const model = /^\/models\/(.*)$/s.exec(instancePath ?? '')?.[1];
  // In a JSON pointer ~1 is a slash, and ~0 what it begins with.
  if (model !== undefined) return `the label of ${JSON.stringify(model.replaceAll('~1', '/').replaceAll('~0', '~'))} is neither "clean" nor "backdoored"`;
  if (keyword === 'type') return `${instancePath === '' ? 'the file' : instancePath} is not ${instancePath === '/version' ? 'a number' : 'an object'}`;
  return `${instancePath === '' ? 'the file' : instancePath} ${message ?? 'is wrong'}`;
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
