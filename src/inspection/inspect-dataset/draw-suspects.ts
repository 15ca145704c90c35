import { encode } from 'fast-png';
import type { DatasetSample } from '../../model/dataset.ts';
import { raster, type Raster } from '../draw-trigger-picture/raster.ts';
import type { DrawnPicture } from '../draw-trigger-picture.ts';

/** Four rows of six tiles: a trigger shows in a few images beside each other, and more are no easier to look at. */
export const MAX_DRAWN_SUSPECTS = 24;
const COLUMNS = 6;
const TILE_EDGE = 128;
const GAP = 4;
const BACKGROUND = 229;

/** The most suspicious images in rows, the first on the upper left, each in a tile of the same size; undefined where there are none. */
export function drawSuspects(samples: readonly DatasetSample[]): DrawnPicture | undefined {
  const tiles = samples.slice(0, MAX_DRAWN_SUSPECTS).flatMap(({ content }): Raster[] => {
    if (content.kind !== 'image') return [];
    const { channels, height, width, pixels } = content;
    return [raster({ channels, height, width, values: Float32Array.from(pixels, (value) => value / 255) }, { maxEdge: TILE_EDGE, enlarge: true, shrink: 'mean' })];
  });
  if (tiles.length === 0) return undefined;
  const columns = Math.min(COLUMNS, tiles.length);
  const step = TILE_EDGE + GAP;
  const [height, width] = [GAP + Math.ceil(tiles.length / columns) * step, GAP + columns * step];
  const data = new Uint8Array(height * width * 3).fill(BACKGROUND);
  for (const [index, tile] of tiles.entries()) {
    const [top, left] = [GAP + Math.floor(index / columns) * step, GAP + (index % columns) * step];
    for (let y = 0; y < tile.height; y += 1) {
      for (let x = 0; x < tile.width; x += 1) {
        for (let channel = 0; channel < 3; channel += 1) {
          data[((top + y) * width + left + x) * 3 + channel] = tile.data[(y * tile.width + x) * tile.channels + (tile.channels === 3 ? channel : 0)] ?? 0;
        }
      }
    }
  }
  const title = tiles.length === 1 ? 'the most suspicious sample' : `the ${String(tiles.length)} most suspicious samples`;
  return { kind: 'suspects', title, png: encode({ channels: 3, height, width, data, depth: 8 }, { zlib: { level: 6 } }).slice() };
}
