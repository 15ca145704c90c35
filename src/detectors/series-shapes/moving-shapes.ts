import { logBinomialTail } from '../../statistics/binomial-tail.ts';
import { channelOf, type SeriesTable } from './series-table.ts';
import type { HostSuspects } from './host-suspects.ts';
import type { Shape } from './shape.ts';

/** Values, and their changes from one to the next, in which a smooth host is small and what was put on it is not. */
const CODINGS = ['values', 'changes'] as const;
type Coding = (typeof CODINGS)[number];

/** Windows of so many values, where three of them fit. */
const WIDTHS = [4, 8, 16, 32];

/** Correlation says what a shape is like, distance also how high it is, the product with a template how much of it there is. */
const LIKENESSES = ['correlation', 'distance', 'product'] as const;
type Likeness = (typeof LIKENESSES)[number];

/** Products of two windows a coding, width and channel that comparing may cost. */
const MAX_CELLS = 3e7;

/** Series compared, at most: those whose windows are looked for, suspects that they may recur in, and controls. */
const MAX_QUERIES = 20;
const MAX_FINDERS = 40;
const MAX_COMPARED_CONTROLS = 60;

/** Windows that recur most among suspects, which are refined; of them so many templates that differ. */
const MAX_WINDOWS = 32;
const MAX_TEMPLATES = 8;
const REFINEMENTS = 2;

/** Templates that correlate more are one. */
const SAME = 0.9;

/** Of a window's energy, in shares of that of the set, below which it is flat and has no shape. */
const FLAT = 1e-4;

interface Window {
  readonly coding: Coding;
  readonly likeness: 'correlation' | 'distance';
  readonly width: number;
  readonly row: number;
  readonly at: number;
  readonly logChance: number;
}

/**
 * Shapes that recur among the given suspects, wherever they stand, and hardly among controls. All windows of some suspects are compared with all of the others by the recurrence of the matrix
 * profile (Zhu et al., Matrix Profile II, ICDM 2016: constant time a pair of windows), those that set suspects apart are averaged with their matches into templates, and each template gives a shape a likeness.
 * `goOn` is asked now and then; undefined when it said no.
 */
export function movingShapes(table: SeriesTable, group: HostSuspects, finders: readonly number[], channel: number, goOn: () => boolean): readonly Shape[] | undefined {
  const { length } = table;
  const shrink = Math.min(1, Math.sqrt(MAX_CELLS / (MAX_QUERIES * (MAX_FINDERS + MAX_COMPARED_CONTROLS) * length ** 2)));
  const atLeast = (count: number): number => Math.max(4, Math.floor(shrink * count));
  const queries = finders.slice(0, atLeast(MAX_QUERIES));
  const others = finders.slice(0, atLeast(MAX_FINDERS));
  const controls = group.controls.slice(0, atLeast(MAX_COMPARED_CONTROLS));
  const found: Window[] = [];
  for (const coding of CODINGS) {
    const coded = new Map([...others, ...controls].map((row) => [row, codedSeries(channelOf(table, row, channel), coding)]));
    for (const width of WIDTHS.filter((one) => 3 * one <= length)) {
      const prepared = new Map([...coded].map(([row, line]) => [row, windowsOf(line, width)]));
      for (const row of queries) {
        if (!goOn()) return undefined;
        found.push(...recurring(row, others.filter((other) => other !== row).map((other) => prepared.get(other) as Windows), controls.map((other) => prepared.get(other) as Windows), prepared.get(row) as Windows, coding));
      }
    }
  }
  const templates: Template[] = [];
  for (const window of [...found].sort((a, b) => a.logChance - b.logChance || a.width - b.width || a.row - b.row || a.at - b.at).slice(0, MAX_WINDOWS)) {
    if (!goOn()) return undefined;
    const template = refined(table, channel, window, others, controls);
    if (templates.some((other) => other.coding === template.coding && other.width === template.width && correlation(other.shape, template.shape) > SAME)) continue;
    templates.push(template);
    if (templates.length === MAX_TEMPLATES) break;
  }
  return templates.flatMap((template) => {
    const matches = new Map<number, Matches>();
    const matchesOf = (row: number): Matches => {
      const known = matches.get(row) ?? bestMatches(codedSeries(channelOf(table, row, channel), template.coding), template.shape);
      matches.set(row, known);
      return known;
    };
    return LIKENESSES.map((likeness): Shape => ({
      channel, isPlaced: false, width: template.width,
      match: (row) => ({ likeness: matchesOf(row)[likeness].likeness, from: matchesOf(row)[likeness].at }),
    }));
  });
}

