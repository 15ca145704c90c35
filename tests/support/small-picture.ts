import type { TriggerPicture } from '../../src/model/trigger-picture.ts';

/** A gray 4x4 trigger in the lower right corner on `count` images of different brightness. */
export function smallPicture(count = 2, change: Partial<TriggerPicture> = {}): TriggerPicture {
  const corner = (at: number): boolean => at >= 10 && at % 4 >= 2;
  const samples = Float32Array.from({ length: 16 * count }, (_, at) => (1 + Math.floor(at / 16)) / 10);
  return {
    title: 'a white patch in the corner',
    channels: 1,
    height: 4,
    width: 4,
    mask: Float32Array.from({ length: 16 }, (_, at) => (corner(at) ? 1 : 0)),
    pattern: Float32Array.from({ length: 16 }, (_, at) => (corner(at) ? 1 : 0.5)),
    samples,
    triggered: samples.map((value, at) => (corner(at % 16) ? 1 : value)),
    ...change,
  };
}
