import { clampPixel, copyBatch, imageSize, type Trigger } from './trigger.ts';

export type ColorParameters =
  /** Added to every pixel of the channel; one value a channel, or one for all. */
  | { readonly kind: 'tint'; readonly shift: readonly number[] }
  /** Pixel ^ gamma. */
  | { readonly kind: 'gamma'; readonly gamma: number }
  /** 0.5 + factor · (pixel − 0.5). */
  | { readonly kind: 'contrast'; readonly factor: number }
  /** Channel c takes the values of channel (c + by) mod channels. */
  | { readonly kind: 'channel-shift'; readonly by: number }
  | { readonly kind: 'invert' };

function named(parameters: ColorParameters): { name: string; description: string; magnitude: number } {
  switch (parameters.kind) {
    case 'tint': {
      const shift = parameters.shift.map((value) => (value >= 0 ? `+${value}` : `${value}`)).join(',');
      const largest = Math.max(...parameters.shift.map(Math.abs));
      return { name: `tint/${shift}`, description: `a tint of ${shift}`, magnitude: largest };
    }
    case 'gamma':
      return { name: `gamma/${parameters.gamma}`, description: `a gamma of ${parameters.gamma}`, magnitude: Math.abs(1 / (parameters.gamma + 1) - 0.5) };
    case 'contrast':
      return { name: `contrast/${parameters.factor}`, description: `the contrast times ${parameters.factor}`, magnitude: Math.abs(parameters.factor - 1) / 4 };
    case 'channel-shift':
      return { name: `channel-shift/${parameters.by}`, description: `the color channels rotated by ${parameters.by}`, magnitude: 1 / 3 };
    case 'invert':
      return { name: 'invert', description: 'the colors inverted', magnitude: 0.5 };
  }
}

/** A change of colors that is the same at every pixel, as photo filters make it (e.g. ABS's filter triggers, CCS 2019). */
export function colorTrigger(parameters: ColorParameters): Trigger {
  const { name, description, magnitude } = named(parameters);
  const change = (pixel: number, channel: number): number => {
    switch (parameters.kind) {
      case 'tint':
        return pixel + (parameters.shift[channel % parameters.shift.length] ?? 0);
      case 'gamma':
        return pixel ** parameters.gamma;
      case 'contrast':
        return 0.5 + parameters.factor * (pixel - 0.5);
      case 'channel-shift':
        return pixel;
      case 'invert':
        return 1 - pixel;
    }
  };
  return {
    family: 'color',
    id: `color/${name}`,
    description,
    magnitude,
    apply(batch, count, shape) {
      const changed = copyBatch(batch, count, shape);
      const plane = shape.height * shape.width;
      const rotation = parameters.kind === 'channel-shift' ? parameters.by : 0;
      for (let image = 0; image < count; image += 1) {
        for (let channel = 0; channel < shape.channels; channel += 1) {
          const to = image * imageSize(shape) + channel * plane;
          const from = image * imageSize(shape) + ((channel + rotation) % shape.channels) * plane;
          for (let at = 0; at < plane; at += 1) changed[to + at] = clampPixel(change(batch[from + at] as number, channel));
        }
      }
      return changed;
    },
  };
}