function codedSeries(line: Float32Array, coding: Coding): Float64Array {
  if (coding === 'values') return Float64Array.from(line);
  return Float64Array.from({ length: line.length - 1 }, (_, at) => (line[at + 1] as number) - (line[at] as number));
}

interface Windows {
  readonly line: Float64Array;
  readonly width: number;
  readonly means: Float64Array;
  /** Sum of squares around the mean. */
  readonly energies: Float64Array;
  /** 1 over its root; 0 where the window is flat. */
  readonly scales: Float64Array;
}

function windowsOf(line: Float64Array, width: number): Windows {
  const count = line.length - width + 1;
  const [means, energies, scales] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  for (let at = 0; at < count; at += 1) {
    let [sum, squares] = [0, 0];
    for (let place = at; place < at + width; place += 1) {
      sum += line[place] as number;
      squares += (line[place] as number) ** 2;
    }
    means[at] = sum / width;
    energies[at] = Math.max(0, squares - (sum * sum) / width);
    scales[at] = (energies[at] as number) > FLAT * width ? 1 / Math.sqrt(energies[at] as number) : 0;
  }
  return { line, width, means, energies, scales };
}

/** The windows of a series that recur in other suspects more than in controls, the most telling of those that overlap. */
function recurring(row: number, suspects: readonly Windows[], controls: readonly Windows[], own: Windows, coding: Coding): readonly Window[] {
  const { width } = own;
  const count = own.means.length;
  const compared = [...suspects, ...controls];
  const correlations = compared.map(() => new Float32Array(count).fill(-1));
  const distances = compared.map(() => new Float32Array(count).fill(-Infinity));
  for (const [at, other] of compared.entries()) compareAll(own, other, correlations[at] as Float32Array, distances[at] as Float32Array);
  const windows: Window[] = [];
  const mine = new Float64Array(suspects.length);
  const theirs = new Float64Array(controls.length);
  for (const [likeness, all] of [['correlation', correlations], ['distance', distances]] as const) {
    const found: Window[] = [];
    for (let at = 0; at < count; at += 1) {
      for (let k = 0; k < mine.length; k += 1) mine[k] = (all[k] as Float32Array)[at] as number;
      for (let k = 0; k < theirs.length; k += 1) theirs[k] = (all[mine.length + k] as Float32Array)[at] as number;
      const { logChance } = separation(mine, theirs);
      if (logChance < 0) found.push({ coding, likeness, width, row, at, logChance });
    }
    const kept: Window[] = [];
    for (const one of found.sort((a, b) => a.logChance - b.logChance || a.at - b.at)) if (kept.every((other) => Math.abs(other.at - one.at) >= width / 2)) kept.push(one);
    windows.push(...kept.slice(0, MAX_WINDOWS / 4));
  }
  return windows;
}

/** For each window of `own` its best match in `other`. Along a diagonal the product of two windows follows from that of the two before. */
function compareAll(own: Windows, other: Windows, correlations: Float32Array, distances: Float32Array): void {
  const { width, line: a, means: meansA, energies: energiesA, scales: scalesA } = own;
  const { line: b, means: meansB, energies: energiesB, scales: scalesB } = other;
  const [countA, countB] = [meansA.length, meansB.length];
  for (let diagonal = 1 - countB; diagonal < countA; diagonal += 1) {
    let [i, j] = [Math.max(0, diagonal), Math.max(0, -diagonal)];
    let product = 0;
    for (let at = 0; at < width; at += 1) product += (a[i + at] as number) * (b[j + at] as number);
    for (;;) {
      const covariance = product - width * (meansA[i] as number) * (meansB[j] as number);
      const correlated = covariance * (scalesA[i] as number) * (scalesB[j] as number);
      if (correlated > (correlations[i] as number)) correlations[i] = correlated;
      const distance = 2 * covariance - (energiesA[i] as number) - (energiesB[j] as number);
      if (distance > (distances[i] as number)) distances[i] = distance;
      i += 1;
      j += 1;
      if (i >= countA || j >= countB) break;
      product += (a[i + width - 1] as number) * (b[j + width - 1] as number) - (a[i - 1] as number) * (b[j - 1] as number);
    }
  }
}

