import path from 'node:path';
import { detectors } from '../detectors/index.ts';
import { toGateError } from '../errors.ts';
import type { Model } from '../model/model.ts';
import { readReference } from '../reference/read-reference.ts';
import type { InspectionRequest } from './inspection.ts';

const NO_REFERENCE = 'No reference was given: set "reference" in the policy’s models block to a file made by modelgate reference build.';

/**
 * Adds the known models that the policy names for this one, when a detector looks at them. A reference that cannot be used is a problem
 * of the model, never a throw: the other detectors still run.
 */
export async function prepareReference({ detectors: wanted, settings }: Pick<InspectionRequest, 'detectors' | 'settings'>, model: Model): Promise<Model> {
  const isNeeded = wanted.some(({ id }) => detectors.some(({ meta }) => meta.id === id && (meta.needs as readonly string[]).includes('reference')));
  // An archive is no model; the models in it are compared by themselves.
  if (!isNeeded || model.facets.archive !== undefined) return model;
  if (settings.reference === undefined) return { ...model, absences: { ...model.absences, reference: NO_REFERENCE } };
  const called = path.basename(settings.reference);
  try {
    const reference = await readReference(settings.reference, called);
    const count = (label: string): number => reference.models.filter((one) => one.label === label).length;
    const note = `Compared with the reference ${called} (${reference.digest}): ${count('clean')} clean and ${count('backdoored')} backdoored models.`;
    return { ...model, facets: { ...model.facets, reference }, notes: [...model.notes, note] };
  } catch (thrown) {
    const { message, nextStep } = toGateError(thrown, 'reference/unreadable');
    return { ...model, problems: { ...model.problems, reference: nextStep === undefined ? message : `${message} ${nextStep}` } };
  }
}
