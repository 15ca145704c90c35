/** Price of a row on the wrong side where both labels have as many; the rarer one's costs more. With standardized features and a kernel of unit width, one is the common choice. */
const COST = 1;

/** How far the most violating pair may be from the optimum. */
const TOLERANCE = 1e-4;

/** Steps after which an optimum that rounding hides is not looked for any further, times the number of rows. */
const MAX_STEPS_PER_ROW = 1_000;

/**
 * Support vector machine with the kernel exp(−‖a − b‖² / features) on standardized features (Cortes and Vapnik 1995), trained by
 * sequential minimal optimization on the most violating pair (Keerthi, Shevade, Bhattacharyya, Murthy 2001). `labels` are
 * 0 or 1, one a row of `data`. The answer for a row is the decision value through a logistic curve, so that 0.5 is the
 * boundary; it is an order, not a calibrated probability. No chance in it. Throws RangeError without rows of both labels.
 */
export function supportVectorMachine(data: readonly Float64Array[], labels: ArrayLike<number>): (row: Float64Array) => number {
  if (new Set(Array.from(labels)).size < 2 || data.length !== labels.length) throw new RangeError('A support vector machine needs rows of both labels.');
  const standardize = standardizing(data);
  const rows = data.map(standardize);
  const signs = Float64Array.from(labels, (label) => (label === 1 ? 1 : -1));
  const kernel = rows.map((one) => Float64Array.from(rows, (other) => similarity(one, other)));
  const ones = Array.from(labels).filter((label) => label === 1).length;
  const costs = Float64Array.from(labels, (label) => (COST * labels.length) / (2 * (label === 1 ? ones : labels.length - ones)));
  const { weights, offset } = optimize(kernel, signs, costs);
  return (row) => {
    const standardized = standardize(row);
    let value = offset;
    for (const [at, one] of rows.entries()) if (weights[at] !== 0) value += (weights[at] as number) * (signs[at] as number) * similarity(one, standardized);
    return 1 / (1 + Math.exp(-2 * value));
  };
}

function optimize(kernel: readonly Float64Array[], signs: Float64Array, costs: Float64Array): { readonly weights: Float64Array; readonly offset: number } {
  const count = signs.length;
  const weights = new Float64Array(count);
  // Gradient of ½ αᵀQα − Σα: minus one everywhere while all weights are zero.
  const gradient = new Float64Array(count).fill(-1);
  for (let step = 0; step < MAX_STEPS_PER_ROW * count; step += 1) {
    const [up, low] = mostViolating(weights, gradient, signs, costs);
    if (up === undefined || low === undefined) break;
    const [i, j] = [up.row, low.row];
    if (up.value - low.value < TOLERANCE) break;
    const [ki, kj] = [kernel[i] as Float64Array, kernel[j] as Float64Array];
    const [yi, yj] = [signs[i] as number, signs[j] as number];
    const curvature = Math.max((ki[i] as number) + (kj[j] as number) - 2 * (ki[j] as number), 1e-12);
    // Along y_i·α_i + t, y_j·α_j − t both weights stay between zero and the cost.
    const room = Math.min(yi > 0 ? (costs[i] as number) - (weights[i] as number) : (weights[i] as number), yj > 0 ? (weights[j] as number) : (costs[j] as number) - (weights[j] as number));
    const t = Math.min((up.value - low.value) / curvature, room);
    weights[i] = clipped((weights[i] as number) + yi * t, costs[i] as number);
    weights[j] = clipped((weights[j] as number) - yj * t, costs[j] as number);
    for (let row = 0; row < count; row += 1) gradient[row] = (gradient[row] as number) + (signs[row] as number) * t * ((ki[row] as number) - (kj[row] as number));
  }
  const [up, low] = mostViolating(weights, gradient, signs, costs);
  return { weights, offset: ((up?.value ?? 0) + (low?.value ?? 0)) / 2 };
}

/** Rounding must not leave a weight next to a bound, where it would count as free for ever. */
function clipped(weight: number, cost: number): number {
  if (weight < 1e-12) return 0;
  return weight > cost - 1e-12 ? cost : weight;
}

interface Violator {
  readonly row: number;
  readonly value: number;
}

function mostViolating(weights: Float64Array, gradient: Float64Array, signs: Float64Array, costs: Float64Array): [Violator | undefined, Violator | undefined] {
  let up: Violator | undefined;
  let low: Violator | undefined;
  for (let row = 0; row < signs.length; row += 1) {
    const [weight, sign, cost] = [weights[row] as number, signs[row] as number, costs[row] as number];
    const value = -sign * (gradient[row] as number);
    if ((sign > 0 ? weight < cost : weight > 0) && (up === undefined || value > up.value)) up = { row, value };
    if ((sign > 0 ? weight > 0 : weight < cost) && (low === undefined || value < low.value)) low = { row, value };
  }
  return [up, low];
}

function similarity(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += ((a[at] as number) - (b[at] as number)) ** 2;
  return Math.exp(-sum / Math.max(1, a.length));
}

/** Mean zero and deviation one by the training rows; a feature that does not vary is zero. */
function standardizing(data: readonly Float64Array[]): (row: Float64Array) => Float64Array {
  const width = data[0]?.length ?? 0;
  const column = (feature: number): number[] => data.map((row) => row[feature] as number);
  const means = Float64Array.from({ length: width }, (_, feature) => column(feature).reduce((sum, value) => sum + value, 0) / data.length);
  const deviations = Float64Array.from({ length: width }, (_, feature) => Math.sqrt(column(feature).reduce((sum, value) => sum + (value - (means[feature] as number)) ** 2, 0) / data.length));
  return (row) => row.map((value, feature) => (deviations[feature] === 0 ? 0 : (value - (means[feature] as number)) / (deviations[feature] as number)));
}
