import { Cursor } from '../artifacts/cursor.ts';
import { GateError } from '../errors.ts';
import type { FormatReader } from './format-reader.ts';
import { odditiesOfText } from './oddities/oddities-of-text.ts';
import { absentWeights } from './text/absent-weights.ts';

/** The mark, the length of the core, and the core's own offset of its first table. */
const HEAD_BYTES = 12;
/** Bytes at the end in which CatBoost keeps parameters and metadata as text; looked through for scripts and programs. */
const LOOKED_BYTES = 4 * 2 ** 20;

/** CatBoost models (`.cbm`): a FlatBuffers table of trees, and behind it what features of categories and text need. Nothing in it is run. */
export const catboost: FormatReader = {
  meta: {
    id: 'catboost',
    title: 'CatBoost model',
    extensions: ['.cbm'],
    specification: 'https://github.com/catboost/catboost/blob/v1.2.8/catboost/libs/model/model.cpp (TFullModel::Save), https://flatbuffers.dev/internals/',
    provides: ['structure'],
    isStreamed: true,
    since: '0.2.0',
  },
  match(head) {
    return head.byteLength >= 4 && head[0] === 0x43 && head[1] === 0x42 && head[2] === 0x4d && head[3] === 0x31 ? 'certain' : undefined;
  },
  async read(artifact, { signal }) {
    if (signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the model was cancelled.' });
    const { bytes, path } = artifact;
    const cursor = new Cursor(await bytes.read(0, Math.min(HEAD_BYTES, bytes.size)), { artifact: path });
    cursor.skip(4);
    const core = cursor.u32le();
    const root = cursor.u32le();
    const fail = (code: 'format/truncated' | 'format/malformed', message: string, offset: number): GateError => new GateError({ code, message, where: { artifact: path, offset }, nextStep: 'Save the model again with CatBoost, and fetch or upload the file whole.' });
    if (core > bytes.size - 8) throw fail('format/truncated', `The core has ${String(core)} bytes, and ${String(bytes.size - 8)} are left.`, 4);
    if (root > core - 4) throw fail('format/malformed', 'The core’s first table lies outside of it.', 8);
    const length = Math.min(core, LOOKED_BYTES);
    const text = Buffer.from(await bytes.read(8 + core - length, length)).toString('latin1');
    return {
      artifact, format: 'catboost', facets: { structure: { examined: 1, oddities: odditiesOfText(text, 'the core') } }, problems: {}, absences: absentWeights('A boosted model holds trees, not tensors.'), unclaimed: [], companions: [],
      notes: [`A CatBoost model; its core has ${String(core)} bytes, and ${String(bytes.size - 8 - core)} follow.`],
    };
  },
};
