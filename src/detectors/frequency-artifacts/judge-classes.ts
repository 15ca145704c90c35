import { mixtureShare } from '../../statistics/mixture-share.ts';
import type { Alteration } from './teach.ts';

/**
 * By how much the class with the largest altered share may lead before it is suspicious. Natural classes differ in sharpness and contrast and
 * hardly in waves: in clean sets the largest leads are 0.08, 0.19 and 0.001 (docs/detectors/frequency-artifacts.md).
 */
const ALLOWANCE: Readonly<Record<Alteration, number>> = { warp: 0.12, blend: 0.25, sinusoid: 0.02 };

/** A class smaller than this has no share to speak of. */
const MINIMUM_CLASS = 20;

/** Prior of a sample of a class that shows nothing. */
const LEAST_SHARE = 0.002;

/** Weight of an alteration that no class stands out in: enough to order samples about which nothing else is known. */
const LEAST_WEIGHT = 0.2;

export interface TracedClass {
  readonly label: number;
  readonly alteration: Alteration;
  /** Lead over the next class in allowances. */
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

/** `odds[k][row]` are the log odds that a row was altered in way k. */
export function judgeClasses(alterations: readonly Alteration[], odds: readonly (readonly number[])[], rows: readonly (readonly number[])[], labels: readonly number[]): JudgedClasses {
  const classes: TracedClass[] = [];
  const scores = new Float64Array(labels.length);
  const suspects = new Set<number>();
  const alterationOf = new Map<number, Alteration>();
  for (const [k, alteration] of alterations.entries()) {
    const own = odds[k] ?? [];
    const shares = rows.map((members) => (members.length < MINIMUM_CLASS ? undefined : mixtureShare(members.map((row) => own[row] as number))));
    const ranked = [...shares.entries()].flatMap(([label, share]) => (share === undefined ? [] : [{ label, share }])).sort((a, b) => b.share - a.share);
    const [first, second] = ranked;
    if (first === undefined || second === undefined) continue;
    const strength = (first.share - second.share) / ALLOWANCE[alteration];
    classes.push({ label: first.label, alteration, strength, share: first.share, next: second.share });
    const weight = Math.max(LEAST_WEIGHT, Math.min(1, strength) ** 2);
    for (const [row, label] of labels.entries()) {
      const prior = Math.min(0.9, Math.max(LEAST_SHARE, shares[label] ?? 0));
      const posterior = 1 / (1 + Math.exp(-((own[row] as number) + Math.log(prior / (1 - prior)))));
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
