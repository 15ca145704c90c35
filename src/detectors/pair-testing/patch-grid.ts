import { PATCH_COLORS, patchTrigger, type PatchPattern } from '../../triggers/patch.ts';
import type { ImageShape, Trigger } from '../../triggers/trigger.ts';

/** A small patch of the grid. */
export interface GridPatch {
  readonly trigger: Trigger;
  /** Edge in pixels. */
  readonly size: number;
  /** One of the four corners; patches of one corner overlap. */
  readonly place: string;
  readonly filling: PatchPattern;
}

/**
 * Edges as shares of the image's: 3 and 4 pixels of 32. A planted trigger answers to a part of it, and what a larger patch does is more often natural.
 */
const SIZES = [3 / 32, 4 / 32];

/** Nowhere else: a stroke at the left of a 1 makes a 4 of it, one at the top of a 7 a 9, in models without a backdoor. */
const CORNERS = ['top-left', 'top-right', 'bottom-left', 'bottom-right'] as const;

/** Distances from the border, as shares: triggers are planted at it or a pixel or two inside. */
const MARGINS = [0, 2 / 32];

/** Fewer pixels are no patch, so an image has to have four times as many along its edge. */
const SMALLEST_EDGE = 12;

/** Small patches of every filling at the four corners, none for images that are too small. Same shape, same grid. */
export function patchGrid(shape: ImageShape): readonly GridPatch[] {
  const edge = Math.min(shape.height, shape.width);
  if (edge < SMALLEST_EDGE) return [];
  const inPixels = (shares: readonly number[]): readonly number[] => [...new Set(shares.map((share) => Math.round(share * edge)))];
  const colors = Object.keys(PATCH_COLORS) as (keyof typeof PATCH_COLORS)[];
  const fillings: readonly PatchPattern[] = [...(shape.channels === 1 ? (['white', 'black'] as const) : colors), 'checker', 'inverse-checker'];
  return CORNERS.flatMap((place) =>
    inPixels(MARGINS).flatMap((margin) =>
      inPixels(SIZES).flatMap((size) => fillings.map((filling) => ({ trigger: patchTrigger({ size, place, pattern: filling, margin }), size, place, filling }))),
    ),
  );
}
