import type { Digest } from '../artifacts/artifact.ts';
import type { ReferenceSet } from '../model/reference-set.ts';
import type { Tensors } from '../model/facets.ts';
import { matchLayers, weightLayers } from './weight-layers.ts';
import { modelProjections } from './model-projections.ts';

export type Placed =
  | { readonly known: ReferenceSet['models'][number] }
  | { readonly projections: Float64Array; readonly others: ReferenceSet['models']; readonly known?: undefined }
  | { readonly reason: string; readonly known?: undefined };

/**
 * Brings a model into the coordinates of a reference: its layers projected as the reference's models were. A model that is
 * known to be bad by its digest needs no measuring; one that is known to be clean is measured against the others. A sentence where
 * the model cannot be compared.
 */
export async function compareWithReference(
  tensors: Tensors,
  digest: Digest,
  reference: ReferenceSet,
  context: { readonly signal: AbortSignal; outOfTime(): boolean; progress(done: number, what: string): void },
): Promise<Placed> {
  const known = reference.models.find((one) => one.digest === digest);
  if (known?.label === 'backdoored') return { known };
  const layers = matchLayers(weightLayers(tensors), reference.layers);
  if ('mismatch' in layers) return { reason: `The model is not of the reference’s architecture: ${layers.mismatch}.` };
  const projections = await modelProjections(tensors, layers, reference, (done, name) => {
    context.signal.throwIfAborted();
    context.progress(done / 2, name);
  });
  if ('notFinite' in projections) return { reason: `The weights ${projections.notFinite} hold values that are not finite numbers.` };
  const { projectionLength } = reference;
  const silent = layers.find((_, place) => projections.subarray(place * projectionLength, (place + 1) * projectionLength).every((value) => value === 0));
  if (silent !== undefined) return { reason: `The weights ${silent.name} are all zero, so there is nothing to compare.` };
  if (context.outOfTime()) return { reason: 'The time ran out before the model was compared.' };
  return { projections, others: reference.models.filter((one) => one.digest !== digest) };
}
