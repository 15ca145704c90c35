import type { LinearLayer } from '../../onnx/linear-layers.ts';
import { spectralNorm } from '../../statistics/spectral-norm.ts';

/**
 * Upper bound of each channel's Lipschitz constant (arXiv:2208.03111, section 4): the spectral norm of its kernel as a
 * matrix of inputs by places, times what batch normalization multiplies it by. Undefined when a value is not finite.
 */
export function channelBounds({ channelCount, inputCount, placeCount, weights, channelFactors }: LinearLayer): Float64Array | undefined {
  const kernelSize = inputCount * placeCount;
  const bounds = new Float64Array(channelCount);
  for (let channel = 0; channel < channelCount; channel += 1) {
    const norm = spectralNorm(weights.subarray(channel * kernelSize, (channel + 1) * kernelSize), inputCount, placeCount);
    const bound = norm === undefined ? NaN : norm * Math.abs(channelFactors?.[channel] ?? 1);
    if (!Number.isFinite(bound)) return undefined;
    bounds[channel] = bound;
  }
  return bounds;
}
