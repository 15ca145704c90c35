import type { PairInversion } from './invert-pairs.ts';

/** Ahead by as much as the model sets its own classes apart is ahead: in an unsure model everything is, by many times that. */
const ENOUGH_LEAD = 1;

/** How far a pair is ahead of all that it could be mistaken for. */
export interface PairLead {
  readonly pair: PairInversion;
  /** Margin at the smallest size minus that of the source's next target and of the target's next source, whichever is larger; in units of the clearance. */
  readonly lead: number;
  /** Share of the pair's largest margin that is left at the smallest size, in [0, 1]. */
  readonly retention: number;
  /** Lead, of which one clearance counts at most, times retention: in [0, 1]. */
  readonly evidence: number;
}

/**
 * The pair that stands out most. A class that is near to another is left for it by a small change as well, but so it is for
 * the next one (a lead over the same source's other targets), a class that draws everything does so from all sources (a lead
 * over the same target's other sources), and what turns a natural neighbor takes effect in proportion to its size, where a
 * planted trigger works wholly until it is taken apart (retention). Undefined when no source has two targets left.
 */
export function pairLeadOf(pairs: readonly PairInversion[], clearance: number): PairLead | undefined {
  const sizes = Math.max(0, ...pairs.map(({ outcomes }) => outcomes.length));
  const last = pairs.filter(({ outcomes }) => outcomes.length === sizes);
  const marginOf = ({ outcomes }: PairInversion): number => outcomes[sizes - 1]?.margin ?? -Infinity;
  let best: PairLead | undefined;
  for (const pair of last) {
    // Given up pairs were behind these while masks were larger, and are not compared.
    const rivals = last.filter((other) => other !== pair && (other.source === pair.source || other.target === pair.target));
    if (!rivals.some(({ source }) => source === pair.source)) continue;
    const lead = (marginOf(pair) - Math.max(...rivals.map(marginOf))) / Math.max(clearance, Number.MIN_VALUE);
    const largest = Math.max(...pair.outcomes.map(({ margin }) => margin));
    const retention = largest <= 0 ? 0 : Math.max(0, marginOf(pair) / largest);
    const evidence = Math.min(ENOUGH_LEAD, Math.max(0, lead)) * retention;
    if (best === undefined || evidence > best.evidence) best = { pair, lead, retention, evidence };
  }
  return best;
}
