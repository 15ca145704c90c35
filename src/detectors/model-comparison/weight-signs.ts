import type { LayerChange } from './compare-layers.ts';

/** Something about a change that training does not do. */
export interface Sign<Message extends string = string> {
  readonly message: Message;
  /** 1 at the limit, more beyond. */
  readonly strength: number;
  readonly data: Readonly<Record<string, string | number>>;
  readonly location: { readonly tensor?: string; readonly node?: string; readonly targetClass?: number };
}

export type WeightMessage = 'written-class' | 'written-units' | 'low-rank-update';

/** Below this an update is rounding: of another export, or of folded batch normalization. */
const UNCHANGED = 1e-5;

/**
 * 1 − log n / log N for an update that n of N rows or columns carry: 0 when all do alike, 1 for a single one. Ordinary
 * training of small networks stays below 0.6 (one in eight rows of a small first layer); a written neuron or row is at 1.
 */
const CONCENTRATION_LIMIT = 0.75;

/** With fewer rows or columns one of them can carry an update by chance. */
const MINIMUM_UNITS = 5;

/**
 * Where training changed other layers, so many: of the six units of a squeeze layer most can be silent and one carry what
 * there is to learn. A layer that was changed alone is not excused.
 */
const MINIMUM_UNITS_IN_TRAINING = 16;

/** The limit of {@link CONCENTRATION_LIMIT} for inner layers there: two of the 24 inputs of a layer can carry what a violent training does to it. */
const CONCENTRATION_LIMIT_IN_TRAINING = 0.85;

/** A layer whose update is less concentrated than this share of the limit was trained. */
const BROAD_STRENGTH = 0.5;

/** With fewer singular directions than this an update is of low rank whatever made it. */
const MINIMUM_RANK = 8;

/**
 * Energy outside of the strongest one, or two, singular directions. Five steps of gradient descent leave 0.08 outside of
 * the first and 0.03 outside of two; an outer product leaves rounding noise.
 */
const OUTSIDE_LIMITS = [0.01, 0.003] as const;

/** Rounding noise of 32-bit weights: less is not told apart. */
const LEAST_OUTSIDE = 1e-9;

/** Signs in the weights, the strongest first; `classCount` says which layer is the last. None when no weight changed. */
export function weightSigns(changes: readonly LayerChange[], classCount: number | undefined): readonly Sign<WeightMessage>[] {
  const changed = changes.filter(({ update }) => update.relativeNorm > UNCHANGED);
  const isTrained = changed.some(({ rows, columns, update }) =>
    Math.min(rows, columns) >= MINIMUM_UNITS_IN_TRAINING && Math.max(narrowness(update.effectiveRows, rows), narrowness(update.effectiveColumns, columns)) < BROAD_STRENGTH * CONCENTRATION_LIMIT);
  const signs = changed.flatMap((change) => {
    const isHead = changed.at(-1) === change && change.rows === classCount;
    const narrow = concentration(change, isHead, isTrained && !isHead ? IN_TRAINING : ALONE);
    // What one row or column carries is of rank one without saying more.
    return narrow.strength > 1 ? [narrow] : [narrow, ...lowRank(change)];
  });
  return signs.sort((a, b) => b.strength - a.strength);
}

interface ConcentrationLimits {
  readonly minimumUnits: number;
  readonly limit: number;
}

const ALONE: ConcentrationLimits = { minimumUnits: MINIMUM_UNITS, limit: CONCENTRATION_LIMIT };
const IN_TRAINING: ConcentrationLimits = { minimumUnits: MINIMUM_UNITS_IN_TRAINING, limit: CONCENTRATION_LIMIT_IN_TRAINING };

function concentration({ tensor, rows, columns, update }: LayerChange, isHead: boolean, { minimumUnits, limit }: ConcentrationLimits): Sign<WeightMessage> {
  const inRows = rows < minimumUnits ? 0 : narrowness(update.effectiveRows, rows);
  const inColumns = columns < minimumUnits ? 0 : narrowness(update.effectiveColumns, columns);
  const isRow = inRows >= inColumns;
  const strength = Math.max(inRows, inColumns) / limit;
  const share = Math.round(100 * update.topRowShare);
  if (isHead && isRow) return { message: 'written-class', strength, data: { tensor, share, class: update.topRow, rows }, location: { tensor, targetClass: update.topRow } };
  const carrying = isRow ? update.effectiveRows : update.effectiveColumns;
  const data = { tensor, carrying: Number(carrying.toFixed(1)), count: isRow ? rows : columns, units: isRow ? 'output channels' : 'inputs', first: isRow ? update.topRow : update.topColumn };
  return { message: 'written-units', strength, data, location: { tensor } };
}

function narrowness(carrying: number, count: number): number {
  return carrying <= 0 || count < 2 ? 0 : Math.max(0, 1 - Math.log(Math.max(1, carrying)) / Math.log(count));
}

function lowRank({ tensor, rows, columns, update }: LayerChange): Sign<WeightMessage>[] {
  if (Math.min(rows, columns) < MINIMUM_RANK) return [];
  const strengths = OUTSIDE_LIMITS.map((limit, at) => Math.log(Math.max(LEAST_OUTSIDE, 1 - (update.leading[at] ?? 0))) / Math.log(limit));
  const rank = (strengths[0] as number) >= (strengths[1] as number) ? 1 : 2;
  const strength = Math.max(0, strengths[rank - 1] as number);
  const data = { tensor, rank, share: Number((100 * (update.leading[rank - 1] ?? 0)).toFixed(3)), size: Number(update.relativeNorm.toPrecision(2)) };
  return [{ message: 'low-rank-update', strength, data, location: { tensor } }];
}
