import { Cursor } from '../artifacts/cursor.ts';
import { windowedSource } from '../artifacts/windowed-source.ts';
import { GateError } from '../errors.ts';
import { lookIntoModel } from './coreml/look-into-model.ts';
import type { FormatReader } from './format-reader.ts';
import { absentWeights } from './text/absent-weights.ts';

/** Fields of one file: layers have a dozen, and the largest network has some ten thousand of them (CWE-770). */
const MAX_FIELDS = 5_000_000;

/** Core ML models (`.mlmodel`, and in packages `model.mlmodel`): protobuf messages, of which only what the format leaves to others is looked at. */
export const coreml: FormatReader = {
  meta: {
    id: 'coreml',
    title: 'Core ML model',
    extensions: ['.mlmodel'],
    specification: 'https://apple.github.io/coremltools/mlmodel/Format/Model.html (specification versions 1 to 10)',
    provides: ['structure'],
    isStreamed: true,
    since: '0.2.0',
  },
  match(head, path) {
    const looks = startsLike(head);
    return looks === 'model' || (looks === 'message' && /\.mlmodel$/i.test(path)) ? 'certain' : undefined;
  },
  async read(artifact, { signal }) {
    if (signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the model was cancelled.' });
    try {
      const budget = { left: MAX_FIELDS };
      const { oddities, version, layers } = await lookIntoModel(windowedSource(artifact.bytes), budget);
      return {
        artifact, format: 'coreml', facets: { structure: { examined: MAX_FIELDS - budget.left, oddities } },
        problems: {}, absences: absentWeights('The weights of a Core ML model are not read.'), unclaimed: [], companions: [],
        notes: [`Core ML specification version ${String(version)}${layers === 0 ? '' : `, ${String(layers)} layers`}.`],
      };
    } catch (error) {
      if (!(error instanceof GateError)) throw error;
      throw new GateError({ code: error.code, message: error.message, where: { artifact: artifact.path, ...error.where }, nextStep: 'Export the model again, and fetch or upload the file whole.', cause: error });
    }
  },
};

/**
 * Specification version 1 to 20, then a description: empty, or beginning with a feature or the metadata. ONNX has the name of a producer in its place, which is
 * printable. Only an input with a printable name tells it from any other protobuf message, and so under any name.
 */
function startsLike(head: Uint8Array): 'model' | 'message' | undefined {
  try {
    const cursor = new Cursor(head);
    if (cursor.u8() !== 0x08 || !isBetween(cursor.varintSize(), 1, 20) || cursor.u8() !== TAG_DESCRIPTION) return undefined;
    const length = cursor.varintSize();
    const first = cursor.peek();
    if (length === 0 || first === TAG_METADATA) return 'message';
    if (first !== TAG_FIRST) return undefined;
    cursor.skip(1);
    cursor.varintSize();
    if (cursor.u8() !== TAG_FIRST) return 'message';
    const name = cursor.bytes(cursor.varintSize());
    return name.byteLength > 0 && name.every((byte) => byte >= 0x20 && byte !== 0x7f) && TAGS_BEHIND_NAME.includes(cursor.u8()) ? 'model' : 'message';
  } catch {
    return undefined;
  }
}

/** Field 2; field 100 (its first byte); field 1, as of the inputs and of their names; fields 2 and 3 behind a name. */
const TAG_DESCRIPTION = 0x12;
const TAG_METADATA = 0xa2;
const TAG_FIRST = 0x0a;
const TAGS_BEHIND_NAME: readonly number[] = [0x12, 0x1a];

const isBetween = (value: number, low: number, high: number): boolean => value >= low && value <= high;
