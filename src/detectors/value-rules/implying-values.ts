import type { DatasetFacet } from '../../model/dataset.ts';
import {
  BARE_CONTRADICTION, LEAST_AGREEMENT, MINIMUM_CARRIERS, PASSES as SCREENING_PASSES, impliedLabels, type Implication, type ImpliedLabels, type ScreenedLabels,
} from '../../poisoning/implied-labels.ts';
import { majorityOf } from '../../poisoning/token-counts.ts';
import type { RandomSource } from '../../statistics/random.ts';
import { foreignValues } from './foreign-values.ts';
import { keptRows, type KeptRows } from './kept-rows.ts';
import { strangeCarriers } from './strange-carriers.ts';
import { columnNumber, columnOf, columnSpreads, tokenizedValues } from './value-tokens.ts';

/** Times that the rows are read after their spreads are known: the screening, and once to keep rows. */
export const PASSES = SCREENING_PASSES + 1;

/** In more than this share of all rows a value is what the column is. */
const MOST_CARRIERS = 0.5;

/** Values judged closely: the foreign ones that agree most, and the ordinary ones that the screening found most surprising. A trigger of several columns shows in each. */
const MOST_FOREIGN = 64;
const MOST_ORDINARY = 12;

/** Base-10 logarithm of the corrected chance from which on the screening leaves an ordinary value alone. */
const SCREENING_CHANCE = -1;

/**
 * The same from which on the closer look does: bounds, which lie a few times above the chance itself. Ordinary values are parts of their class, among which unusual
 * ones have to be expected.
 */
const FOREIGN_CHANCE = -0.7;
const ORDINARY_CHANCE = -2;

/** What a carrier of a value scores that is suspicious and not more. */
const SUSPICIOUS = 0.2;

export interface ImplyingValuesRequest {
  readonly dataset: DatasetFacet;
  readonly signal: AbortSignal;
  random(label: string): RandomSource;
  goOn(done: number): boolean;
}

interface Candidate extends Pick<Implication, 'token' | 'label' | 'carriers' | 'agreeing'> {
  /** Values like it that might have been found by chance, and the corrected chance that it has to stay below. */
  readonly tests: number;
  readonly largestLogChance: number;
}

/**
 * Values that go with a label although the other columns say otherwise. Naive Bayes screens ordinary values ({@link impliedLabels}); values foreign to their column are all looked at.
 * A closer look then asks three things of the carriers: whether rows of the class would look so little like it by chance, whether most of them look like
 * other classes, and whether they cannot be told from these. Undefined when `goOn` said no.
 */
export async function implyingValues({ dataset, signal, random, goOn }: ImplyingValuesRequest): Promise<ImpliedLabels | undefined> {
  const spreads = await columnSpreads(dataset, signal);
  const screened = await impliedLabels({ samples: () => tokenizedValues(dataset, spreads, signal), classCount: dataset.classNames.length, largestLogChance: SCREENING_CHANCE, coveredBy: columnOf, goOn });
  if (screened === undefined) return undefined;
  const total = screened.ids.length;
  const candidates = candidatesOf(screened);
  const kept = await keptRows(dataset, new Map(candidates.map(({ token, label }) => [token, label])), { total, signal, goOn: (done) => goOn(SCREENING_PASSES * total + done) });
  if (kept === undefined) return undefined;

  const implications: Implication[] = [];
  const scores = Float64Array.from(screened.contradicted, (isContradicted) => (isContradicted ? BARE_CONTRADICTION : 0));
  const behind = new Array<Implication | undefined>(total).fill(undefined);
  for (const candidate of candidates) {
    if (!goOn(PASSES * total)) return undefined;
    const judged = judge(candidate, kept, random(candidate.token));
    if (judged === undefined) continue;
    const { implication, isImplied, strangeness } = judged;
    if (isImplied) implications.push(implication);
    for (const [at, place] of (kept.carriers.get(candidate.token)?.places ?? []).entries()) {
      // Carriers beyond those that were kept are as strange as the others are on the whole.
      const strange = strangeness[at] ?? implication.contradicted;
      const score = isImplied ? SUSPICIOUS + (1 - SUSPICIOUS) * implication.strength * (0.6 + 0.4 * strange) : SUSPICIOUS * implication.contradicted * strange;
      if (score > (scores[place] as number)) scores[place] = score;
      if (isImplied && implication.strength > (behind[place]?.strength ?? 0)) behind[place] = implication;
    }
  }
  implications.sort((a, b) => b.strength - a.strength || a.logChance - b.logChance || (a.token < b.token ? -1 : 1));
  return { ids: screened.ids, scores, behind, implications, tested: screened.tested };
}

function candidatesOf({ counts, implications, ids }: ScreenedLabels): readonly Candidate[] {
  const foreign = new Set(foreignValues(counts));
  const found = [...counts.entries()].flatMap(([token, byClass]) => {
    const majority = majorityOf(byClass);
    if (majority.carriers < MINIMUM_CARRIERS || majority.carriers > MOST_CARRIERS * ids.length) return [];
    return [{ token, ...majority, isForeign: foreign.has(token) }];
  });
  const foreignCount = found.filter(({ isForeign }) => isForeign).length;
  const agreeing = found.filter((one) => one.agreeing >= LEAST_AGREEMENT * one.carriers);
  const logChances = new Map(implications.map(({ token, logChance }) => [token, logChance]));
  const agreement = (one: (typeof found)[number]): number => one.agreeing / one.carriers;
  return [
    ...agreeing.filter(({ isForeign }) => isForeign).sort((a, b) => agreement(b) - agreement(a) || b.carriers - a.carriers || (a.token < b.token ? -1 : 1)).slice(0, MOST_FOREIGN)
      .map((one) => ({ ...one, tests: foreignCount, largestLogChance: FOREIGN_CHANCE })),
    ...agreeing.filter(({ token, isForeign }) => !isForeign && logChances.has(token)).sort((a, b) => (logChances.get(a.token) as number) - (logChances.get(b.token) as number) || (a.token < b.token ? -1 : 1)).slice(0, MOST_ORDINARY)
      .map((one) => ({ ...one, tests: found.length - foreignCount, largestLogChance: ORDINARY_CHANCE })),
  ];
}

interface Judged {
  readonly implication: Implication;
  readonly isImplied: boolean;
  /** By kept carrier. */
  readonly strangeness: readonly number[];
}

function judge({ token, label, carriers, agreeing, tests, largestLogChance }: Candidate, { sample, carriers: kept, holders }: KeptRows, random: RandomSource): Judged | undefined {
  const holding = holders.get(token);
  const others = [...sample].flatMap(([place, row]) => (holding?.has(place) === true ? [] : [row]));
  const found = strangeCarriers({
    carriers: kept.get(token)?.rows ?? [], members: others.flatMap((row) => (row.label === label ? [row.values] : [])), strangers: others.filter((row) => row.label !== label),
    column: columnNumber(token), random,
  });
  if (found === undefined) return undefined;
  const logChance = found.logChance / Math.LN10 + Math.log10(tests);
  return {
    implication: { token, label, carriers, agreeing, logChance, contradicted: found.share, usual: found.usual, strength: found.share },
    isImplied: logChance < largestLogChance && !found.isApart(),
    strangeness: found.strangeness,
  };
}
