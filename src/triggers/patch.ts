import type { RandomSource } from '../statistics/random.ts';
import { copyBatch, imageSize, type ImageShape, type Trigger } from './trigger.ts';

export const PATCH_PLACES = [
  'top-left', 'top-right', 'bottom-left', 'bottom-right', 'center', 'top', 'bottom', 'left', 'right',
] as const;

export type PatchPlace = (typeof PATCH_PLACES)[number] | { readonly row: number; readonly column: number };

export const PATCH_COLORS = {
  white: [1, 1, 1],
  black: [0, 0, 0],
  red: [1, 0, 0],
  green: [0, 1, 0],
  blue: [0, 0, 1],
  yellow: [1, 1, 0],
  magenta: [1, 0, 1],
  cyan: [0, 1, 1],
} as const satisfies Record<string, readonly [number, number, number]>;

export type PatchPattern = keyof typeof PATCH_COLORS | 'checker' | 'inverse-checker' | 'noise' | 'binary-noise';

export interface PatchParameters {
  /** Edge of the square in pixels. */
  readonly size: number;
  readonly place: PatchPlace;
  readonly pattern: PatchPattern;
  /** Distance from the border for the named places; 0 when absent. */
  readonly margin?: number;
  /** Needed for the two noise patterns; `seedName` makes their ids stable. */
  readonly random?: { readonly source: RandomSource; readonly seedName: string };
}

/** Row and column of the patch's top left pixel; outside the image when the patch does not fit. */
export function patchCorner(parameters: Pick<PatchParameters, 'place' | 'size' | 'margin'>, shape: ImageShape): { row: number; column: number } {
  const { place, size, margin = 0 } = parameters;
  if (typeof place !== 'string') return place;
  const along = (low: boolean, high: boolean, extent: number): number =>
    low ? margin : high ? extent - size - margin : Math.floor((extent - size) / 2);
  return {
    row: along(place.startsWith('top'), place.startsWith('bottom'), shape.height),
    column: along(place.endsWith('left'), place.endsWith('right'), shape.width),
  };
}

function pixels(parameters: PatchParameters): (channel: number, channels: number, row: number, column: number) => number {
  const { pattern, size, random } = parameters;
  if (pattern === 'checker' || pattern === 'inverse-checker') {
    const even = pattern === 'checker' ? 0 : 1;
    return (_channel, _channels, row, column) => (row + column + even) % 2;
  }
  if (pattern === 'noise' || pattern === 'binary-noise') {
    if (random === undefined) throw new RangeError(`A patch of ${pattern} needs a source of chance.`);
    // Four channels are the most an image has (RGBA); drawn up front, so that the trigger is one fixed change.
    const values = Float32Array.from({ length: 4 * size * size }, () => {
      const value = random.source.uniform();
      return pattern === 'noise' ? value : Math.round(value);
    });
    return (channel, _channels, row, column) => values[((channel % 4) * size + row) * size + column] as number;
  }
  const color = PATCH_COLORS[pattern];
  const gray = Math.max(...color);
  return (channel, channels) => (channels === 1 ? gray : (color[channel] ?? 1));
}

/** A small square pasted over the image: BadNets (Gu et al., arXiv:1708.06733). */
export function patchTrigger(parameters: PatchParameters): Trigger {
  const { size, place, pattern, margin = 0 } = parameters;
  if (!Number.isInteger(size) || size < 1) throw new RangeError(`A patch is at least 1 pixel wide, not ${size}.`);
  const valueAt = pixels(parameters);
  const where = typeof place === 'string' ? `${place}${margin > 0 ? `+${margin}` : ''}` : `row ${place.row} column ${place.column}`;
  const name = parameters.random === undefined ? pattern : `${pattern}-${parameters.random.seedName}`;
  return {
    family: 'patch',
    id: `patch/${name}/${size}/${where.replaceAll(' ', '-')}`,
    description: `a ${pattern} patch of ${size}x${size} pixels at ${where}`,
    magnitude: size,
    apply(batch, count, shape) {
      const changed = copyBatch(batch, count, shape);
      const { row: top, column: left } = patchCorner(parameters, shape);
      if (top < 0 || left < 0 || top + size > shape.height || left + size > shape.width) {
        throw new RangeError(`A patch of ${size} pixels at ${where} does not fit into ${shape.height}x${shape.width}.`);
      }
      const plane = shape.height * shape.width;
      for (let channel = 0; channel < shape.channels; channel += 1) {
        for (let row = 0; row < size; row += 1) {
          for (let column = 0; column < size; column += 1) {
            const value = valueAt(channel, shape.channels, row, column);
            const at = channel * plane + (top + row) * shape.width + left + column;
            for (let image = 0; image < count; image += 1) changed[image * imageSize(shape) + at] = value;
          }
        }
      }
      return changed;
    },
  };
}
