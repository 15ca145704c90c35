import type { Artifact } from '../artifacts/artifact.ts';
import { GateError } from '../errors.ts';
import type { CodeProgram, UnexaminedPart } from '../model/code.ts';
import type { Model } from '../model/model.ts';
import type { FormatReader, ReadContext } from './format-reader.ts';
import { namingArtifact } from './naming-artifact.ts';
import { hasNpyMagic, readNpyHeader } from './npy/npy-header.ts';
import { looksLikePickle } from './pickle/looks-like-pickle.ts';
import { readPickles } from './pickle/read-pickles.ts';
import { describeRest } from './pickle/rest-of-file.ts';

/** Arrays one behind the other in one file; each has a header. */
const MAX_ARRAYS = 100_000;
/** Bytes behind an array that are looked at to see what follows. */
const HEAD_BYTES = 1024;

/**
 * NumPy's .npy: a header and the elements, or, where those are Python objects, a pickle. Several may follow each other,
 * as repeated `numpy.save` into one file writes them. What the numbers are is not said: a measured NaN is as ordinary in data
 * as it is odd in weights, so none are given to the detectors of weights.
 */
export const npy: FormatReader = {
  meta: {
    id: 'npy',
    title: 'NumPy array',
    extensions: ['.npy'],
    specification: 'https://numpy.org/doc/2.3/reference/generated/numpy.lib.format.html (versions 1 to 3)',
    provides: ['code'],
    since: '0.1.0',
  },
  match(head) {
    return hasNpyMagic(head) ? 'certain' : undefined;
  },
  async read(artifact, context) {
    return namingArtifact(artifact.path, undefined, () => readNpy(artifact, context));
  },
};

async function readNpy(artifact: Artifact, { signal }: ReadContext): Promise<Model> {
  const { bytes: source } = artifact;
  const programs: CodeProgram[] = [];
  const unexamined: UnexaminedPart[] = [];
  const notes: string[] = [];
  let arrays = 0;
  const unclaimed: { offset: number; length: number }[] = [];
  let offset = 0;
  while (offset < source.size) {
    if (signal.aborted) throw new GateError({ code: 'inspection/cancelled', message: 'Reading the array was cancelled.' });
    const head = await source.read(offset, Math.min(HEAD_BYTES, source.size - offset));
    const isArray = hasNpyMagic(head);
    const header = offset === 0 || (isArray && arrays < MAX_ARRAYS) ? await readNpyHeader(source, offset) : undefined;
    if (header === undefined || header.hasObjects) {
      if (header === undefined && looksLikePickle(head, true) === 'no') break;
      const reading = await readPickles(source, signal, header?.dataOffset ?? offset);
      if (reading.programs.length === 0) throw new GateError({ code: 'format/truncated', message: 'The array of objects ends before its pickle.', where: { offset }, nextStep: 'Fetch or upload the file again; it was cut off.' });
      const [first] = reading.programs;
      if (first?.break !== undefined && reading.programs.every((one) => one.actions.length === 0)) throw new GateError({ code: first.break.code, message: first.break.message, where: { offset: first.break.offset }, nextStep: 'Save the array again.' });
      programs.push(...reading.programs);
      unexamined.push(...reading.unexamined);
      unclaimed.push(...reading.unclaimed);
      notes.push(...reading.notes);
      offset = source.size;
      break;
    }
    const elements = header.shape.reduce((product, size) => product * size, 1);
    // Elements made up of fields have no size of their own in the header; what is left is shared by them.
    const length = header.elementBytes === undefined ? source.size - header.dataOffset : elements * header.elementBytes;
    if (!Number.isSafeInteger(length) || length > source.size - header.dataOffset) {
      throw new GateError({ code: 'format/truncated', message: `The array has ${String(elements)} elements; the file ends before the last.`, where: { offset: header.dataOffset }, nextStep: 'Fetch or upload the file again; it was cut off.' });
    }
    arrays += 1;
    offset = header.dataOffset + length;
  }
  if (offset < source.size) {
    const rest = await describeRest(source, offset);
    unclaimed.push({ offset, length: source.size - offset });
    if (rest.kind === 'padding') notes.push(rest.message.replace('last pickle', 'last array'));
    else programs.push({ language: 'pickle', place: 'the file', range: { offset, length: source.size - offset }, runs: 'load', actions: [], irregularities: [{ kind: rest.kind, offset, message: rest.message.replace('last pickle', 'last array') }] });
  }
  return {
    artifact, format: 'npy',
    facets: { code: { programs, unexamined } },
    problems: {}, absences: { tensors: 'An array by itself is not known to hold weights.' }, unclaimed, companions: [], notes,
  };
}
