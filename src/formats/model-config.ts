import type { Artifact } from '../artifacts/artifact.ts';
import { GateError } from '../errors.ts';
import type { CodeProgram, UnexaminedPart } from '../model/code.ts';
import type { Model } from '../model/model.ts';
import type { FormatReader, ReadContext } from './format-reader.ts';
import { duplicateKeys } from './json/duplicate-keys.ts';
import type { JsonNode } from './json/json-node.ts';
import { parseJson } from './json/parse-json.ts';
import { hasModelKey, MODEL_CONFIG_NAME, startsLikeModelConfig } from './model-config/looks-like-model-config.ts';
import { codeNamedIn } from './model-config/code-named-in.ts';
import { readSourceFiles } from './model-config/read-source-files.ts';
import { templatesIn } from './model-config/templates-in.ts';
import { absentWeights } from './text/absent-weights.ts';
import { readText } from './text/read-text.ts';

/** Ten times the largest tokenizer configuration; larger files of these names hold something else (CWE-770). */
const MAX_BYTES = 64 * 2 ** 20;

const NO_WEIGHTS = 'A configuration holds no weights.';

/**
 * The JSON files in which a model says how it is to be loaded: `config.json`, `tokenizer_config.json`, `chat_template.json`,
 * `generation_config.json` and their like. What counts is what they make a loader run: chat templates, classes from Python files
 * beside the model (`auto_map`), classes by their full name (`_target_`).
 */
export const modelConfig: FormatReader = {
  meta: {
    id: 'model-config',
    title: 'Model configuration (JSON)',
    extensions: ['/config.json', '/tokenizer_config.json', '/chat_template.json', '/generation_config.json'],
    specification: 'https://huggingface.co/docs/transformers/custom_models (transformers 4.57), https://hydra.cc/docs/advanced/instantiate_objects/overview/ (Hydra 1.3)',
    provides: ['code', 'structure'],
    since: '0.2.0',
  },
  match(head, path) {
    return startsLikeModelConfig(head, path) ? 'certain' : undefined;
  },
  async read(artifact, context) {
    const { text, offsetOf } = await readText(artifact, MAX_BYTES);
    let root: JsonNode;
    try {
      root = parseJson(text);
    } catch (error) {
      if (!(error instanceof GateError)) throw error;
      // A file of another program, which no loader of models can read either; under the name alone it is nobody's model.
      if (error.code === 'format/malformed' && MODEL_CONFIG_NAME.test(artifact.path) && !hasModelKey(text)) return modelOf(artifact, ['Not JSON, and without a key that a model’s configuration has: a file of another program.']);
      throw new GateError({ code: error.code, message: error.message, where: { artifact: artifact.path, offset: offsetOf(error.where?.offset ?? 0) }, nextStep: 'Save the configuration again with the library that reads it.', cause: error });
    }
    return readConfig(artifact, root, offsetOf, context);
  },
};

async function readConfig(artifact: Artifact, root: JsonNode, offsetOf: (at: number) => number, context: ReadContext): Promise<Model> {
  if (context.signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the configuration was cancelled.' });
  const placed = (node: { readonly at: number; readonly end: number }) => {
    const offset = offsetOf(node.at);
    return { offset, length: offsetOf(node.end) - offset };
  };
  const templates = templatesIn(root, placed);
  const code = codeNamedIn(root, placed);
  const files = await readSourceFiles(code.modules, context);
  const programs: CodeProgram[] = [...templates.programs, ...code.programs, ...files.programs];
  const unexamined: UnexaminedPart[] = [...templates.unexamined, ...files.unexamined];
  const notes = [
    ...(templates.programs.length === 0 ? [] : [`${String(templates.programs.length)} chat ${templates.programs.length === 1 ? 'template' : 'templates'}.`]),
    ...(files.companions.length === 0 ? [] : [`Python files that loading with trust_remote_code runs: ${files.companions.map(({ path }) => path).join(', ')}.`]),
  ];
  return {
    ...modelOf(artifact, notes),
    facets: {
      structure: { examined: code.examined, oddities: duplicateKeys(root).map((one) => (one.bytes === undefined ? one : { ...one, bytes: placed({ at: one.bytes.offset, end: one.bytes.offset + one.bytes.length }) })) },
      ...(programs.length + unexamined.length === 0 ? {} : { code: { programs, unexamined } }),
    },
    absences: { ...ABSENT, ...(programs.length + unexamined.length === 0 ? { code: 'The configuration names no code and holds no template.' } : {}) },
    companions: files.companions,
  };
}

const ABSENT = absentWeights(NO_WEIGHTS);

function modelOf(artifact: Artifact, notes: readonly string[]): Model {
  return { artifact, format: 'model-config', facets: {}, problems: {}, absences: { ...ABSENT, code: 'It holds no code.', structure: 'It is no JSON.' }, unclaimed: [], companions: [], notes };
}
