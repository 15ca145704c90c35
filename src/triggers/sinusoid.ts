import { clampPixel, copyBatch, imageSize, type Trigger } from './trigger.ts';

export interface SinusoidParameters {
  /** Amplitude in pixel values, in (0, 1]. */
  readonly delta: number;
  /** Whole waves over the image. */
  readonly frequency: number;
  /** The direction in which the value changes. */
  readonly direction: 'horizontal' | 'vertical' | 'diagonal';
}

/** A faint wave over the whole image: SIG (Barni et al., arXiv:1902.11237). */
export function sinusoidTrigger(parameters: SinusoidParameters): Trigger {
  const { delta, frequency, direction } = parameters;
  if (!(delta > 0 && delta <= 1)) throw new RangeError(`A sinusoid's delta must be in (0, 1], not ${delta}.`);
  return {
    family: 'sinusoid',
    id: `sinusoid/${direction}/${frequency}/${delta}`,
    description: `a ${direction} wave of ${frequency} periods and amplitude ${delta}`,
    magnitude: delta,
    apply(batch, count, shape) {
      const changed = copyBatch(batch, count, shape);
      const plane = shape.height * shape.width;
      const wave = new Float32Array(plane);
      for (let row = 0; row < shape.height; row += 1) {
        for (let column = 0; column < shape.width; column += 1) {
          const phase =
            direction === 'horizontal' ? column / shape.width
            : direction === 'vertical' ? row / shape.height
            : column / shape.width + row / shape.height;
          wave[row * shape.width + column] = delta * Math.sin(2 * Math.PI * frequency * phase);
        }
      }
      for (let at = 0; at < count * imageSize(shape); at += 1) {
        changed[at] = clampPixel((changed[at] as number) + (wave[at % plane] as number));
      }
      return changed;
    },
  };
}
