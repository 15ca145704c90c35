import type { AdjustableTrigger } from '../../../src/triggers/adjustable-trigger.ts';
import { additiveTrigger } from '../../../src/triggers/adjustable/additive.ts';
import { colorTrigger } from '../../../src/triggers/adjustable/color.ts';
import { maskTrigger } from '../../../src/triggers/adjustable/mask.ts';
import { smoothWarpTrigger } from '../../../src/triggers/adjustable/smooth-warp.ts';
import { stripesTrigger } from '../../../src/triggers/adjustable/stripes.ts';
import type { ImageShape } from '../../../src/triggers/trigger.ts';

/** Every kind, for tests of what they all owe. */
export const ADJUSTABLE: readonly (readonly [string, (shape: ImageShape) => AdjustableTrigger])[] = [
  ['additive', additiveTrigger], ['color', colorTrigger], ['mask', maskTrigger], ['smooth-warp', smoothWarpTrigger], ['stripes', stripesTrigger],
];
