import { tokenCounts, type TokenCounts } from '../../poisoning/token-counts.ts';
import { correctedLogChance } from '../../statistics/corrected-log-chance.ts';
import { median } from '../../statistics/median.ts';
import { wilsonInterval } from '../../statistics/wilson-interval.ts';

/** In fewer samples a trait is an accident. */
const LEAST_CARRIERS = 4;

/** Of them this share must have the label: the subgroup is of one label and hardly of any other. */
const LEAST_AGREEMENT = 0.9;

/** Beyond this share of its class a trait is that of the class: it came from a source of its own. */
const LARGEST_SUBGROUP = 0.5;

/** Corrected chance, base-10 logarithm, below which it is none. */
const LARGEST_LOG_CHANCE = -3;

/** What a sample without the trait has. */
export const ABSENT = '(none)';

/** One encoder setting that a minority of one class has and other classes do not. */
export interface TraitSubgroup {
  readonly trait: string;
  readonly value: string;
  readonly label: number;
  readonly carriers: number;
  readonly agreeing: number;
  /** Base-10 logarithm of the chance of it, times the number of settings tested. */
  readonly logChance: number;
  /** Lower bound of its share of the class. */
  readonly share: number;
}

export interface TraitClass {
  readonly label: number;
  /** Share of its largest subgroup, less that of the median of the other classes. */
  readonly strength: number;
  readonly subgroups: readonly TraitSubgroup[];
}

export interface TraitTable {
  add(traits: ReadonlyMap<string, string>, label: number): void;
  readonly examined: number;
  readonly tested: number;
  /** By strength, the strongest first. */
  classes(minimumClass: number): readonly TraitClass[];
}

/** Counts encoder settings by label, in bounded memory. */
export function traitTable(classCount: number): TraitTable {
  const values = tokenCounts(classCount);
  const names = new Map<string, number[]>();
  const sizes = new Array<number>(classCount).fill(0);
  let examined = 0;
  return {
    add(traits, label) {
      examined += 1;
      sizes[label] = (sizes[label] ?? 0) + 1;
      for (const [name, value] of traits) {
        values.add(`${name}\0${value}`, label);
        const its = names.get(name) ?? new Array<number>(classCount).fill(0);
        its[label] = (its[label] ?? 0) + 1;
        if (names.size < MAX_NAMES || names.has(name)) names.set(name, its);
      }
    },
    get examined() {
      return examined;
    },
    get tested() {
      return values.size + names.size;
    },
    classes(minimumClass) {
      const found = subgroups(values, names, sizes, examined);
      const judged = sizes.flatMap((size, label) => {
        if (size < minimumClass) return [];
        const its = found.filter((one) => one.label === label).sort((a, b) => b.share - a.share || a.logChance - b.logChance);
        return [{ label, subgroups: its, largest: its[0]?.share ?? 0 }];
      });
      return judged
        .map(({ label, subgroups: its, largest }) => ({ label, subgroups: its, strength: largest - (median(judged.filter((one) => one.label !== label).map((one) => one.largest)) ?? 0) }))
        .sort((a, b) => b.strength - a.strength || a.label - b.label);
    },
  };
}

/** Names of settings that are followed; text chunks may have any name (CWE-770). */
const MAX_NAMES = 4096;

function subgroups(values: TokenCounts, names: ReadonlyMap<string, readonly number[]>, sizes: readonly number[], examined: number): readonly TraitSubgroup[] {
  const tests = values.size + names.size;
  const found: TraitSubgroup[] = [];
  const consider = (trait: string, value: string, counts: readonly number[]): void => {
    const carriers = counts.reduce((sum, one) => sum + one, 0);
    const label = counts.reduce((best, one, at) => (one > (counts[best] as number) ? at : best), 0);
    const [agreeing, size] = [counts[label] as number, sizes[label] as number];
    if (carriers < LEAST_CARRIERS || agreeing < LEAST_AGREEMENT * carriers || agreeing > LARGEST_SUBGROUP * size) return;
    const logChance = correctedLogChance(agreeing, carriers, size / examined, tests);
    if (logChance < LARGEST_LOG_CHANCE) found.push({ trait, value, label, carriers, agreeing, logChance, share: wilsonInterval(agreeing, size).low });
  };
  for (const [token, counts] of values.entries()) {
    const [trait = '', value = ''] = token.split('\0', 2);
    consider(trait, value, counts);
  }
  for (const [trait, present] of names) consider(trait, ABSENT, sizes.map((size, label) => size - (present[label] as number)));
  return found;
}
