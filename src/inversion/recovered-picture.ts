import type { Probes } from '../model/probes.ts';
import { MAX_PICTURE_SAMPLES, type TriggerPicture } from '../model/trigger-picture.ts';
import type { AdjustableTrigger } from '../triggers/adjustable-trigger.ts';
import { imageSize } from '../triggers/trigger.ts';
import { changedProbes } from './arms.ts';

/** Plain gray: what a trigger makes of it is the trigger. */
const GRAY = 0.5;

/** A found trigger on probes of different classes. Mask and pattern are the trigger's own where it has them. */
export function recoveredPicture(title: string, trigger: AdjustableTrigger, parameters: Float32Array, probes: Probes, candidates: readonly number[]): TriggerPicture {
  const { channels, height, width } = probes;
  const size = imageSize(probes);
  const plane = height * width;
  const shown = ofDifferentClasses(candidates, probes.predictions);
  const samples = new Float32Array(shown.length * size);
  shown.forEach((probe, position) => samples.set(probes.pixels.subarray(probe * size, (probe + 1) * size), position * size));
  const own = trigger.kind === 'mask' ? { mask: parameters.slice(0, plane), pattern: parameters.slice(plane) } : { ...patternOf(trigger, parameters, size) };
  return { title, channels, height, width, ...own, samples, triggered: changedProbes(trigger, parameters, probes, shown) };
}

/** A warp leaves gray as it is and has no pattern. */
function patternOf(trigger: AdjustableTrigger, parameters: Float32Array, size: number): { pattern?: Float32Array } {
  if (trigger.kind === 'warp') return {};
  const pattern = new Float32Array(size);
  trigger.at(parameters).apply(new Float32Array(size).fill(GRAY), 0, pattern, 0);
  return { pattern };
}

function ofDifferentClasses(candidates: readonly number[], predictions: Int32Array): readonly number[] {
  const seen = new Set<number>();
  const [firsts, others]: [number[], number[]] = [[], []];
  for (const probe of candidates) {
    const label = predictions[probe] as number;
    (seen.has(label) ? others : firsts).push(probe);
    seen.add(label);
  }
  return [...firsts, ...others].slice(0, MAX_PICTURE_SAMPLES);
}
