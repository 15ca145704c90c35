import type { LayerEffect } from './stimulate-layer.ts';

export interface ChannelDrive {
  readonly value: string;
  readonly channel: number;
  readonly level: number;
  readonly share: number;
}

export interface ClassDrive {
  readonly targetClass: number;
  /** Mean over the effects of the share of probes that the strongest channels for the class drive to it. */
  readonly share: number;
  /** The same of the class that comes next, with channels of its own. */
  readonly nextShare: number;
  readonly lead: number;
  /** The one channel that drives the largest share to the class, at the smallest level that does. */
  readonly strongest: ChannelDrive;
}

/**
 * Which class stimulated channels drive inputs to, and by how much it leads. Of a layer the `strongest` share of channels
 * counts, for each class its own: every class has a channel or two, a target has more. Undefined without effects or with
 * one class.
 */
export function classDrive(effects: readonly LayerEffect[], classCount: number, strongest: number): ClassDrive | undefined {
  if (classCount < 2 || effects.every(({ channels }) => channels.length === 0)) return undefined;
  const shares = new Float64Array(classCount);
  for (const effect of effects) {
    const counted = Math.max(1, Math.floor(strongest * effect.channels.length));
    for (let label = 0; label < classCount; label += 1) {
      const best = columnOf(effect, label, classCount).sort().subarray(-counted);
      shares[label] = (shares[label] as number) + best.reduce((sum, share) => sum + share, 0) / counted / effects.length;
    }
  }
  const order = Array.from(shares.keys()).sort((a, b) => (shares[b] as number) - (shares[a] as number) || a - b);
  const [targetClass = 0, next = 0] = order;
  const [share = 0, nextShare = 0] = [shares[targetClass], shares[next]];
  const channel = strongestChannel(effects, targetClass, classCount);
  return channel === undefined ? undefined : { targetClass, share, nextShare, lead: share - nextShare, strongest: channel };
}

function columnOf({ channels, driven }: LayerEffect, label: number, classCount: number): Float64Array {
  return Float64Array.from(channels, (_, row) => driven[row * classCount + label] as number);
}

function strongestChannel(effects: readonly LayerEffect[], label: number, classCount: number): ChannelDrive | undefined {
  let best: (ChannelDrive & { readonly multiple: number }) | undefined;
  for (const effect of effects) {
    for (const [row, share] of columnOf(effect, label, classCount).entries()) {
      const isStronger = best === undefined || share > best.share || (share === best.share && effect.multiple < best.multiple);
      if (isStronger) best = { value: effect.value, channel: effect.channels[row] as number, level: effect.level, share, multiple: effect.multiple };
    }
  }
  if (best === undefined) return undefined;
  const { value, channel, level, share } = best;
  return { value, channel, level, share };
}
