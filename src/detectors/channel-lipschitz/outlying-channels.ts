import type { LinearLayer } from '../../onnx/linear-layers.ts';
import { anomalyIndexes } from '../../statistics/anomaly-index.ts';
import { median } from '../../statistics/median.ts';

export interface OutlyingChannel {
  readonly tensor: string;
  readonly node: string;
  readonly channel: number;
  /** Channels of the layer. */
  readonly channels: number;
  readonly bound: number;
  /** Of the layer's bounds. */
  readonly median: number;
  readonly index: number;
}

/** A layer's channels with how far each lies above the layer's median. Undefined when the bounds have no spread. */
export function outlyingChannels(layer: LinearLayer, bounds: Float64Array): readonly OutlyingChannel[] | undefined {
  const indexes = anomalyIndexes(bounds, 'upper');
  const center = median(bounds);
  if (indexes === undefined || center === undefined) return undefined;
  return Array.from(indexes, (index, channel) => ({
    tensor: layer.weightName, node: layer.node.name, channel, channels: layer.channelCount, bound: bounds[channel] ?? NaN, median: center, index,
  }));
}
