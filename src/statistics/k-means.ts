import type { RandomSource } from './random.ts';

export interface KMeans {
  /** [k, columns]. */
  readonly centers: Float64Array;
  /** By row of the request, the number of its center. */
  readonly assignment: Int32Array;
  /** Sum of squared distances to the centers. */
  readonly inertia: number;
}

export interface KMeansRequest {
  /** [any, columns], row-major. */
  readonly table: Float32Array;
  readonly columns: number;
  /** Rows of the table that are clustered. */
  readonly rows: ArrayLike<number>;
  readonly k: number;
  readonly random: RandomSource;
  /** Above this many rows, centers are found on random batches of {@link BATCH} rows and the whole is passed over once at the end. */
  readonly exactRows?: number;
}

const MAX_ROUNDS = 100;

/** Starts of the exact method, of which the best counts; scikit-learn's older default is 10, and two clusters need fewer. */
const RESTARTS = 4;

/** Rows a batch of the approximate method, and batches; after that centers move by less than a hundredth of the spread. */
const BATCH = 1024;
const BATCHES = 150;

/** Up to here Lloyd's iterations over everything take less than a second at 512 columns. */
const EXACT_ROWS = 4096;

/**
 * k-means: Lloyd's iterations from k-means++ starts for few rows, mini-batches (Sculley, Web-Scale K-Means Clustering, WWW 2010) for many, whose
 * time is linear in the rows and whose memory beside the table is that of the assignment. Undefined for fewer rows than clusters.
 */
export function kMeans(request: KMeansRequest): KMeans | undefined {
  const { rows, k, exactRows = EXACT_ROWS } = request;
  if (rows.length < k || k < 1) return undefined;
  if (rows.length > exactRows) return bare(assigned(request, miniBatchCenters(request)));
  let best: Assigned | undefined;
  for (let start = 0; start < RESTARTS; start += 1) {
    const found = lloyd(request, seeds(request, rows));
    if (best === undefined || found.inertia < best.inertia) best = found;
  }
  return best === undefined ? undefined : bare(best);
}

function bare({ centers, assignment, inertia }: KMeans): KMeans {
  return { centers, assignment, inertia };
}

function lloyd(request: KMeansRequest, start: Float64Array): Assigned {
  let current = assigned(request, start);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const next = assigned(request, means(request, current), current);
    const settled = !(next.inertia < current.inertia * (1 - 1e-9));
    current = next;
    if (settled) break;
  }
  return current;
}

function means({ columns, k }: KMeansRequest, { sums, counts, centers }: Assigned): Float64Array {
  // A cluster that lost all its rows stays where it was.
  return Float64Array.from({ length: k * columns }, (_, at) => {
    const count = counts[Math.floor(at / columns)] as number;
    return count === 0 ? (centers[at] as number) : (sums[at] as number) / count;
  });
}

/** An assignment with what the next centers are made of, so that a round touches each row once and adds up only rows that moved. */
interface Assigned extends KMeans {
  /** [k, columns]: sums of the rows of each cluster. */
  readonly sums: Float64Array;
  readonly counts: Float64Array;
  /** Sum of the squared lengths of all rows. */
  readonly squares: number;
}

function assigned(request: KMeansRequest, centers: Float64Array, before?: Assigned): Assigned {
  const { table, columns, rows, k } = request;
  const nearestTo = nearestCenter(centers, columns, k);
  const assignment = new Int32Array(rows.length);
  const sums = before === undefined ? new Float64Array(k * columns) : before.sums.slice();
  const counts = before === undefined ? new Float64Array(k) : before.counts.slice();
  let squares = before?.squares ?? 0;
  for (let at = 0; at < rows.length; at += 1) {
    const from = (rows[at] as number) * columns;
    const cluster = nearestTo(table, from);
    assignment[at] = cluster;
    if (before === undefined) squares += squaredLength(table, from, columns);
    const old = before?.assignment[at];
    if (old === cluster) continue;
    add(sums, cluster, counts, table, from, columns, 1);
    if (old !== undefined) add(sums, old, counts, table, from, columns, -1);
  }
  // Σ|x − c|² = Σ|x|² − 2 Σ s·c + Σ n|c|², with s the sum and n the number of a cluster's rows.
  let inertia = squares;
  for (let at = 0; at < centers.length; at += 1) inertia += (centers[at] as number) * ((counts[Math.floor(at / columns)] as number) * (centers[at] as number) - 2 * (sums[at] as number));
  return { centers, assignment, inertia: Math.max(0, inertia), sums, counts, squares };
}

function add(sums: Float64Array, cluster: number, counts: Float64Array, table: Float32Array, from: number, columns: number, sign: 1 | -1): void {
  counts[cluster] = (counts[cluster] as number) + sign;
  const to = cluster * columns;
  for (let c = 0; c < columns; c += 1) sums[to + c] = (sums[to + c] as number) + sign * (table[from + c] as number);
}

