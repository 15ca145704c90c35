import { GateError } from '../errors.ts';
import type { FormatReader } from './format-reader.ts';
import { MAX_SOURCE_BYTES, readSource } from './python/read-source.ts';
import { absentWeights } from './text/absent-weights.ts';
import { readText } from './text/read-text.ts';

/** Names under which models bring code of their own. Other Python files are nobody's model. */
const NAME = /(?:^|[/!])((?:modeling|configuration|tokenization|processing|image_processing|feature_extraction|generation|pipeline|custom)_\w+|\w*handler\w*|pipeline)\.py$/i;
/** In an archive, where packages and sources lie too: names that only models use, and whatever may handle the requests of a TorchServe archive. */
const MEMBER_NAME = /(?:^|[/!])(?:modeling|configuration|tokenization|processing|image_processing|feature_extraction)_\w+\.py$|\.mar!\/[^/]+\.py$/i;
/** Installed, not loaded with a model. */
const PACKAGE = /\.whl!\//i;

const NO_WEIGHTS = 'A Python file holds no weights.';

/** Python files that loading a model with `trust_remote_code` runs: `modeling_x.py` and its like. */
export const pythonSource: FormatReader = {
  meta: {
    id: 'python-source',
    title: 'Python file of a model',
    extensions: [],
    specification: 'https://docs.python.org/3/reference/lexical_analysis.html (Python 3.14), https://huggingface.co/docs/transformers/custom_models (transformers 4.57)',
    provides: ['code'],
    since: '0.2.0',
  },
  match(head, path) {
    if (path.includes('!/') ? !MEMBER_NAME.test(path) || PACKAGE.test(path) : !NAME.test(path)) return undefined;
    return /(?:^|\n)\s*(?:import|from|def|class)\s/.test(Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1')) ? 'certain' : undefined;
  },
  async read(artifact, context) {
    const { text } = await readText(artifact, MAX_SOURCE_BYTES);
    if (context.signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the file was cancelled.' });
    const range = { offset: 0, length: artifact.bytes.size };
    const module = NAME.exec(artifact.path)?.[1] ?? 'the file';
    const { program, unexamined } = readSource({ text, place: 'the file', range });
    // In an archive it is the configuration beside it that says whether loading runs it.
    const isMember = artifact.path.includes('!/');
    const itself = { kind: 'import', via: 'trust_remote_code', target: { kind: 'name', module, name: '' }, offset: 0, count: 1, text: `import ${module}` } as const;
    return {
      artifact, format: 'python-source', facets: { code: { programs: [{ ...program, actions: isMember ? program.actions : [itself, ...program.actions] }], unexamined } },
      problems: {}, absences: absentWeights(NO_WEIGHTS),
      unclaimed: [], companions: [], notes: [],
    };
  },
};
