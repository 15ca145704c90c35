import { GateError } from '../errors.ts';
import type { CodeProgram } from '../model/code.ts';
import type { FormatReader } from './format-reader.ts';
import { duplicateKeys } from './json/duplicate-keys.ts';
import { codeNamedIn } from './model-config/code-named-in.ts';
import { readSourceFiles } from './model-config/read-source-files.ts';
import { absentWeights } from './text/absent-weights.ts';
import { readText } from './text/read-text.ts';
import { actionsOfTags } from './yaml/actions-of-tags.ts';
import { parseYaml, type YamlReading } from './yaml/parse-yaml.ts';

/** The configuration of the largest NeMo models has 0.1 MB (CWE-770). */
const MAX_BYTES = 4 * 2 ** 20;

/** The configuration of a NeMo model, and what Lightning and Hydra keep beside a checkpoint. */
const NAME = /(?:^|[/!])(?:model_config|hparams|hyper_parameters)\.ya?ml$/i;
/** What makes a loader run something, in a YAML file of any name. */
const RUNS = /!!python\/|tag:yaml\.org,2002:python\/|^[\s{,-]*["']?_target_["']?\s*:/m;

/** YAML files in which a model says how it is to be loaded: `model_config.yaml` of a `.nemo` archive, `hparams.yaml`. */
export const modelConfigYaml: FormatReader = {
  meta: {
    id: 'model-config-yaml',
    title: 'Model configuration (YAML)',
    extensions: ['/model_config.yaml'],
    specification: 'https://yaml.org/spec/1.2.2/, https://hydra.cc/docs/advanced/instantiate_objects/overview/ (Hydra 1.3), https://pyyaml.org/wiki/PyYAMLDocumentation (PyYAML 6)',
    provides: ['code', 'structure'],
    since: '0.2.0',
  },
  match(head, path) {
    if (!/\.ya?ml$/i.test(path)) return undefined;
    return NAME.test(path) || RUNS.test(Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1')) ? 'certain' : undefined;
  },
  async read(artifact, context) {
    const { text, offsetOf } = await readText(artifact, MAX_BYTES);
    if (context.signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the configuration was cancelled.' });
    let reading: YamlReading;
    try {
      reading = parseYaml(text);
    } catch (error) {
      if (!(error instanceof GateError)) throw error;
      throw new GateError({ code: error.code, message: error.message, where: { artifact: artifact.path, offset: offsetOf(error.where?.offset ?? 0) }, nextStep: 'Save the configuration again with the library that reads it.', cause: error });
    }
    const placed = (node: { readonly at: number; readonly end: number }) => {
      const offset = offsetOf(node.at);
      return { offset, length: offsetOf(node.end) - offset };
    };
    const named = codeNamedIn(reading.root, placed);
    const files = await readSourceFiles(named.modules, context);
    const tags = actionsOfTags(reading.tagged, offsetOf);
    const programs: CodeProgram[] = [
      ...named.programs, ...files.programs,
      ...(tags.length === 0 ? [] : [{ language: 'python', place: 'the tags of the configuration', range: { offset: 0, length: artifact.bytes.size }, runs: 'load', actions: tags, irregularities: [] } as const]),
    ];
    const hasCode = programs.length + files.unexamined.length > 0;
    return {
      artifact, format: 'model-config-yaml',
      facets: {
        structure: { examined: named.examined, oddities: duplicateKeys(reading.root).map((one) => (one.bytes === undefined ? one : { ...one, bytes: placed({ at: one.bytes.offset, end: one.bytes.offset + one.bytes.length }) })) },
        ...(hasCode ? { code: { programs, unexamined: files.unexamined } } : {}),
      },
      problems: {}, absences: { ...absentWeights('A configuration holds no weights.'), ...(hasCode ? {} : { code: 'The configuration names no code.' }) },
      unclaimed: [], companions: files.companions, notes: [],
    };
  },
};
