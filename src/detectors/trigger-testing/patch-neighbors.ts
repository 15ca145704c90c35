import type { RandomSource } from '../../statistics/random.ts';
import { patchTrigger, type PatchParameters, type PatchPattern } from '../../triggers/patch.ts';
import type { ImageShape } from '../../triggers/trigger.ts';
import type { PlacedPatch, TriedTrigger } from './tried-trigger.ts';

const FILLINGS: readonly PatchPattern[] = ['white', 'black', 'checker', 'inverse-checker', 'red', 'yellow', 'cyan', 'blue'];
const STEPS = [[-1, 0], [1, 0], [0, -1], [0, 1], [-1, -1], [-1, 1], [1, -1], [1, 1]] as const;

/**
 * Patches that differ from this one in one thing: a pixel aside, a pixel larger or smaller, another filling, or random
 * fillings at the same place. A library patch that hits a trigger only in part leads to one that hits it better.
 */
export function patchNeighbors(patch: PlacedPatch, shape: ImageShape, random: RandomSource): readonly TriedTrigger[] {
  const { parameters, row, column } = patch;
  const made: TriedTrigger[] = [];
  const add = (size: number, top: number, left: number, pattern: PatchPattern, seedName?: string): void => {
    if (size < 1 || top < 0 || left < 0 || top + size > shape.height || left + size > shape.width) return;
    const next: PatchParameters = {
      size, pattern, place: { row: top, column: left },
      ...(seedName === undefined ? {} : { random: { source: random, seedName } }),
    };
    made.push({ trigger: patchTrigger(next), patch: { parameters: next, row: top, column: left }, isRandom: false });
  };
  const { size, pattern } = parameters;
  // A random filling cannot be drawn again at another place, so its neighbours are other fillings only.
  if (parameters.random === undefined) {
    for (const [down, right] of STEPS) add(size, row + down, column + right, pattern);
    for (const [down, right] of [[0, 0], [0, 1], [1, 0], [1, 1]] as const) add(size - 1, row + down, column + right, pattern);
    for (const [up, left] of [[0, 0], [0, 1], [1, 0], [1, 1]] as const) add(size + 1, row - up, column - left, pattern);
  }
  for (const filling of FILLINGS) {
    if (filling !== pattern && (shape.channels > 1 || FILLINGS.indexOf(filling) < 4)) add(size, row, column, filling);
  }
  for (let index = 0; index < 4; index += 1) add(size, row, column, 'binary-noise', `n${row}-${column}-${size}-${index}`);
  return made;
}
