import type { Classifier } from '../model/classifier.ts';
import type { Probes } from '../model/probes.ts';
import type { RandomSource } from '../statistics/random.ts';
import { imageSize } from '../triggers/trigger.ts';

/** Probes that are disturbed to see which classes the model falls back on. */
const SCREENED_PROBES = 64;

/** Largest change of a pixel: enough to hide the object, not the style of the picture. */
const DISTURBANCE = 0.5;

/**
 * The target classes a search tries. All of them where there are at most `most`; otherwise half are those that disturbed
 * probes drift to, which is where triggers lead, and half are random: the others to compare with.
 */
export async function chooseTargets(classifier: Classifier, probes: Probes, most: number, random: RandomSource): Promise<readonly number[]> {
  const { classCount } = classifier;
  const all = Array.from({ length: classCount }, (_, label) => label);
  if (classCount <= most) return all;
  const size = imageSize(probes);
  const count = Math.min(SCREENED_PROBES, probes.count);
  const clean = probes.pixels.subarray(0, count * size);
  const disturbed = Float32Array.from(clean, (value) => Math.min(1, Math.max(0, value + DISTURBANCE * (2 * random.uniform() - 1))));
  const [before, after] = [await classifier.logits(clean, count), await classifier.logits(disturbed, count)];
  const drift = new Float64Array(classCount);
  for (let index = 0; index < after.length; index += 1) {
    drift[index % classCount] = (drift[index % classCount] as number) + (after[index] as number) - (before[index] as number);
  }
  const byDrift = [...all].sort((a, b) => (drift[b] as number) - (drift[a] as number));
  const suspicious = byDrift.slice(0, Math.ceil(most / 2));
  const others = random.shuffle(byDrift.slice(suspicious.length)).slice(0, most - suspicious.length);
  return [...suspicious, ...others].sort((a, b) => a - b);
}
