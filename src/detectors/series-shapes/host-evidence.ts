import { isotonicShares } from '../../statistics/isotonic.ts';
import { quantile } from '../../statistics/quantile.ts';
import type { RandomSource } from '../../statistics/random.ts';
import { stratifiedFolds } from '../../statistics/stratified-folds.ts';
import { crossFittedRidge, type CrossFittedRidge } from './cross-fitted-ridge.ts';
import { hostFeatures, VARIANTS } from './host-features.ts';
import type { SeriesTable } from './series-table.ts';

const FOLDS = 4;

/** Tried on whole series, in shares of the number of samples. */
const RIDGES = [0.001, 0.01, 0.1, 1];

/** Series that the classifiers are trained on; more of them would cost more than they tell. */
const MAX_TRAINING = 4000;

/** The second time without those that the first spoke against, so that what was planted is not learned; of a class at most this share. */
const ROUNDS = 2;
const TRUSTED_CHANCE = 0.5;
const MOST_DISTRUSTED = 0.3;

export interface HostEvidence {
  /** [sample, class]: the share of samples with the label among those whose rest speaks for it as much, the part left out that speaks most for it. */
  readonly chances: Float32Array;
  /** The same a variant of {@link hostFeatures}: of the whole, and without each pair of parts. */
  readonly chancesWithout: readonly Float32Array[];
  /** [sample, class]: what the whole sample looks like. */
  readonly scores: Float32Array;
  /** Share of the samples whose label the whole sample looks most like. */
  readonly accuracy: number;
}

/**
 * What the rest of each series says of its label: ridge regressions on {@link hostFeatures}, each fitted without the fold it is asked about and blind to one part of the time, on all features, on those of places and on the
 * others. A series speaks for a label as much as it does without the part that speaks most for it, and what that is worth is read from how often it was right (isotonic regression). Undefined when
 * `goOn` said no.
 */
export function hostEvidence(table: SeriesTable, classCount: number, random: RandomSource, goOn: (share: number) => boolean): HostEvidence | undefined {
  const count = table.ids.length;
  const { width, placed, write } = hostFeatures(table, random);
  const fold = stratifiedFolds(table.labels, FOLDS, random);
  const stride = Math.ceil(count / MAX_TRAINING);
  const training = random.shuffle(Array.from({ length: count }, (_, row) => row)).filter((_, at) => at % stride === 0);
  const written = new Float32Array(VARIANTS * width);
  const x = Array.from({ length: VARIANTS }, () => new Float32Array(training.length * width));
  for (const [at, row] of training.entries()) {
    if (at % 256 === 0 && !goOn((0.2 * at) / training.length)) return undefined;
    write(row, written);
    for (const [variant, own] of x.entries()) own.set(written.subarray(variant * width, (variant + 1) * width), at * width);
  }
  const scales = x.map((own) => standardize(own, width));
  const labels = training.map((row) => table.labels[row] as number);
  const views = [{ from: 0, to: width }, { from: 0, to: placed }, { from: placed, to: width }];

  let isTrusted = training.map(() => true);
  for (let round = 1; ; round += 1) {
    const folds = training.map((row, at) => (isTrusted[at] === true ? (fold[row] as number) : -1));
    const classifiers: (readonly CrossFittedRidge[])[] = [];
    for (const own of x) {
      if (!goOn(0.3)) return undefined;
      const chosen = classifiers[0]?.[0]?.ridge;
      classifiers.push(crossFittedRidge({ x: own, width, labels, folds, foldCount: FOLDS, classCount, views, ridges: chosen === undefined ? RIDGES : [chosen] }));
    }
    if (round < ROUNDS) {
      const judged = judge(training, classifiers);
      if (judged === undefined) return undefined;
      const chances = chancesOf(leastOf(judged.margins), labels, classCount);
      isTrusted = trusted(labels, (at) => chances[at * classCount + (labels[at] as number)] as number, classCount);
      continue;
    }
    // Only the last round is asked about all.
    const judged = judge(Array.from({ length: count }, (_, row) => row), classifiers);
    if (judged === undefined) return undefined;
    const chancesWithout: Float32Array[] = [];
    for (const [variant] of x.entries()) {
      if (!goOn(1)) return undefined;
      chancesWithout.push(chancesOf(judged.margins.map((ofView) => ofView[variant] as Float32Array), table.labels, classCount));
    }
    return { chances: chancesOf(leastOf(judged.margins), table.labels, classCount), chancesWithout, scores: judged.scores, accuracy: judged.right / count };
  }

  function judge(rows: readonly number[], classifiers: readonly (readonly CrossFittedRidge[])[]) {
    const margins = views.map(() => x.map(() => new Float32Array(rows.length * classCount)));
    const scores = new Float32Array(rows.length * classCount);
    const mine = new Float64Array(classCount);
    let right = 0;
    for (const [at, row] of rows.entries()) {
      if (at % 256 === 0 && !goOn(0.3 + (0.7 * at) / count)) return undefined;
      write(row, written);
      for (const [variant, ofViews] of classifiers.entries()) {
        applyScale(written, variant * width, width, scales[variant] as Scale);
        for (const [view, classifier] of ofViews.entries()) {
          classifier.score(written, variant * width, fold[row] as number, mine);
          const [best, second] = largestTwo(mine);
          if (view === 0 && variant === 0) {
            scores.set(mine, at * classCount);
            if (mine[table.labels[row] as number] === best) right += 1;
          }
          const own = margins[view]?.[variant] as Float32Array;
          for (let label = 0; label < classCount; label += 1) own[at * classCount + label] = (mine[label] as number) - (mine[label] === best ? second : best);
        }
      }
    }
    return { margins, scores, right };
  }
}

