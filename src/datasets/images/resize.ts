import type { Raster } from './raster.ts';

/** For each target position: the first source position and the weights of that and the following ones (sum 1). */
interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Float64Array;
  readonly perTarget: number;
}

/**
 * Bilinear resize that widens its triangle to the source area behind a target pixel when it shrinks, as Pillow and
 * torchvision (antialias) do: no source pixel is skipped, so a large photo does not turn into moiré. Weights sum to one
 * and are never negative, so values stay within the range they had. The aspect ratio is not kept.
 */
export function resize(image: Raster, width: number, height: number): Raster {
  if (image.width === width && image.height === height) return image;
  const { channels } = image;
  const columns = taps(image.width, width);
  const rows = taps(image.height, height);

  const narrowed = new Float64Array(image.height * width * channels);
  for (let y = 0; y < image.height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [first, count] = [columns.first[x] ?? 0, columns.count[x] ?? 0];
      for (let channel = 0; channel < channels; channel += 1) {
        let sum = 0;
        for (let tap = 0; tap < count; tap += 1) {
          sum += (columns.weights[x * columns.perTarget + tap] ?? 0) * (image.values[(y * image.width + first + tap) * channels + channel] ?? 0);
        }
        narrowed[(y * width + x) * channels + channel] = sum;
      }
    }
  }

  const stride = width * channels;
  const values = new Float32Array(height * stride);
  for (let y = 0; y < height; y += 1) {
    const [first, count] = [rows.first[y] ?? 0, rows.count[y] ?? 0];
    for (let column = 0; column < stride; column += 1) {
      let sum = 0;
      for (let tap = 0; tap < count; tap += 1) sum += (rows.weights[y * rows.perTarget + tap] ?? 0) * (narrowed[(first + tap) * stride + column] ?? 0);
      values[y * stride + column] = sum;
    }
  }
  return { ...image, width, height, values };
}

function taps(source: number, target: number): Taps {
  const scale = source / target;
  const support = Math.max(scale, 1);
  const perTarget = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(target);
  const count = new Int32Array(target);
  const weights = new Float64Array(target * perTarget);
  for (let index = 0; index < target; index += 1) {
    const centre = (index + 0.5) * scale;
    const low = Math.max(0, Math.floor(centre - support + 0.5));
    const high = Math.min(source, Math.floor(centre + support + 0.5));
    first[index] = low;
    count[index] = high - low;
    let sum = 0;
    for (let at = low; at < high; at += 1) {
      const weight = Math.max(0, 1 - Math.abs((at + 0.5 - centre) / support));
      weights[index * perTarget + at - low] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < high - low; tap += 1) weights[index * perTarget + tap] = (weights[index * perTarget + tap] ?? 0) / sum;
  }
  return { first, count, weights, perTarget };
}
