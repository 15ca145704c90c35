import type { ReferenceSet } from '../model/reference-set.ts';

/**
 * Distances of projected weights between models: squared over layers, each layer divided by its mean squared length in the given models, so that
 * layers count alike; the root of the mean. Unrelated models of one kind lie near √2, copies at 0.
 */
export function layerDistance(reference: readonly Float64Array[], layers: number): (one: Float64Array, other: Float64Array) => number {
  const length = (reference[0]?.length ?? 0) / layers;
  const scales = Float64Array.from({ length: layers }, (_, layer) => {
    let sum = 0;
    for (const model of reference) for (let at = layer * length; at < (layer + 1) * length; at += 1) sum += (model[at] as number) ** 2;
    return sum / reference.length;
  });
  return (one, other) => {
    let total = 0;
    for (let layer = 0; layer < layers; layer += 1) {
      let sum = 0;
      for (let at = layer * length; at < (layer + 1) * length; at += 1) sum += ((one[at] as number) - (other[at] as number)) ** 2;
      total += sum / Math.max(scales[layer] as number, Number.MIN_VALUE);
    }
    return Math.sqrt(total / layers);
  };
}

/** Mean of the `count` smallest distances of one model to others. */
export function neighbourDistance(distances: readonly number[], count: number): number {
  const nearest = [...distances].sort((left, right) => left - right).slice(0, count);
  return nearest.reduce((sum, value) => sum + value, 0) / nearest.length;
}

export interface NeighbourDistances {
  /** Of the model to its nearest clean models. */
  readonly distance: number;
  /** Of every clean model to its nearest among the other clean models and the model under test. */
  readonly leftOut: readonly number[];
  /** The nearest clean model. */
  readonly nearest: { readonly path: string; readonly distance: number };
}

/**
 * The model's distance to its nearest clean models beside that of each of those, left out in turn. All are measured the
 * same way, the model under test among the neighbours, so that for a model like the clean ones no rank is likelier than another.
 */
export function neighbourDistances(projections: Float64Array, clean: ReferenceSet['models'], layers: number, neighbours: number, onStep: () => void = () => undefined): NeighbourDistances {
  const all = [...clean.map((one) => one.projections), projections];
  const distance = layerDistance(all, layers);
  const table = all.map(() => new Float64Array(all.length));
  for (const [one, model] of all.entries()) {
    onStep();
    for (let other = 0; other < one; other += 1) {
      const value = distance(model, all[other] as Float64Array);
      (table[one] as Float64Array)[other] = value;
      (table[other] as Float64Array)[one] = value;
    }
  }
  const of = (one: number): number => neighbourDistance(Array.from(table[one] as Float64Array).filter((_, other) => other !== one), neighbours);
  const own = Array.from(table[all.length - 1] as Float64Array).slice(0, -1);
  const closest = own.reduce((best, value, at) => (value < (own[best] as number) ? at : best), 0);
  return {
    distance: of(all.length - 1),
    leftOut: clean.map((_, at) => of(at)),
    nearest: { path: clean[closest]?.path ?? '', distance: own[closest] ?? NaN },
  };
}
