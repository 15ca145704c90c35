import type { ImageFrames } from '../../poisoning/image-frames.ts';
import type { ClassPattern, SearchContext } from './find-patterns.ts';

/** Share of the threshold that natural classes reach (the slant of a handwritten one), and below which a pattern ranks nobody. */
const NATURAL = 0.7;

/** Steepness of the score: 0.02 for an image that does not carry the pattern at all, 0.98 for one twice as far as the cut. */
const SHARPNESS = 4;

export interface ScoredImages {
  readonly ids: readonly string[];
  readonly labels: Int32Array;
  /** In [0, 1]. */
  readonly scores: Float64Array;
  readonly suspects: readonly number[];
}

/**
 * How far each labelled image lies along the pattern of its class, from 0 (not at all) through ½ (at the cut) to 1, times a weight that
 * rises from 0 for the patterns of natural classes to 1 at `threshold`: a pattern of a clean class ranks its images a little, one that would be flagged ranks them fully.
 */
export async function scorePatterns(frames: ImageFrames, patterns: readonly ClassPattern[], threshold: number, count: number, context: SearchContext): Promise<ScoredImages | 'out of time'> {
  const ofClass = new Map(patterns.map((one) => [one.label, one]));
  const [ids, labels, scores, suspects]: [string[], number[], number[], number[]] = [[], [], [], []];
  const vectors = new Map(patterns.map(({ whitening }) => [whitening, new Float32Array(whitening.columns)]));
  let at = -1;
  for await (const { sample, pixels } of frames.images(context.signal)) {
    at += 1;
    if (at % 256 === 0) context.progress(Math.min(1, 0.7 + (0.3 * at) / Math.max(1, count)), 'scoring images');
    if (at % 256 === 0 && context.outOfTime()) return 'out of time';
    if (sample.label === undefined) continue;
    const found = ofClass.get(sample.label);
    const vector = found === undefined ? undefined : vectors.get(found.whitening);
    ids.push(sample.id);
    labels.push(sample.label);
    if (found === undefined || vector === undefined) {
      scores.push(0);
      continue;
    }
    const { whitening, pattern, halfOf } = found;
    whitening.apply(pixels, vector, 0);
    const beyond = pattern.along(vector, halfOf.get(at) ?? 'both') - pattern.threshold;
    const weight = Math.min(1, Math.max(0, (pattern.strength / threshold - NATURAL) / (1 - NATURAL)) ** 2);
    scores.push(weight / (1 + Math.exp((-SHARPNESS * beyond) / Math.max(1, pattern.threshold))));
    if (pattern.strength > threshold && beyond > 0) suspects.push(ids.length - 1);
  }
  return { ids, labels: Int32Array.from(labels), scores: Float64Array.from(scores), suspects };
}