/** How far suspects are above controls, at the best of a few cutoffs: above all controls, all but one, all but three. Sorts both. */
function separation(suspects: Float64Array, controls: Float64Array): { readonly logChance: number; readonly cutoff: number } {
  suspects.sort();
  controls.sort();
  const chance = suspects.length / (suspects.length + controls.length);
  let best = { logChance: 0, cutoff: Infinity };
  for (const beyond of [0, 1, 3]) {
    const cutoff = controls[controls.length - 1 - beyond] as number;
    let above = 0;
    while (above < suspects.length && (suspects[suspects.length - 1 - above] as number) > cutoff) above += 1;
    if (above < 2) continue;
    const logChance = logBinomialTail(above, above + beyond, chance);
    if (logChance < best.logChance) best = { logChance, cutoff };
  }
  return best;
}

interface Template {
  readonly coding: Coding;
  readonly width: number;
  /** Around its mean. */
  readonly shape: Float64Array;
}

/** The mean of a window and its matches among suspects, matched anew with that. */
function refined(table: SeriesTable, channel: number, window: Window, suspects: readonly number[], controls: readonly number[]): Template {
  const { coding, width, likeness } = window;
  const lines = suspects.map((row) => codedSeries(channelOf(table, row, channel), coding));
  const controlLines = controls.map((row) => codedSeries(channelOf(table, row, channel), coding));
  const first = codedSeries(channelOf(table, window.row, channel), coding).slice(window.at, window.at + width);
  let shape = centered(first);
  for (let round = 0; round < REFINEMENTS; round += 1) {
    const matches = lines.map((line) => bestMatches(line, shape)[likeness]);
    const { cutoff } = separation(Float64Array.from(matches, (one) => one.likeness), Float64Array.from(controlLines, (line) => bestMatches(line, shape)[likeness].likeness));
    const mean = new Float64Array(width);
    for (const [at, { likeness: reached, at: place }] of matches.entries()) {
      if (reached <= cutoff) continue;
      for (let k = 0; k < width; k += 1) mean[k] = (mean[k] as number) + ((lines[at] as Float64Array)[place + k] as number);
    }
    const count = matches.filter((one) => one.likeness > cutoff).length;
    if (count < 2) break;
    shape = centered(mean.map((sum) => sum / count));
  }
  return { coding, width, shape };
}

function centered(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}

interface Match {
  readonly likeness: number;
  readonly at: number;
}

type Matches = Readonly<Record<Likeness, Match>>;

/** By likeness, where a series is most like a template that is centered, and how much. */
function bestMatches(line: Float64Array, shape: Float64Array): Matches {
  const width = shape.length;
  const energy = shape.reduce((sum, value) => sum + value * value, 0);
  const scale = energy > FLAT * width ? 1 / Math.sqrt(energy) : 0;
  let [correlated, near, high] = [-Infinity, -Infinity, -Infinity];
  let [correlatedAt, nearAt, highAt] = [0, 0, 0];
  for (let at = 0; at + width <= line.length; at += 1) {
    let [product, sum, squares] = [0, 0, 0];
    for (let k = 0; k < width; k += 1) {
      const value = line[at + k] as number;
      product += value * (shape[k] as number);
      sum += value;
      squares += value * value;
    }
    const own = Math.max(0, squares - (sum * sum) / width);
    const correlation = own > FLAT * width ? (product * scale) / Math.sqrt(own) : 0;
    if (correlation > correlated) [correlated, correlatedAt] = [correlation, at];
    if (2 * product - own - energy > near) [near, nearAt] = [2 * product - own - energy, at];
    if (product * scale > high) [high, highAt] = [product * scale, at];
  }
  return { correlation: { likeness: correlated, at: correlatedAt }, distance: { likeness: near, at: nearAt }, product: { likeness: high, at: highAt } };
}

function correlation(a: Float64Array, b: Float64Array): number {
  let [product, left, right] = [0, 0, 0];
  for (const [at, value] of a.entries()) {
    product += value * (b[at] as number);
    left += value * value;
    right += (b[at] as number) ** 2;
  }
  return left * right === 0 ? 1 : product / Math.sqrt(left * right);
}
