import type { Artifact } from '../artifacts/artifact.ts';
import { Cursor } from '../artifacts/cursor.ts';
import { GateError } from '../errors.ts';
import type { StructureFacet } from '../model/structure.ts';
import type { FormatReader } from './format-reader.ts';
import { duplicateKeys } from './json/duplicate-keys.ts';
import type { JsonNode } from './json/json-node.ts';
import { parseJson } from './json/parse-json.ts';
import { odditiesOfText } from './oddities/oddities-of-text.ts';
import { shown } from './oddities/shown.ts';
import { absentWeights } from './text/absent-weights.ts';
import { readText } from './text/read-text.ts';
import { walkUbjson } from './xgboost/walk-ubjson.ts';

/** Ten times the largest published forest; read as a whole (CWE-770). */
const MAX_BYTES = 511 * 2 ** 20;
const NEXT_STEP = 'Save the model again with XGBoost, and fetch or upload the file whole.';

/** XGBoost models: trees and parameters as JSON, as UBJSON, or in the binary form before them. None runs anything; what they say about themselves is looked at. */
export const xgboost: FormatReader = {
  meta: {
    id: 'xgboost',
    title: 'XGBoost model',
    extensions: ['.ubj', '.xgb'],
    specification: 'https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html (XGBoost 3.1), https://ubjson.org (draft 12)',
    provides: ['structure'],
    since: '0.2.0',
  },
  match(head) {
    return kindOf(head) === undefined ? undefined : 'certain';
  },
  async read(artifact, { signal }) {
    if (signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the model was cancelled.' });
    const { size } = artifact.bytes;
    if (size > MAX_BYTES) throw new GateError({ code: 'format/limit-exceeded', message: `The file has ${String(size)} bytes; models of XGBoost are read up to ${String(MAX_BYTES)}.`, where: { artifact: artifact.path }, nextStep: 'Export the model with fewer trees.' });
    const bytes = await artifact.bytes.read(0, size);
    const kind = kindOf(bytes);
    try {
      const structure = kind === 'json' ? await readJson(artifact) : kind === 'ubjson' ? readUbjson(bytes) : readBinary(bytes);
      return {
        artifact, format: 'xgboost', facets: { structure }, problems: {}, absences: absentWeights('A boosted model holds trees, not tensors.'), unclaimed: [], companions: [],
        notes: [`An XGBoost model in ${kind === 'binary' ? 'the binary form before JSON, whose trees were not looked into' : kind === 'json' ? 'JSON' : 'UBJSON'}.`],
      };
    } catch (error) {
      if (!(error instanceof GateError)) throw error;
      throw new GateError({ code: error.code, message: error.message, where: { artifact: artifact.path, ...error.where }, nextStep: NEXT_STEP, cause: error });
    }
  },
};

type Kind = 'json' | 'ubjson' | 'binary';

/** An object whose first key is `learner` (or `version`, with the learner behind it), or the mark of the binary form. */
function kindOf(head: Uint8Array): Kind | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 65_536)).toString('latin1');
  if (/^\s*\{\s*"(?:learner"\s*:\s*\{|version"\s*:\s*\[[^\]]{0,40}\]\s*,\s*"learner")/.test(text)) return 'json';
  // eslint-disable-next-line no-control-regex -- lengths of UBJSON are bytes
  if (/^\{(?:L\u0000{7}|i|U)\u0007(?:learner\{|version\[)/.test(text)) return 'ubjson';
  return text.startsWith('binf') ? 'binary' : undefined;
}

async function readJson(artifact: Artifact): Promise<StructureFacet> {
  const { text, offsetOf } = await readText(artifact, MAX_BYTES);
  const root = parseJson(text);
  let examined = 0;
  const oddities = duplicateKeys(root).map((one) => (one.bytes === undefined ? one : { ...one, bytes: { offset: offsetOf(one.bytes.offset), length: one.bytes.length } }));
  const look = (node: JsonNode, key: string): void => {
    examined += 1;
    if (node.kind === 'string') oddities.push(...odditiesOfText(node.value, `value of ${shown(key)}`));
    if (node.kind === 'array' && node.items[0]?.kind !== 'number') for (const item of node.items) look(item, key);
    if (node.kind === 'object') for (const member of node.members) look(member.value, member.key);
  };
  look(root, 'the file');
  return { examined, oddities };
}

function readUbjson(bytes: Uint8Array): StructureFacet {
  const { oddities, values, end } = walkUbjson(bytes);
  const rest = bytes.byteLength - end;
  return { examined: values, oddities: rest === 0 ? oddities : [...oddities, { kind: 'uncovered-bytes', place: 'the end', bytes: { offset: end, length: rest }, detail: `${String(rest)} bytes follow the value.` }] };
}

/** Of the parameters of a learner in the binary form (src/learner.cc, LearnerModelParamLegacy). */
const PARAMETER_BYTES = 136;
const MAX_NAME_BYTES = 200;

/** The mark, the parameters, and the names of objective and booster; the trees behind them are numbers. */
function readBinary(bytes: Uint8Array): StructureFacet {
  const cursor = new Cursor(bytes);
  cursor.skip(4 + PARAMETER_BYTES);
  for (const what of ['objective', 'booster']) {
    const at = cursor.position;
    const length = cursor.size64le();
    if (length === 0 || length > MAX_NAME_BYTES) throw cursor.malformed(`The name of the ${what} has ${String(length)} bytes.`, at);
    const name = cursor.text(length);
    if (!/^[\w:.-]+$/.test(name)) throw cursor.malformed(`The ${what} has the name ${shown(name)}.`, at);
  }
  return { examined: 2, oddities: [] };
}
