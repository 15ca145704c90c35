import type { ImageShape } from '../../triggers/trigger.ts';

/** A picture that is being drawn: [channels, height, width]; values may leave [0, 1] until it is done. */
export interface Canvas extends ImageShape {
  readonly pixels: Float32Array;
}

/** Places in units of the smaller side, from the middle of the picture; sizes too. */
export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Pixels along the smaller side. */
export function scaleOf({ height, width }: ImageShape): number {
  return Math.min(height, width);
}

/**
 * Paints where `depth` is positive. `depth` says how far inside of the shape a place is (negative: outside), in units of the smaller side; edges are
 * smoothed over one pixel. `color` gives the value of a channel at a place. Only the pixels of the box are looked at.
 */
export function paint(canvas: Canvas, box: Box, depth: (x: number, y: number) => number, color: (channel: number, x: number, y: number, pixel: number) => number): void {
  const { channels, height, width, pixels } = canvas;
  const scale = scaleOf(canvas);
  const within = (place: number, size: number): number => Math.min(size, Math.max(0, Math.floor(place * scale + size / 2)));
  const [fromRow, toRow] = [within(box.top, height), Math.min(height, within(box.bottom, height) + 1)];
  const [fromColumn, toColumn] = [within(box.left, width), Math.min(width, within(box.right, width) + 1)];
  for (let row = fromRow; row < toRow; row += 1) {
    const y = (row + 0.5 - height / 2) / scale;
    for (let column = fromColumn; column < toColumn; column += 1) {
      const x = (column + 0.5 - width / 2) / scale;
      const coverage = Math.min(1, depth(x, y) * scale + 0.5);
      if (!(coverage > 0)) continue;
      const pixel = row * width + column;
      for (let channel = 0; channel < channels; channel += 1) {
        const at = channel * height * width + pixel;
        pixels[at] = (1 - coverage) * (pixels[at] as number) + coverage * color(channel, x, y, pixel);
      }
    }
  }
}
