import type { SampleScores } from '../detector.ts';

/** What one detector says of the dataset: the scores of its samples, and its metric in units of its threshold. */
export interface Witness {
  readonly from: string;
  readonly scores: SampleScores;
  /** Metric divided by threshold: 1 is where the detector itself would flag. */
  readonly ratio: number;
}

export interface FusedClass {
  readonly label: number;
  /** Log odds that the class is poisoned. */
  readonly evidence: number;
  /** Detectors that hold something against it, the one with the most first. */
  readonly witnesses: readonly string[];
}

export interface Fused {
  readonly ids: readonly string[];
  /** Order of the detectors' scores joined; comparable within the dataset. */
  readonly scores: Float64Array;
  /** The most suspicious first. */
  readonly classes: readonly FusedClass[];
}

export interface FusionWeights {
  readonly intercept: number;
  /** Of a detector's squared ratio in the log odds of a class, by id; those not named count nothing. */
  readonly evidence: Readonly<Record<string, number>>;
  /** Of a detector's score in that of a sample. */
  readonly ranking: Readonly<Record<string, number>>;
}

/** Beyond twice its threshold a detector is no surer. */
const LARGEST_RATIO = 2;

/**
 * And one that compares what a model makes of the classes beyond a little above its threshold: where the other classes happen to be alike its index is large by chance (51 in a clean set of
 * CIFAR-10), so none of them is enough alone.
 */
const LARGEST_RATIO_OF: Readonly<Record<string, number>> = { scan: 1.2, 'activation-clustering': 1.2, spectre: 1.2 };

/** Of the evidence, what a witness must give to be named. */
const NAMED_SHARE = 0.1;

/**
 * Joins what several detectors say: a weighted sum of their scores for each sample, and of the squares of how strongly each suspects a class for the class, so that half of a threshold counts little. A detector's
 * scores are squared strengths in thresholds, capped at 1, so the root of the largest score in a class says how strongly it is suspected; of the class
 * it suspects most the metric itself is known.
 */
export function fuse(witnesses: readonly Witness[], labelOf: ReadonlyMap<string, number>, classCount: number, weights: FusionWeights): Fused {
  const ids = [...labelOf.keys()];
  const place = new Map(ids.map((id, at) => [id, at]));
  const scores = new Float64Array(ids.length);
  const ratios = witnesses.map(({ from, scores: given, ratio }) => {
    const perClass = new Float64Array(classCount);
    const weight = weights.ranking[from] ?? 0;
    for (const [at, id] of given.ids.entries()) {
      const [to, label] = [place.get(id), labelOf.get(id)];
      const score = Math.min(1, Math.max(0, given.scores[at] as number));
      if (to === undefined || label === undefined) continue;
      scores[to] = (scores[to] as number) + weight * score;
      if (score > (perClass[label] as number)) perClass[label] = score;
    }
    return classRatios(from, perClass, ratio);
  });
  const classes = Array.from({ length: classCount }, (_, label): FusedClass => {
    const parts = witnesses.map(({ from }, at) => ({ from, part: (weights.evidence[from] ?? 0) * (ratios[at]?.[label] ?? 0) ** 2 }));
    const sum = parts.reduce((total, { part }) => total + part, 0);
    const named = parts.filter(({ part }) => part > NAMED_SHARE * sum).sort((a, b) => b.part - a.part);
    return { label, evidence: weights.intercept + sum, witnesses: named.map(({ from }) => from) };
  });
  return { ids, scores, classes: classes.sort((a, b) => b.evidence - a.evidence || a.label - b.label) };
}

/** How strongly each class is suspected by a detector, in thresholds. */
export function classRatios(from: string, largestScores: Float64Array, ratio: number): Float64Array {
  const ratios = largestScores.map((score) => Math.sqrt(score));
  const top = ratios.reduce((best, value, at) => (value > (ratios[best] as number) ? at : best), 0);
  if (ratios.length > 0) ratios[top] = Math.max(0, Math.min(LARGEST_RATIO_OF[from] ?? LARGEST_RATIO, ratio));
  return ratios;
}
