import { MAX_PICTURE_SAMPLES, type TriggerPicture } from '../../model/trigger-picture.ts';
import { raster, type Fit, type Raster } from './raster.ts';

/** Side of a tile: 28- and 32-pixel images are shown at four times their size, 224-pixel ones at half of it. */
const TILE_EDGE = 128;
/** Space around tiles, and the height of the colored bar above each. */
const GAP = 4;
const BAR = 4;
const BACKGROUND = [229, 229, 229] as const;

/** What a tile is, said by the color of its bar: a sheet has no text, and a reporter says the same in words. */
const BARS = {
  mask: [31, 90, 200],
  pattern: [31, 90, 200],
  clean: [30, 140, 60],
  triggered: [200, 40, 30],
  difference: [220, 160, 0],
} as const;

/** A faint trigger is made visible; rounding errors of a change that is none are not. */
const MAX_GAIN = 64;

interface Tile {
  readonly is: keyof typeof BARS;
  readonly row: number;
  readonly column: number;
  readonly image: Raster;
}

/**
 * One image for the eye: on the left mask above pattern (as far as they are known), then one column for each sample with
 * the clean image, the triggered one and, amplified so that its largest value is white, the difference.
 */
export function contactSheet(picture: TriggerPicture): Raster {
  const { mask, pattern, channels, height, width } = picture;
  const fit: Fit = { maxEdge: TILE_EDGE, enlarge: true, shrink: 'mean' };
  const keepSmall: Fit = { ...fit, shrink: 'max' };
  const lead: Tile[] = [
    ...(mask === undefined ? [] : [{ is: 'mask' as const, row: 0, column: 0, image: raster({ channels: 1, height, width, values: mask }, keepSmall) }]),
    ...(pattern === undefined ? [] : [{ is: 'pattern' as const, row: 1, column: 0, image: raster({ channels, height, width, values: pattern }, fit) }]),
  ];
  const size = channels * height * width;
  const count = Math.min(MAX_PICTURE_SAMPLES, picture.samples.length / size);
  const difference = differences(picture, count * size);
  const tiles = [
    ...lead,
    ...Array.from({ length: count }, (_, sample) => {
      const column = sample + (lead.length === 0 ? 0 : 1);
      const image = (all: Float32Array, how: Fit): Raster =>
        raster({ channels, height, width, values: all.subarray(sample * size, (sample + 1) * size) }, how);
      return [
        { is: 'clean' as const, row: 0, column, image: image(picture.samples, fit) },
        { is: 'triggered' as const, row: 1, column, image: image(picture.triggered, fit) },
        { is: 'difference' as const, row: 2, column, image: image(difference, keepSmall) },
      ];
    }).flat(),
  ];
  return laidOut(tiles);
}

function differences({ samples, triggered }: TriggerPicture, length: number): Float32Array {
  const changes = Float32Array.from({ length }, (_, at) => Math.abs((triggered[at] as number) - (samples[at] as number)));
  const largest = changes.reduce((most, value) => (value > most ? value : most), 0);
  const gain = largest > 0 ? Math.min(MAX_GAIN, 1 / largest) : 1;
  return changes.map((value) => value * gain);
}

/** All tiles have the same size: they show images of the same size. */
function laidOut(tiles: readonly Tile[]): Raster {
  const [{ image: first } = { image: { height: 1, width: 1 } }] = tiles;
  const rows = 1 + Math.max(...tiles.map((one) => one.row));
  const columns = 1 + Math.max(...tiles.map((one) => one.column));
  const [stepY, stepX] = [BAR + first.height + GAP, first.width + GAP];
  const [height, width] = [GAP + rows * stepY, GAP + columns * stepX];
  const data = new Uint8Array(height * width * 3);
  for (let at = 0; at < data.length; at += 1) data[at] = BACKGROUND[at % 3] as number;

  for (const { is, row, column, image } of tiles) {
    const [top, left] = [GAP + row * stepY, GAP + column * stepX];
    for (let y = 0; y < BAR + image.height; y += 1) {
      for (let x = 0; x < image.width; x += 1) {
        const to = ((top + y) * width + left + x) * 3;
        const from = ((y - BAR) * image.width + x) * image.channels;
        for (let channel = 0; channel < 3; channel += 1) {
          data[to + channel] = y < BAR ? BARS[is][channel] as number : image.data[from + (image.channels === 3 ? channel : 0)] as number;
        }
      }
    }
  }
  return { channels: 3, height, width, data };
}
