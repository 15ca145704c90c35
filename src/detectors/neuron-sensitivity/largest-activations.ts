import type { InnerLayer } from '../../model/inner-layer.ts';

/** Each channel's largest number over all images and places; 0 for one that says the same whatever comes in. */
export function largestActivations({ activations, channelAxis, channelCount }: InnerLayer): Float64Array {
  const { data, shape } = activations;
  const inner = shape.slice(channelAxis + 1).reduce((product, dim) => product * dim, 1);
  const largest = new Float64Array(channelCount).fill(-Infinity);
  const smallest = new Float64Array(channelCount).fill(Infinity);
  for (let at = 0; at < data.length; at += 1) {
    const channel = Math.floor(at / inner) % channelCount;
    const value = data[at] as number;
    // Math.max, unlike a comparison, hands on a NaN: a channel that is no number somewhere is no scale.
    largest[channel] = Math.max(largest[channel] as number, value);
    smallest[channel] = Math.min(smallest[channel] as number, value);
  }
  return largest.map((value, channel) => (value === smallest[channel] ? 0 : value));
}
