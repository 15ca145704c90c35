/** An image of bytes: one channel is gray, three are red, green and blue, pixel by pixel. */
export interface Raster {
  readonly channels: 1 | 3;
  readonly height: number;
  readonly width: number;
  readonly data: Uint8Array;
}

/** Float32 values, channels first. */
export interface Values {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly values: Float32Array;
}

export interface Fit {
  /** The larger side is at most this, by whole factors only: a pixel of the image stays a square or a share of one. */
  readonly maxEdge: number;
  /** `enlarge` repeats pixels as often as they fit; otherwise an image that fits stays as it is. */
  readonly enlarge: boolean;
  /** Of several pixels that become one: their mean, or the largest, where a single pixel must not get lost. */
  readonly shrink: 'mean' | 'max';
}

/** Values in [0, 1] as bytes in a size for people. Three channels are color; any other number has no usual colors, so the mean is shown in gray. */
export function raster({ channels, height, width, values }: Values, { maxEdge, enlarge, shrink }: Fit): Raster {
  const edge = Math.max(height, width);
  const up = enlarge ? Math.max(1, Math.floor(maxEdge / edge)) : 1;
  const down = Math.max(1, Math.ceil(edge / maxEdge));
  const shown = channels === 3 ? 3 : 1;
  const [rows, columns] = [Math.ceil(height / down) * up, Math.ceil(width / down) * up];
  const data = new Uint8Array(rows * columns * shown);

  const valueAt = (channel: number, y: number, x: number): number => {
    if (shown === 3) return brightness(values[(channel * height + y) * width + x]);
    let sum = 0;
    for (let each = 0; each < channels; each += 1) sum += brightness(values[(each * height + y) * width + x]);
    return sum / channels;
  };
  const blockAt = (channel: number, top: number, left: number): number => {
    if (down === 1) return valueAt(channel, top, left);
    const [bottom, right] = [Math.min(height, top + down), Math.min(width, left + down)];
    let [sum, largest] = [0, 0];
    for (let y = top; y < bottom; y += 1) {
      for (let x = left; x < right; x += 1) {
        const value = valueAt(channel, y, x);
        sum += value;
        largest = Math.max(largest, value);
      }
    }
    return shrink === 'max' ? largest : sum / ((bottom - top) * (right - left));
  };

  for (let y = 0; y < rows; y += 1) {
    for (let x = 0; x < columns; x += 1) {
      for (let channel = 0; channel < shown; channel += 1) {
        data[(y * columns + x) * shown + channel] = Math.round(255 * blockAt(channel, Math.floor(y / up) * down, Math.floor(x / up) * down));
      }
    }
  }
  return { channels: shown, height: rows, width: columns, data };
}

/** What is no number, or beyond black and white, is shown as black or white. */
function brightness(value: number | undefined): number {
  return value === undefined || !(value > 0) ? 0 : Math.min(1, value);
}