/** By view, the least over the variants. */
function leastOf(margins: readonly (readonly Float32Array[])[]): readonly Float32Array[] {
  return margins.map((ofView) => Float32Array.from(ofView[0] as Float32Array, (_, at) => ofView.reduce((least, one) => Math.min(least, one[at] as number), Infinity)));
}

/** The least of what the views say, each read from how often it was right, and that read once more. */
function chancesOf(margins: readonly Float32Array[], labels: ArrayLike<number>, classCount: number): Float32Array {
  const chances = new Float32Array(labels.length * classCount);
  for (let label = 0; label < classCount; label += 1) {
    const isIt = (row: number): boolean => labels[row] === label;
    const views = margins.map((all) => isotonicShares(Float32Array.from(labels, (_, row) => all[row * classCount + label] as number), isIt));
    const joined = isotonicShares(Float64Array.from(labels, (_, row) => Math.min(...views.map((view) => view[row] as number))), isIt);
    for (let row = 0; row < labels.length; row += 1) chances[row * classCount + label] = joined[row] as number;
  }
  return chances;
}

function trusted(labels: readonly number[], chanceOf: (at: number) => number, classCount: number): boolean[] {
  const limits = Array.from({ length: classCount }, (_, label) => Math.min(TRUSTED_CHANCE, quantile(labels.flatMap((own, at) => (own === label ? [chanceOf(at)] : [])), MOST_DISTRUSTED) ?? 0));
  return labels.map((label, at) => chanceOf(at) >= (limits[label] as number));
}

function largestTwo(values: Float64Array): readonly [number, number] {
  let [best, second] = [-Infinity, -Infinity];
  for (const value of values) {
    if (value > best) [best, second] = [value, best];
    else if (value > second) second = value;
  }
  return [best, second];
}

interface Scale {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/** In place; columns that never vary, or that look at nothing, become 0. */
function standardize(x: Float32Array, width: number): Scale {
  const rows = x.length / width;
  const [mean, deviation] = [new Float64Array(width), new Float64Array(width)];
  for (let at = 0; at < x.length; at += 1) mean[at % width] = (mean[at % width] as number) + (x[at] as number) / rows;
  for (let at = 0; at < x.length; at += 1) deviation[at % width] = (deviation[at % width] as number) + ((x[at] as number) - (mean[at % width] as number)) ** 2 / rows;
  for (let column = 0; column < width; column += 1) deviation[column] = Math.sqrt(deviation[column] as number) || 1;
  for (let row = 0; row < rows; row += 1) applyScale(x, row * width, width, { mean, deviation });
  return { mean, deviation };
}

function applyScale(values: Float32Array, from: number, width: number, { mean, deviation }: Scale): void {
  for (let column = 0; column < width; column += 1) {
    const value = ((values[from + column] as number) - (mean[column] as number)) / (deviation[column] as number);
    values[from + column] = Number.isNaN(value) ? 0 : value;
  }
}
