import type { Result } from '../../src/report.ts';
import { rocAuc } from '../../src/statistics/roc-auc.ts';
import { wilsonInterval } from '../../src/statistics/wilson-interval.ts';
import type { MeasuredModel, ZooModel } from './measure-models.ts';

/** What the table says of one detector over a set of models. */
export interface Summary {
  readonly detector: string;
  readonly detected: Rate;
  readonly falsePositives: Rate;
  readonly named: Rate;
  readonly auc: { readonly value: number; readonly low: number; readonly high: number } | undefined;
  readonly undecided: number;
  readonly medianSeconds: number;
  readonly mostSeconds: number;
}

export interface Rate {
  readonly count: number;
  readonly of: number;
  /** Wilson, 95 %. */
  readonly low: number;
  readonly high: number;
}

/** One model as one detector, or the peer, saw it. */
export interface Seen {
  readonly row: ZooModel;
  readonly isFlagged: boolean;
  /** Models that could not be measured rank with the least suspicious ones: nobody was warned. */
  readonly score: number;
  readonly targetClass: number | undefined;
  readonly isUndecided: boolean;
  readonly seconds: number;
}

export function seenBy(detector: string, models: readonly MeasuredModel[]): readonly Seen[] {
  return models.flatMap(({ row, results }) => {
    const result = results.find((one) => one.detector === detector);
    return result === undefined ? [] : [seen(row, result)];
  });
}

function seen(row: ZooModel, result: Result): Seen {
  return {
    row,
    isFlagged: result.outcome === 'flagged',
    score: result.score ?? 0,
    targetClass: result.observations[0]?.location.targetClass,
    isUndecided: result.outcome === 'inconclusive' || result.outcome === 'error',
    seconds: result.seconds,
  };
}

export function summarize(detector: string, all: readonly Seen[]): Summary {
  const bad = all.filter(({ row }) => row.backdoored);
  const good = all.filter(({ row }) => !row.backdoored);
  const flagged = bad.filter(({ isFlagged }) => isFlagged);
  const oneTarget = flagged.filter(({ row }) => row.attack?.mode === 'all2one');
  const ranking = rocAuc(bad.map(({ score }) => score), good.map(({ score }) => score));
  const seconds = all.map((one) => one.seconds).sort((a, b) => a - b);
  return {
    detector,
    detected: rate(flagged.length, bad.length),
    falsePositives: rate(good.filter(({ isFlagged }) => isFlagged).length, good.length),
    named: rate(oneTarget.filter(({ row, targetClass }) => targetClass === row.attack?.target).length, oneTarget.length),
    auc: ranking === undefined ? undefined : { value: ranking.auc, low: ranking.interval.low, high: ranking.interval.high },
    undecided: all.filter(({ isUndecided }) => isUndecided).length,
    medianSeconds: seconds[seconds.length >> 1] ?? 0,
    mostSeconds: seconds.at(-1) ?? 0,
  };
}

/** Detection by one property of the models, such as attack kind or architecture. */
export function summarizeBy(all: readonly Seen[], property: (row: ZooModel) => string): ReadonlyMap<string, Pick<Summary, 'detected' | 'falsePositives'>> {
  const groups = new Map<string, Seen[]>();
  for (const one of all) groups.set(property(one.row), [...(groups.get(property(one.row)) ?? []), one]);
  return new Map(
    [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, members]) => {
      const { detected, falsePositives } = summarize(name, members);
      return [name, { detected, falsePositives }];
    }),
  );
}

function rate(count: number, of: number): Rate {
  return { count, of, ...wilsonInterval(count, of) };
}
