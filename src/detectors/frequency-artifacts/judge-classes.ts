import { mixtureShare } from '../../statistics/mixture-share.ts';
import type { Alteration } from './teach.ts';

/**
 * What is gained by saying that a part of a class is altered has to be this many times what the classes after it gain. Natural classes differ in sharpness and
 * contrast and less in waves: 72 clean sets reach 0.47, 1.49 and 1.41 (docs/detectors/frequency-artifacts.md).
 */
const ALLOWANCE: Readonly<Record<Alteration, number>> = { warp: 0.8, blend: 1.9, sinusoid: 1.8 };

/** Classes after the first that say how much is gained naturally. */
const NEXT_CLASSES = 3;

/** And by how much a natural gain is expected to be exceeded, and this, in nats a sample, where the next classes gain nothing. */
const NATURAL_FACTOR = 2;
const LEAST_GAIN = 0.03;

/** The penalty on their weights makes the classifiers less sure than they are right: among images they have not seen, log odds are worth about twice what they say. */
const SHARPNESS = 2;

/** And beyond this much they gain no more: so sure nothing is of what it has not been taught. */
const SUREST = 5;

/** A class smaller than this has no share to speak of. */
const MINIMUM_CLASS = 20;

/** Prior of a sample of a class that shows nothing. */
const LEAST_SHARE = 0.002;

/** Weight of classes that do not stand out: enough to order samples about which nothing else is known. */
const LEAST_WEIGHT = 0.2;

export interface TracedClass {
  readonly label: number;
  readonly alteration: Alteration;
  /** Lead of its gain over the next class's, in what the next classes gain and in allowances. */
  readonly strength: number;
  readonly share: number;
  readonly next: number;
}

export interface JudgedClasses {
  /** One an alteration, the strongest first. */
  readonly classes: readonly TracedClass[];
  readonly scores: Float64Array;
  readonly suspects: readonly number[];
  alterationOf(row: number): Alteration;
}

/** Log odds by row that an image was altered in one way. */
export interface TracedRows {
  readonly alteration: Alteration;
  /** As all classes taught. */
  readonly odds: readonly number[];
  /** As the other classes taught. */
  readonly oddsApart: readonly number[];
}

/**
 * How much of a class carries the traces, and how much is gained by saying so, are the lesser of two estimates. What all classes taught sees too little where much of a class is altered, because that
 * was taught as plain; what the others taught sees too much where a class naturally looks like none of them.
 */
export function judgeClasses(traced: readonly TracedRows[], rows: readonly (readonly number[])[], labels: readonly number[]): JudgedClasses {
  const classes: TracedClass[] = [];
  const scores = new Float64Array(labels.length);
  const suspects = new Set<number>();
  const alterationOf = new Map<number, Alteration>();
  for (const { alteration, odds, oddsApart } of traced) {
    const mixtures = rows.map((members) => (members.length < MINIMUM_CLASS ? undefined : lesser(mixtureOf(members, odds), mixtureOf(members, oddsApart))));
    const ranked = [...mixtures.entries()].flatMap(([label, mixture]) => (mixture === undefined ? [] : [{ label, ...mixture }])).sort((a, b) => b.gain - a.gain);
    const [first, second] = ranked;
    if (first === undefined || second === undefined) continue;
    const next = ranked.slice(1, 1 + NEXT_CLASSES);
    const natural = LEAST_GAIN + (NATURAL_FACTOR * next.reduce((sum, { gain }) => sum + gain, 0)) / next.length;
    const strength = (first.gain - second.gain) / natural / ALLOWANCE[alteration];
    classes.push({ label: first.label, alteration, strength, share: first.share, next: second.share });
    for (const [row, label] of labels.entries()) {
      const prior = Math.min(0.9, Math.max(LEAST_SHARE, mixtures[label]?.share ?? 0));
      const posterior = 1 / (1 + Math.exp(-(SHARPNESS * (oddsApart[row] as number) + Math.log(prior / (1 - prior)))));
      const weight = label === first.label ? Math.max(LEAST_WEIGHT, Math.min(1, strength) ** 2) : LEAST_WEIGHT;
      scores[row] = (scores[row] as number) + weight * posterior;
      if (strength > 1 && label === first.label && posterior > 0.5) {
        suspects.add(row);
        alterationOf.set(row, alteration);
      }
    }
  }
  return {
    classes: classes.sort((a, b) => b.strength - a.strength),
    scores,
    suspects: [...suspects],
    alterationOf: (row) => alterationOf.get(row) ?? 'warp',
  };
}

interface Mixture {
  readonly share: number;
  /** Log likelihood gained by the share, in nats a member: few members that are surely altered gain more than many that may be. */
  readonly gain: number;
}

function mixtureOf(members: readonly number[], odds: readonly number[]): Mixture {
  const own = members.map((row) => Math.min(SUREST, SHARPNESS * (odds[row] as number)));
  const share = mixtureShare(own);
  return { share, gain: own.reduce((sum, value) => sum + Math.log(1 - share + share * Math.exp(value)), 0) / own.length };
}

function lesser(a: Mixture, b: Mixture): Mixture {
  return { share: Math.min(a.share, b.share), gain: Math.min(a.gain, b.gain) };
}
