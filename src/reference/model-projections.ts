import type { Tensors } from '../model/facets.ts';
import type { ReferenceLayer } from '../model/reference-set.ts';
import { projectLayer } from './project-layer.ts';

export interface ProjectionSettings {
  readonly seed: number;
  readonly projectionLength: number;
}

/** The layers of one model, randomly projected: [layers, projection length]. The name of the layer whose weights are not finite instead. */
export async function modelProjections(
  tensors: Pick<Tensors, 'values'>,
  layers: readonly ReferenceLayer[],
  { seed, projectionLength }: ProjectionSettings,
  onLayer: (done: number, name: string) => void,
): Promise<Float64Array | { readonly notFinite: string }> {
  const projections = new Float64Array(layers.length * projectionLength);
  for (const [place, { name }] of layers.entries()) {
    onLayer(place / layers.length, name);
    const projected = projectLayer(await tensors.values(name), projectionLength, seed, place);
    if (projected === undefined) return { notFinite: name };
    projections.set(projected, place * projectionLength);
  }
  return projections;
}
