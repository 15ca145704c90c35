import { GateError } from '../errors.ts';
import type { FormatReader } from './format-reader.ts';
import { readTemplate } from './jinja/read-template.ts';
import { absentWeights } from './text/absent-weights.ts';
import { readText } from './text/read-text.ts';

/** Ten times the largest published template and more (CWE-770). */
const MAX_BYTES = 16 * 2 ** 20;

const NAME = /\.(?:jinja2?|j2)$/i;
const NO_WEIGHTS = 'A template holds no weights.';

/** Jinja templates: a chat template beside a model (`chat_template.jinja`), which whoever serves the model renders with every request. */
export const chatTemplate: FormatReader = {
  meta: {
    id: 'chat-template',
    title: 'Chat template (Jinja)',
    extensions: ['/chat_template.jinja'],
    specification: 'https://jinja.palletsprojects.com/en/3.1.x/templates/ (Jinja 3.1), https://huggingface.co/docs/transformers/chat_templating_writing (transformers 4.57)',
    provides: ['code'],
    since: '0.2.0',
  },
  match(head, path) {
    return NAME.test(path) && /\{[{%#]/.test(Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1')) ? 'certain' : undefined;
  },
  async read(artifact, context) {
    const { text, offsetOf } = await readText(artifact, MAX_BYTES);
    if (context.signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the template was cancelled.' });
    const { program, unexamined } = readTemplate({ text, place: 'the template', range: { offset: 0, length: artifact.bytes.size }, offsetOf });
    return {
      artifact, format: 'chat-template', facets: { code: { programs: program === undefined ? [] : [program], unexamined } },
      problems: {}, absences: absentWeights(NO_WEIGHTS),
      unclaimed: [], companions: [], notes: [],
    };
  },
};
