import { GateError } from '../errors.ts';
import type { CodeProgram } from '../model/code.ts';
import type { FormatReader } from './format-reader.ts';
import { duplicateKeys } from './json/duplicate-keys.ts';
import type { JsonNode } from './json/json-node.ts';
import { parseJson } from './json/parse-json.ts';
import { actionsOfNodes } from './skops/actions-of-nodes.ts';
import { absentWeights } from './text/absent-weights.ts';
import { readText } from './text/read-text.ts';

/** A forest has some hundred bytes a tree here; its arrays are members of their own (CWE-770). */
const MAX_BYTES = 256 * 2 ** 20;
const NAME = /(?:^|[/!])schema\.json$/i;
const NODE_KEY = /"__loader__"/;

/**
 * The `schema.json` of a skops file (a zip archive, whose arrays are members of their own): a tree of nodes, each with the class that it stands for and
 * the loader that makes it.
 */
export const skops: FormatReader = {
  meta: {
    id: 'skops',
    title: 'skops schema',
    extensions: ['.skops'],
    specification: 'https://skops.readthedocs.io/en/stable/persistence.html (skops 0.13, protocol 2)',
    provides: ['code', 'structure'],
    since: '0.2.0',
  },
  match(head, path) {
    const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1').trimStart();
    if (!text.startsWith('{')) return undefined;
    // The keys of a node may come behind whatever somebody puts in front of them, so the name is enough inside of an archive.
    return NODE_KEY.test(text) || (NAME.test(path) && path.includes('!/')) ? 'certain' : undefined;
  },
  async read(artifact, context) {
    const { text, offsetOf } = await readText(artifact, MAX_BYTES);
    if (context.signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the schema was cancelled.' });
    const common = { artifact, format: 'skops', problems: {}, unclaimed: [], companions: [] } as const;
    let root: JsonNode;
    try {
      root = parseJson(text);
    } catch (error) {
      if (!(error instanceof GateError)) throw error;
      throw new GateError({ code: error.code, message: error.message, where: { artifact: artifact.path, offset: offsetOf(error.where?.offset ?? 0) }, nextStep: 'Save the model again with skops.io.dump.', cause: error });
    }
    const { actions, nodes, isWhole } = actionsOfNodes(root, offsetOf);
    const range = { offset: 0, length: artifact.bytes.size };
    const program: CodeProgram = { language: 'skops', place: 'the schema', range, runs: 'load', actions, irregularities: [] };
    const absences = absentWeights('The arrays of a skops file are members of its archive.');
    if (nodes === 0) return { ...common, facets: {}, absences: { ...absences, code: 'It holds no node of skops.', structure: 'It holds no node of skops.' }, notes: ['A JSON file without nodes of skops.'] };
    return {
      ...common,
      facets: {
        code: { programs: [program], unexamined: isWhole ? [] : [{ range, reason: 'The schema names more different classes than are looked up' }] },
        structure: { examined: nodes, oddities: duplicateKeys(root).map((one) => (one.bytes === undefined ? one : { ...one, bytes: { offset: offsetOf(one.bytes.offset), length: one.bytes.length } })) },
      },
      absences,
      notes: [`A skops schema of ${String(nodes)} nodes.`],
    };
  },
};