/**
 * The nearest of k centers by k − 1 products a row: x is nearer to c than to the first center f where x·(c − f) is above half of |c|² − |f|². Of two
 * that are equally near the first counts.
 */
function nearestCenter(centers: Float64Array, columns: number, k: number): (table: Float32Array, from: number) => number {
  const directions = new Float64Array((k - 1) * columns);
  const halves = new Float64Array(k - 1);
  for (let other = 1; other < k; other += 1) {
    let half = 0;
    for (let c = 0; c < columns; c += 1) {
      const [first, center] = [centers[c] as number, centers[other * columns + c] as number];
      directions[(other - 1) * columns + c] = center - first;
      half += ((center - first) * (center + first)) / 2;
    }
    halves[other - 1] = half;
  }
  return (table, from) => {
    let [cluster, lead] = [0, 0];
    for (let other = 0; other < k - 1; other += 1) {
      const its = product(table, from, directions, other * columns, columns) - (halves[other] as number);
      if (its > lead) [cluster, lead] = [other + 1, its];
    }
    return cluster;
  };
}

/** Four sums at a time: the processor need not wait for one addition before it begins the next. */
function product(table: Float32Array, from: number, direction: Float64Array, to: number, columns: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let at = 0;
  for (; at + 3 < columns; at += 4) {
    a += (table[from + at] as number) * (direction[to + at] as number);
    b += (table[from + at + 1] as number) * (direction[to + at + 1] as number);
    c += (table[from + at + 2] as number) * (direction[to + at + 2] as number);
    d += (table[from + at + 3] as number) * (direction[to + at + 3] as number);
  }
  for (; at < columns; at += 1) a += (table[from + at] as number) * (direction[to + at] as number);
  return a + b + (c + d);
}

function squaredLength(table: Float32Array, from: number, columns: number): number {
  let [a, b] = [0, 0];
  let at = 0;
  for (; at + 1 < columns; at += 2) {
    a += (table[from + at] as number) ** 2;
    b += (table[from + at + 1] as number) ** 2;
  }
  if (at < columns) a += (table[from + at] as number) ** 2;
  return a + b;
}

function squaredDistance(table: Float32Array, from: number, centers: Float64Array, to: number, columns: number): number {
  let sum = 0;
  for (let c = 0; c < columns; c += 1) {
    const difference = (table[from + c] as number) - (centers[to + c] as number);
    sum += difference * difference;
  }
  return sum;
}

/** k-means++ (Arthur and Vassilvitskii 2007): each next center a row drawn with a chance proportional to its squared distance from those before. */
function seeds({ table, columns, k, random }: KMeansRequest, rows: ArrayLike<number>): Float64Array {
  const centers = new Float64Array(k * columns);
  const put = (cluster: number, at: number): void => {
    const from = (rows[at] as number) * columns;
    for (let c = 0; c < columns; c += 1) centers[cluster * columns + c] = table[from + c] as number;
  };
  put(0, random.integer(rows.length));
  const distances = new Float64Array(rows.length);
  for (let cluster = 1; cluster < k; cluster += 1) {
    let total = 0;
    for (let at = 0; at < rows.length; at += 1) {
      // Only the newest center can be nearer than those before.
      const distance = squaredDistance(table, (rows[at] as number) * columns, centers, (cluster - 1) * columns, columns);
      distances[at] = cluster === 1 ? distance : Math.min(distances[at] as number, distance);
      total += distances[at] as number;
    }
    let left = random.uniform() * total;
    let chosen = rows.length - 1;
    for (let at = 0; at < rows.length; at += 1) {
      left -= distances[at] as number;
      if (left <= 0) {
        chosen = at;
        break;
      }
    }
    put(cluster, chosen);
  }
  return centers;
}

function miniBatchCenters(request: KMeansRequest): Float64Array {
  const { table, columns, rows, k, random } = request;
  const draw = (): Int32Array => Int32Array.from({ length: BATCH }, () => rows[random.integer(rows.length)] as number);
  const centers = lloyd({ ...request, rows: draw() }, seeds(request, draw())).centers;
  const counts = new Float64Array(k).fill(BATCH / k);
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const drawn = draw();
    const nearestTo = nearestCenter(centers, columns, k);
    const nearestOf = drawn.map((row) => nearestTo(table, row * columns));
    for (const [at, row] of drawn.entries()) {
      const cluster = nearestOf[at] as number;
      counts[cluster] = (counts[cluster] as number) + 1;
      const rate = 1 / (counts[cluster] as number);
      for (let c = 0; c < columns; c += 1) {
        const place = cluster * columns + c;
        centers[place] = (centers[place] as number) + rate * ((table[row * columns + c] as number) - (centers[place] as number));
      }
    }
  }
  return centers;
}
