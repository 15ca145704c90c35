import type { InnerLayer } from '../../model/inner-layer.ts';
import { argmax } from '../../statistics/softmax.ts';
import type { ChosenProbes } from './choose-probes.ts';

export interface LayerEffect {
  readonly value: string;
  /** Channels of the layer that were stimulated. */
  readonly channels: readonly number[];
  /** What each was set to, and that as a multiple of what is ordinary in the layer. */
  readonly level: number;
  readonly multiple: number;
  /** Shape [channels.length, classCount]: of the probes not predicted as the class, the share that the channel drives to it. */
  readonly driven: Float64Array;
}

export type Stopped = 'out of time' | 'not numbers';

export interface StimulateRequest {
  readonly layer: InnerLayer;
  readonly ordinary: number;
  readonly multiple: number;
  readonly channels: readonly number[];
  readonly probes: ChosenProbes;
  readonly classCount: number;
  /** Called before each channel; false: stop. */
  readonly goOn: () => boolean;
}

/** Sets one channel after the other to a multiple of what is ordinary in the layer and counts where the probes go. */
export async function stimulateLayer({ layer, ordinary, multiple, channels, probes, classCount, goOn }: StimulateRequest): Promise<LayerEffect | Stopped> {
  const level = multiple * ordinary;
  const hits = new Float64Array(channels.length * classCount);
  const candidates = new Int32Array(classCount).fill(probes.count);
  for (const prediction of probes.predictions) candidates[prediction] = (candidates[prediction] as number) - 1;
  for (const [row, channel] of channels.entries()) {
    if (!goOn()) return 'out of time';
    const logits = await layer.logits({ channel, level });
    if (!logits.every(Number.isFinite)) return 'not numbers';
    for (let probe = 0; probe < probes.count; probe += 1) {
      const answer = decided(logits.subarray(probe * classCount, (probe + 1) * classCount));
      if (answer === undefined || answer === probes.predictions[probe]) continue;
      const place = row * classCount + answer;
      hits[place] = (hits[place] as number) + 1;
    }
  }
  const driven = hits.map((count, place) => count / Math.max(1, candidates[place % classCount] as number));
  return { value: layer.value, channels, level, multiple, driven };
}

/** The class of the largest logit; none where two share it, as all do of a model that answers everything with one number. */
function decided(logits: Float32Array): number | undefined {
  const best = argmax(logits);
  if (best === undefined) return undefined;
  return logits.lastIndexOf(logits[best] as number) === best ? best : undefined;
}
