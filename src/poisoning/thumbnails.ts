import { randomProjection } from '../statistics/random-projection.ts';
import type { ImageShape } from '../triggers/trigger.ts';

/** Places a side: what an image shows from afar, in which digits and signs can still be told apart. */
const SIDE = 14;

/** Numbers an image is kept as. */
const WIDTH = 96;

export interface Thumbnails {
  readonly width: number;
  measure(pixels: Uint8Array, into: Float32Array, at: number): void;
}

/** Few numbers an image whose distances are those of its thumbnail with the mean brightness taken out. */
export function thumbnails({ channels, height, width }: ImageShape): Thumbnails {
  const [rows, columns] = [Math.min(SIDE, height), Math.min(SIDE, width)];
  const length = channels * rows * columns;
  const project = randomProjection(length, WIDTH);
  const small = new Float32Array(length);
  return {
    width: project === undefined ? length : WIDTH,
    measure(pixels, into, at) {
      small.fill(0);
      const counts = new Float32Array(length);
      let mean = 0;
      for (let index = 0; index < channels * height * width; index += 1) {
        const channel = Math.floor(index / (height * width));
        const [y, x] = [Math.floor((index % (height * width)) / width), index % width];
        const place = (channel * rows + Math.floor((y * rows) / height)) * columns + Math.floor((x * columns) / width);
        small[place] = (small[place] as number) + (pixels[index] as number) / 255;
        counts[place] = (counts[place] as number) + 1;
      }
      for (let place = 0; place < length; place += 1) {
        small[place] = (small[place] as number) / Math.max(1, counts[place] as number);
        mean += (small[place] as number) / length;
      }
      for (let place = 0; place < length; place += 1) small[place] = (small[place] as number) - mean;
      if (project === undefined) into.set(small, at);
      else project(small, 0, into, at);
    },
  };
}
