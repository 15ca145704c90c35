import type { Model } from '../../model/model.ts';

/** The absences of a file that belongs to a model and holds none of its weights. */
export function absentWeights(reason: string): Model['absences'] {
  return { tensors: reason, graph: reason, classifier: reason, gradient: reason, probes: reason, samples: reason };
}
