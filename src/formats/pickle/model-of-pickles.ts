import type { Artifact } from '../../artifacts/artifact.ts';
import { GateError } from '../../errors.ts';
import type { CodeBreak, CodeProgram } from '../../model/code.ts';
import type { Model } from '../../model/model.ts';
import type { PickleReading } from './read-pickles.ts';

/** What to do about a pickle that cannot be followed to its end, by why. */
const NEXT_STEPS: Readonly<Record<CodeBreak['code'], string>> = {
  'format/truncated': 'Fetch or upload the file again; it was cut off.',
  'format/malformed': 'Do not load the file. Write it again from its source.',
  'format/limit-exceeded': 'Write the object in smaller parts, or export the model in a format that holds weights only.',
  'format/unsupported': 'Export the model in a format that holds weights only, such as safetensors or ONNX.',
};

/**
 * A model whose only facet is what loading it would do. Throws what breaks the pickles, unless something is imported or
 * called before: Python does that before it meets the break, so it is handed over together with the break.
 */
export function modelOfPickles(artifact: Artifact, format: string, reading: PickleReading, offsetsAre: 'exact' | 'unpacked' = 'exact'): Model {
  const { programs, unexamined, unclaimed, notes } = reading;
  const broken = programs.find((one): one is CodeProgram & { readonly break: CodeBreak } => one.break !== undefined);
  if (broken !== undefined && programs.every((one) => one.actions.length === 0 && one.irregularities.length === 0)) {
    const { code, message, offset } = broken.break;
    throw new GateError({ code, message, where: { artifact: artifact.path, ...(offsetsAre === 'exact' ? { offset } : {}) }, nextStep: NEXT_STEPS[code] });
  }
  const count = programs.filter((one) => one.runs === 'load').length;
  return {
    artifact, format,
    facets: { code: { programs, unexamined } },
    problems: {}, absences: {}, unclaimed, companions: [],
    notes: [...(offsetsAre === 'unpacked' ? ['Offsets are those of the unpacked content.'] : []), ...(count > 1 ? [`The file holds ${String(count)} pickles.`] : []), ...notes],
  };
}
