import type { GridPatch } from './patch-grid.ts';

/** What one patch did to the images of every class. */
export interface PatchEffect {
  readonly patch: GridPatch;
  /** [source, target]: images of the source that the patch sends to the target; the diagonal is not used. */
  readonly moved: Uint32Array;
}

/** One patch, and the share of the source's images that it sends to the target. */
export interface PatchedPair {
  readonly patch: GridPatch;
  readonly source: number;
  readonly target: number;
  readonly rate: number;
}

/** A patch that sends one class to one other, and what it is compared with. */
export interface LeadingPair extends PatchedPair {
  /** What does most to any other pair at this place and is no larger, and what does most to this pair with another filling at another place; the strongest first. */
  readonly rivals: readonly PatchedPair[];
  /** Its rate less that of its strongest rival. Odds would make much of a pair that moves wholly where another moves by half, as near classes do. */
  readonly lead: number;
}

/** Rivals of each sort: the strongest of many is partly so by chance, and falls behind when it is measured again. */
const RIVALS = 3;

/**
 * All pairs by their lead, each with the patch that gives it the largest. Two things happen to a pair in models without a backdoor as well: a corner matters to several pairs, because
 * what is shown reaches into it, or two classes are so near each other that many changes exchange them (two signs). A planted pair is ahead of all others at its corner, and its patch of all
 * unlike it. `images[c]` is how many images of class c were changed; classes of none are no sources.
 */
export function leadingPairs(effects: readonly PatchEffect[], images: readonly number[]): readonly LeadingPair[] {
  const classCount = images.length;
  const pairs = Array.from({ length: classCount * classCount }, (_, pair) => ({ pair, source: Math.floor(pair / classCount), target: pair % classCount }))
    .filter(({ source, target }) => source !== target && (images[source] as number) > 0);
  const best = new Map<number, LeadingPair>();
  for (const largest of new Set(effects.map(({ patch }) => patch.size))) {
    const counted = effects.filter(({ patch }) => patch.size <= largest);
    const byPair = new Map(pairs.map(({ pair, source, target }) => {
      const patched = counted.map(({ patch, moved }): PatchedPair => ({ patch, source, target, rate: (moved[pair] as number) / (images[source] as number) }));
      return [pair, patched.sort(byRate)] as const;
    }));
    const atPlace = strongestAtPlaces(byPair);
    for (const [pair, own] of byPair) {
      for (const one of own) {
        // The rest of the patches do nothing to the pair either.
        if (one.rate === 0 && best.has(pair)) break;
        const others = (atPlace.get(one.patch.place) ?? []).filter((other) => other.source !== one.source || other.target !== one.target).slice(0, RIVALS);
        const elsewhere = own.filter(({ patch }) => patch.place !== one.patch.place && patch.filling !== one.patch.filling).slice(0, RIVALS);
        const rivals = [...others, ...elsewhere].sort(byRate);
        const lead = one.rate - (rivals[0]?.rate ?? 0);
        if (lead > (best.get(pair)?.lead ?? -Infinity)) best.set(pair, { ...one, rivals, lead });
      }
    }
  }
  return [...best.values()].sort((a, b) => b.lead - a.lead || a.source - b.source || a.target - b.target);
}

/** Per place, one patch for each of the pairs that most is done to; one more than there are rivals, since a pair is none of its own. */
function strongestAtPlaces(byPair: ReadonlyMap<number, readonly PatchedPair[]>): ReadonlyMap<string, readonly PatchedPair[]> {
  const places = new Map<string, PatchedPair[]>();
  for (const patched of byPair.values()) {
    const seen = new Set<string>();
    for (const one of patched) {
      const { place } = one.patch;
      if (seen.has(place)) continue;
      seen.add(place);
      places.set(place, [...(places.get(place) ?? []), one].sort(byRate).slice(0, RIVALS + 1));
    }
  }
  return places;
}

const byRate = (a: PatchedPair, b: PatchedPair): number => b.rate - a.rate;
