import type { LinearLayer } from '../../onnx/linear-layers.ts';
import { spectralNorm } from '../../statistics/spectral-norm.ts';
import type { DetectContext } from '../detector.ts';

/** Values of weights between two looks at the clock: a few milliseconds for ordinary kernels, a second for the widest allowed. */
const VALUES_BETWEEN_LOOKS = 2 ** 20;

/**
 * Upper bound of each channel's Lipschitz constant (arXiv:2208.03111, section 4): the spectral norm of its kernel as a
 * matrix of inputs by places, times what batch normalization multiplies it by.
 */
export function channelBounds(
  { channelCount, inputCount, placeCount, weights, channelFactors }: LinearLayer, context: Pick<DetectContext, 'signal' | 'outOfTime'>,
): Float64Array | 'not finite' | 'out of time' {
  const kernelSize = inputCount * placeCount;
  const channelsBetweenLooks = Math.max(1, Math.floor(VALUES_BETWEEN_LOOKS / kernelSize));
  const bounds = new Float64Array(channelCount);
  for (let channel = 0; channel < channelCount; channel += 1) {
    if (channel % channelsBetweenLooks === 0) {
      context.signal.throwIfAborted();
      if (context.outOfTime()) return 'out of time';
    }
    const norm = spectralNorm(weights.subarray(channel * kernelSize, (channel + 1) * kernelSize), inputCount, placeCount);
    const bound = norm === undefined ? NaN : norm * Math.abs(channelFactors?.[channel] ?? 1);
    if (!Number.isFinite(bound)) return 'not finite';
    bounds[channel] = bound;
  }
  return bounds;
}
