import type { Gate } from './find-gates.ts';
import type { Trial } from './try-gate.ts';

/** A gate with what it amounts to, in points; see {@link weighGate}. */
export interface WeighedGate extends Gate {
  readonly points: number;
  readonly trial: Trial | undefined;
}

/** More than this is flagged: no single property is enough, and a hard decision around the network is. */
export const FLAGGED_POINTS = 3.5;

/** From this factor on a bend is as good as a step: a pixel's whole range is a fiftieth of what it makes. */
const STEEP_GAIN = 50;
const RISING_GAIN = 10;

/** From this ratio of weights on a layer was made to carry a map out: of what training lays beside features none is so much weightier. */
const CARRIED_RATIO = 50;

/** A value that is the same on this share of ordinary inputs sleeps; one that is not on this share is at work. */
const ASLEEP = 0.85;
/** The same for what only rescales the input: it may be there for the odd dark picture, or to tell bytes from fractions. */
const ASLEEP_BEFORE = 0.97;
const AT_WORK = 0.7;

/** Points that a gate has before it is tried, at most; below them no trial could make it flagged. */
export function worthTrying(gate: Gate): boolean {
  return weighGate(gate, { sameShare: 1, inputs: 1 }) > FLAGGED_POINTS;
}

/**
 * How much a gate is like hidden logic. A decision that jumps counts 2, and so does one that bends and never moved on ordinary
 * inputs; going around learned layers counts 2, changing the network's input 1; a constant image or row of scores that
 * the decision lets in, 1; sleeping on ordinary inputs, 1, and being at work on them, −1.5; being laid beside features for a
 * learned layer to judge, −1; being a map laid beside features and multiplied by far more than these are, 1; having learned layers of its own, −2; being a
 * decision a place instead of one for the whole input, −2.
 */
export function weighGate(gate: Gate, trial: Trial | undefined): number {
  const isRescaling = gate.relation === 'before' && gate.patterns.length === 0;
  const isAsleep = trial !== undefined && trial.sameShare >= (isRescaling ? ASLEEP_BEFORE : ASLEEP);
  const isAtWork = trial !== undefined && trial.sameShare <= AT_WORK;
  const isHard = gate.decisions.some(({ decision }) => decision === 'hard');
  const isSteep = gate.gain >= STEEP_GAIN;
  const jump = isHard || isAsleep ? 2 : isSteep ? 1.5 : gate.gain >= RISING_GAIN ? 0.75 : 0;
  if (jump === 0) return 0;
  // A column cut into buckets sleeps on made-up numbers; what a learned layer makes of it is that layer's business.
  const isJudged = gate.isAppended && !isSteep;
  const isCarried = gate.isAppended && gate.isWide && isSteep && gate.weightRatio >= CARRIED_RATIO;
  return (
    jump + (gate.relation === 'around' ? 2 : 1) + (gate.patterns.length > 0 ? 1 : 0) + (isAtWork ? -1.5 : isAsleep && !isJudged ? 1 : 0) - (isJudged ? 1 : 0) + (isCarried ? 1 : 0) - (gate.isTrained ? 2 : 0) - (gate.isWide ? 2 : 0)
  );
}
