import type { NumericTensor } from './classifier.ts';

/** One channel of an inner layer with one number at all of its places. */
export interface ChannelStimulus {
  readonly channel: number;
  readonly level: number;
}

/**
 * Some images stopped at one inner value of the graph. What lies behind that value can be run again and again with the
 * value changed, and what lies in front of it is run once.
 */
export interface InnerLayer {
  /** Name of the value. */
  readonly value: string;
  /** Images first; dimension {@link channelAxis} counts the channels. */
  readonly activations: NumericTensor;
  readonly channelAxis: number;
  readonly channelCount: number;
  /** Logits [count, classCount] of all images with one channel changed; undefined: of the value as it is. One call at a time. */
  logits(stimulus: ChannelStimulus | undefined): Promise<Float32Array>;
  close(): Promise<void>;
}
