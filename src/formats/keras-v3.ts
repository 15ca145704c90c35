import { GateError } from '../errors.ts';
import type { FormatReader } from './format-reader.ts';
import { decodeJsonText } from './json/decode-json-text.ts';
import { followConfig } from './keras/follow-config.ts';
import { MAX_KERAS_CONFIG_BYTES } from './keras/keras-limits.ts';
import { looksLikeKerasConfig } from './keras/looks-like-keras-config.ts';
import { namingArtifact } from './naming-artifact.ts';

const NO_WEIGHTS = 'A configuration holds no weights; they are in the file beside it.';

/**
 * The configuration of a Keras model, as it lies in a `.keras` archive (`config.json`) or by itself (`model.to_json()`).
 * The archive is read as the zip file that it is, and hands out its members; what loading does is in this one.
 */
export const kerasV3: FormatReader = {
  meta: {
    id: 'keras-v3',
    title: 'Keras configuration',
    extensions: ['.keras'],
    specification: 'https://github.com/keras-team/keras/blob/v3.15.1/keras/src/saving/serialization_lib.py, keras/src/saving/saving_lib.py (Keras 3.15)',
    provides: ['code', 'structure'],
    since: '0.3.0',
  },
  match: looksLikeKerasConfig,
  async read(artifact, context) {
    const { bytes, path } = artifact;
    if (bytes.size > MAX_KERAS_CONFIG_BYTES) throw new GateError({ code: 'format/limit-exceeded', message: `The configuration has ${bytes.size} bytes; ${MAX_KERAS_CONFIG_BYTES} are read.`, where: { artifact: path }, nextStep: 'Save the model again; configurations have some hundred kilobytes.' });
    const content = await bytes.read(0, bytes.size);
    if (context.signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the model was cancelled.' });
    return namingArtifact(path, 'Save the model again with Keras.', () => {
      const { programs, oddities, objects } = followConfig(decodeJsonText(content), { place: 'the configuration', offset: 0, length: bytes.size });
      return {
        artifact,
        format: 'keras-v3',
        facets: { code: { programs, unexamined: [] }, structure: { examined: Math.max(1, objects), oddities } },
        problems: {},
        absences: { tensors: NO_WEIGHTS, graph: NO_WEIGHTS },
        unclaimed: [],
        companions: [],
        notes: [`${objects} objects with a class name.`],
      };
    });
  },
};
