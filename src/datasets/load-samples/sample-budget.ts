import type { SamplesTarget } from '../loaded-samples.ts';
import type { SampleLimits } from '../sample-limits.ts';
import { invalidSamples } from './sample-error.ts';

/** How many samples of the target's size are kept: the cap, or fewer when large images would not fit in memory. */
export function sampleBudget(target: SamplesTarget, limits: SampleLimits, place: string): number {
  const values = target.channels * target.height * target.width;
  const count = Math.min(limits.maxSamples, Math.floor(limits.maxPixelValues / values));
  if (count < 1) {
    throw invalidSamples(
      `One input of ${target.channels}x${target.height}x${target.width} has more than ${limits.maxPixelValues} values.`, place, 'Inputs of this size cannot be scanned with samples.',
    );
  }
  return count;
}
