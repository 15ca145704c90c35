import { GateError } from '../errors.ts';
import type { FileOddity } from '../model/structure.ts';
import type { FormatReader } from './format-reader.ts';
import { odditiesOfText } from './oddities/oddities-of-text.ts';
import { shown } from './oddities/shown.ts';
import { absentWeights } from './text/absent-weights.ts';
import { readText } from './text/read-text.ts';

/** Ten times the largest published forest; a text is read as a whole (CWE-770). */
const MAX_BYTES = 511 * 2 ** 20;
const MAX_TOLD = 1_000;
/** Lines of numbers are passed over. */
const NUMBERS = /^[\w ]*=[\d\s.eE+:|,[\]-]*$/;

/** LightGBM models: text, line by line `key=value`, tree by tree. */
export const lightgbm: FormatReader = {
  meta: {
    id: 'lightgbm',
    title: 'LightGBM model',
    extensions: ['.lgb'],
    specification: 'https://github.com/microsoft/LightGBM/blob/v4.6.0/src/boosting/gbdt_model_text.cpp (LightGBM 2 to 4)',
    provides: ['structure'],
    since: '0.2.0',
  },
  match(head) {
    return /^(?:tree|dart|goss|rf)\r?\nversion=v\d/.test(Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 64)).toString('latin1')) ? 'certain' : undefined;
  },
  async read(artifact, { signal }) {
    if (signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the model was cancelled.' });
    const { text } = await readText(artifact, MAX_BYTES);
    const oddities: FileOddity[] = [];
    let trees = 0;
    let lines = 0;
    let isEnded = false;
    for (let at = 0; at < text.length;) {
      const newline = text.indexOf('\n', at);
      const end = newline < 0 ? text.length : newline;
      const line = text.slice(at, end);
      at = end + 1;
      lines += 1;
      if (/^Tree=\d+\r?$/.test(line)) trees += 1;
      if (/^end of trees\r?$/.test(line)) isEnded = true;
      if (oddities.length < MAX_TOLD && line.length > 8 && !NUMBERS.test(line)) oddities.push(...odditiesOfText(line, `line ${shown(line.split(/[=:]/, 1)[0] ?? '')}`));
    }
    if (!isEnded) throw new GateError({ code: 'format/truncated', message: 'The file ends before its trees do.', where: { artifact: artifact.path, offset: artifact.bytes.size }, nextStep: 'Fetch or upload the file again; it was cut off.' });
    return {
      artifact, format: 'lightgbm', facets: { structure: { examined: lines, oddities } }, problems: {}, absences: absentWeights('A boosted model holds trees, not tensors.'), unclaimed: [], companions: [],
      notes: [`A LightGBM model of ${String(trees)} trees.`],
    };
  },
};
