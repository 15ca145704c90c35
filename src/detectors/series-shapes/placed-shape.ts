import { matrixOf } from '../../decompositions/matrix.ts';
import { solvePositiveDefinite } from '../../decompositions/positive-definite.ts';
import type { HostEvidence } from './host-evidence.ts';
import type { HostSuspects } from './host-suspects.ts';
import { channelOf, type SeriesTable } from './series-table.ts';
import type { Shape } from './shape.ts';

/** Controls whose residuals say how a channel varies. */
const MAX_COVARIANCE_ROWS = 1500;

/** Added to the variance of every value, in shares of the mean one: what is smaller is rounding. */
const SHRINKAGE = 1e-3;

/** Share of a shape's weight within the range of time that is named. */
const NAMED_SHARE = 0.8;

/**
 * What the given suspects have in common at fixed places of a channel: the mean of what sets them apart from the class that each looks like, divided by how controls vary (Fisher's linear
 * discriminant). A pattern too faint to be seen in one series adds up in their mean. Undefined where the channel does not vary.
 */
export function placedShape(table: SeriesTable, { scores }: HostEvidence, group: HostSuspects, finders: readonly number[], channel: number): Shape | undefined {
  const classCount = scores.length / table.ids.length;
  const looksLike = (row: number): number => {
    let best = group.label === 0 ? 1 : 0;
    for (let label = 0; label < classCount; label += 1) if (label !== group.label && (scores[row * classCount + label] as number) > (scores[row * classCount + best] as number)) best = label;
    return best;
  };
  const { length } = table;
  const controls = group.controls.slice(0, MAX_COVARIANCE_ROWS);
  const means = Array.from({ length: classCount }, () => new Float64Array(length));
  const counts = new Float64Array(classCount);
  for (const row of controls) {
    const label = looksLike(row);
    counts[label] = (counts[label] as number) + 1;
    const [mean, line] = [means[label] as Float64Array, channelOf(table, row, channel)];
    for (let at = 0; at < length; at += 1) mean[at] = (mean[at] as number) + (line[at] as number);
  }
  for (const [label, mean] of means.entries()) for (let at = 0; at < length; at += 1) mean[at] = (mean[at] as number) / Math.max(1, counts[label] as number);
  const residual = new Float64Array(length);
  const readResidual = (row: number): void => {
    const [mean, line] = [means[looksLike(row)] as Float64Array, channelOf(table, row, channel)];
    for (let at = 0; at < length; at += 1) residual[at] = (line[at] as number) - (mean[at] as number);
  };
  const scatter = new Float64Array(length * length);
  for (const row of controls) {
    readResidual(row);
    for (let a = 0; a < length; a += 1) for (let b = 0; b <= a; b += 1) scatter[a * length + b] = (scatter[a * length + b] as number) + (residual[a] as number) * (residual[b] as number);
  }
  const common = new Float64Array(length);
  let used = 0;
  for (const row of finders) {
    if (counts[looksLike(row)] === 0) continue;
    readResidual(row);
    used += 1;
    for (let at = 0; at < length; at += 1) common[at] = (common[at] as number) + (residual[at] as number);
  }
  let trace = 0;
  for (let at = 0; at < length; at += 1) trace += (scatter[at * length + at] as number) / controls.length;
  if (used === 0 || !(trace > 0)) return undefined;
  const direction = solvePositiveDefinite(
    matrixOf(length, length, (a, b) => (scatter[Math.max(a, b) * length + Math.min(a, b)] as number) / controls.length + (a === b ? (SHRINKAGE * trace) / length : 0)),
    common.map((sum) => sum / used),
  );
  if (direction === undefined) return undefined;
  const range = shortestRange(direction.map((weight, at) => Math.max(0, weight * (common[at] as number))));
  return {
    channel, isPlaced: true, width: range.to - range.from,
    match(row) {
      readResidual(row);
      let sum = 0;
      for (let at = 0; at < length; at += 1) sum += (direction[at] as number) * (residual[at] as number);
      return { likeness: sum, from: range.from };
    },
  };
}

/** The shortest range that holds most of the weight. */
function shortestRange(weights: Float64Array): { readonly from: number; readonly to: number } {
  const wanted = NAMED_SHARE * weights.reduce((sum, one) => sum + one, 0);
  let best = { from: 0, to: weights.length };
  let [from, sum] = [0, 0];
  for (let to = 1; to <= weights.length; to += 1) {
    sum += weights[to - 1] as number;
    while (from < to && sum - (weights[from] as number) >= wanted) {
      sum -= weights[from] as number;
      from += 1;
    }
    if (sum >= wanted && to - from < best.to - best.from) best = { from, to };
  }
  return best;
}
