import { COMMON_SHARE, OWN_RATIO } from '../../poisoning/implied-labels.ts';
import { logChernoffBound } from '../../statistics/chernoff-bound.ts';
import { extremelyRandomizedTrees } from '../../statistics/extremely-randomized-trees.ts';
import { logisticCurve } from '../../statistics/logistic-curve.ts';
import { mixtureShare } from '../../statistics/mixture-share.ts';
import type { RandomSource } from '../../statistics/random.ts';
import { rocAuc } from '../../statistics/roc-auc.ts';
import type { RowValues } from './value-tokens.ts';

/** Rows of each side that are compared: enough for a curve, few enough for a second of work. With fewer than the least nothing is learned. */
const MOST_COMPARED = 2048;
const LEAST_COMPARED = 10;

/** Kinds of a column of texts that are asked about, the most common first. */
const MOST_KINDS = 12;

/** Carriers that are told from other classes this well are a group of their own: those of triggers are at 0.5, and up to 0.75 where there are few of them. */
const APART_AUC = 0.8;

export interface LabeledRow {
  readonly values: RowValues;
  readonly label: number;
}

export interface CarrierRequest {
  /** Rows that hold a value and have the label it leads to. */
  readonly carriers: readonly RowValues[];
  /** Rows of that label, and rows of other labels, without the value. */
  readonly members: readonly RowValues[];
  readonly strangers: readonly LabeledRow[];
  /** The column of the value. */
  readonly column: number;
  readonly random: RandomSource;
}

export interface Strangeness {
  /** Natural logarithm of a bound on the chance that as many rows of the class look as little like it. */
  readonly logChance: number;
  /** Share of the carriers that look like rows of other classes, beyond what rows of the class do. */
  readonly share: number;
  /** By carrier, the chance that it is of another class, both being as likely before. */
  readonly strangeness: readonly number[];
  /** Share of the class that looks more like other classes than like itself. */
  readonly usual: number;
  /** Whether they look like no other class either: an unusual part of the class is no poison. */
  isApart(): boolean;
}

/**
 * Whether rows that have a value in common belong to the class they are labelled with, judged by their other columns: trees learn from rows without the value to
 * tell the class from all others. Undefined where there are too few rows to learn from.
 */
export function strangeCarriers(request: CarrierRequest): Strangeness | undefined {
  const { random, column } = request;
  const [carriers, members, strangers] = [thinned(request.carriers), thinned(request.members), thinned(request.strangers)];
  if (Math.min(members.length, strangers.length) < LEAST_COMPARED || carriers.length === 0) return undefined;
  const known = [...members, ...strangers.map(({ values }) => values)];
  const columns = (carriers[0] ?? []).flatMap((_, at) => (at === column || isOwn(at, carriers, members, known.slice(members.length)) ? [] : [at]));
  const featuresOf = featureMap(known, columns);
  const labels = Uint8Array.from(known, (_, row) => (row < members.length ? 0 : 1));
  const features = known.map(featuresOf);
  const trees = extremelyRandomizedTrees(features, labels, random);
  const curve = logisticCurve(trees.outOfBag, labels);
  // What so many rows of the class have not shown may still be as likely as one in all of them.
  const most = Math.log(members.length + 1);
  const logOdds = (answer: number): number => Math.max(-most, Math.min(most, curve(answer)));
  const own = trees.outOfBag.subarray(0, members.length).map(logOdds);
  const strange = request.carriers.map((row) => logOdds(trees.answer(featuresOf(row))));
  const worst = [...strange, logOdds(trees.outOfBag.reduce((largest, one) => Math.max(largest, one), 0))].reduce((largest, one) => Math.max(largest, one));
  return {
    logChance: logChernoffBound(strange, own, worst),
    share: mixtureShare(strange),
    strangeness: strange.map((one) => 1 / (1 + Math.exp(-one))),
    usual: own.filter((one) => one > 0).length / own.length,
    isApart: () => isApart(carriers.map(featuresOf), features.slice(members.length), strangers.map(({ label }) => label), random),
  };
}

function thinned<Row>(rows: readonly Row[]): readonly Row[] {
  const stride = Math.ceil(rows.length / MOST_COMPARED);
  return stride <= 1 ? rows : rows.filter((_, at) => at % stride === 0);
}

/** What most carriers have in common and others have not is the rest of a longer trigger, which must not testify. */
function isOwn(column: number, carriers: readonly RowValues[], members: readonly RowValues[], strangers: readonly RowValues[]): boolean {
  const counts = new Map<number | string | null, number>();
  for (const row of carriers) counts.set(row[column] ?? null, (counts.get(row[column] ?? null) ?? 0) + 1);
  const [value, count] = [...counts].reduce((best, one) => (one[1] > best[1] ? one : best));
  const share = count / carriers.length;
  if (share < COMMON_SHARE) return false;
  return [members, strangers].every((rows) => OWN_RATIO * (rows.filter((row) => (row[column] ?? null) === value).length / rows.length) <= share);
}

/** Numbers as they are, texts and missing values below them all; and for each common text whether it is there. */
function featureMap(rows: readonly RowValues[], columns: readonly number[]): (row: RowValues) => Float64Array {
  const numeric = columns.filter((column) => rows.some((row) => typeof row[column] !== 'string'));
  const kinds = columns.flatMap((column) => {
    const counts = new Map<string, number>();
    for (const row of rows) {
      const value = row[column];
      if (typeof value === 'string') counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, MOST_KINDS).map(([kind]) => ({ column, kind }));
  });
  return (row) =>
    Float64Array.from([
      ...numeric.map((column) => {
        const value = row[column];
        return typeof value === 'number' && !Number.isNaN(value) ? value : -Infinity;
      }),
      ...kinds.map(({ column, kind }) => (row[column] === kind ? 1 : 0)),
    ]);
}

/** Rows that were taken from other classes cannot be told from these, or at least not from the one class they were taken from. */
function isApart(carriers: readonly Float64Array[], strangers: readonly Float64Array[], labels: readonly number[], random: RandomSource): boolean {
  const all = toldFrom(carriers, strangers, random);
  if (all.auc <= APART_AUC) return false;
  const sums = new Map<number, { sum: number; count: number }>();
  for (const [at, label] of labels.entries()) {
    const mine = sums.get(label) ?? { sum: 0, count: 0 };
    sums.set(label, { sum: mine.sum + (all.likeness[at] as number), count: mine.count + 1 });
  }
  const [likest] = [...sums].filter(([, { count }]) => count >= LEAST_COMPARED).sort(([, a], [, b]) => b.sum / b.count - a.sum / a.count);
  if (likest === undefined || sums.size < 2) return true;
  return toldFrom(carriers, strangers.filter((_, at) => labels[at] === likest[0]), random).auc > APART_AUC;
}

function toldFrom(carriers: readonly Float64Array[], others: readonly Float64Array[], random: RandomSource): { readonly auc: number; readonly likeness: Float64Array } {
  const labels = Uint8Array.from({ length: carriers.length + others.length }, (_, row) => (row < carriers.length ? 1 : 0));
  const { outOfBag } = extremelyRandomizedTrees([...carriers, ...others], labels, random);
  const likeness = outOfBag.subarray(carriers.length);
  return { auc: rocAuc(outOfBag.subarray(0, carriers.length), likeness)?.auc ?? 0.5, likeness };
}
