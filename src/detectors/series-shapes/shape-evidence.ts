import { logBinomialTail } from '../../statistics/binomial-tail.ts';
import type { HostSuspects } from './host-suspects.ts';
import type { Shape } from './shape.ts';

export interface ShapeEvidence {
  /** Likeness from which on a sample carries the shape. */
  readonly cutoff: number;
  /** Samples tested that carry it: of the label against the rest, of other labels, of the label as the rest says. */
  readonly suspects: number;
  readonly controls: number;
  readonly fitting: number;
  /** Base-10 logarithm of the chance, corrected for the cutoffs tried. */
  readonly logChance: number;
}

/** In fewer a shape is an accident. */
const LEAST_CARRIERS = 3;

/** Of the samples that carry it and do not look like the label this share has the label. */
const LEAST_AGREEMENT = 0.75;

/** A shape of the class itself is at least as common where the rest fits the label: what is planted is there at most half as often, in number and in share. */
const MOST_FITTING = 0.5;

/**
 * How surprising it is that suspects carry a shape and others do not, at the likeness at which it is most so. Were the label given without regard to the shape, each carrier would have it with the chance
 * that the rest of it says, without the part where the shape stands (binomial test with the mean of these, Hoeffding 1956). `tested` are suspects that had no part in finding the shape.
 */
export function shapeEvidence(group: HostSuspects, tested: readonly number[], shape: Shape): ShapeEvidence | undefined {
  const testedShare = tested.length / group.suspects.length;
  const measured = (row: number) => {
    const { likeness, from } = shape.match(row);
    return { likeness, chance: drawn(group.chanceWithout(row, from, shape.width), testedShare, group.controlShare) };
  };
  const own = tested.map(measured).sort((a, b) => b.likeness - a.likeness);
  const others = group.controls.map(measured).sort((a, b) => b.likeness - a.likeness);
  const fitting = Float64Array.from(group.fitting, (row) => shape.match(row).likeness).sort().reverse();

  let best: ShapeEvidence | undefined;
  let [suspects, controls, alsoFitting, chances] = [0, 0, 0, 0];
  const cutoffs = Math.log10(Math.max(1, own.length - LEAST_CARRIERS + 1));
  for (const { likeness: cutoff, chance } of own) {
    suspects += 1;
    chances += chance;
    for (; controls < others.length && (others[controls]?.likeness as number) >= cutoff; controls += 1) chances += others[controls]?.chance as number;
    while (alsoFitting < fitting.length && (fitting[alsoFitting] as number) >= cutoff) alsoFitting += 1;
    if (suspects < LEAST_CARRIERS || suspects < LEAST_AGREEMENT * (suspects + controls)) continue;
    const shareOfSuspects = suspects / own.length;
    if (alsoFitting * testedShare > MOST_FITTING * suspects * group.fittingShare || (alsoFitting + 1) / (fitting.length + 1) > MOST_FITTING * shareOfSuspects) continue;
    const logChance = logBinomialTail(suspects, suspects + controls, chances / (suspects + controls)) / Math.LN10 + cutoffs;
    if (best === undefined || logChance < best.logChance) best = { cutoff, suspects, controls, fitting: alsoFitting, logChance };
  }
  return best;
}

/** A chance among those that were drawn, of which one kind was drawn with one share and the rest with another. */
function drawn(chance: number, share: number, otherShare: number): number {
  return (chance * share) / (chance * share + (1 - chance) * otherShare);
}
