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
  if (rows.length > exactRows) return assigned(request, miniBatchCenters(request));
  let best: KMeans | undefined;
  for (let start = 0; start < RESTARTS; start += 1) {
    const found = lloyd(request, seeds(request, rows));
    if (best === undefined || found.inertia < best.inertia) best = found;
  }
  return best;
}

function lloyd(request: KMeansRequest, start: Float64Array): KMeans {
  let current = assigned(request, start);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const next = assigned(request, means(request, current));
    const settled = !(next.inertia < current.inertia * (1 - 1e-9));
    current = next;
    if (settled) break;
  }
  return current;
}

function means({ table, columns, rows, k }: KMeansRequest, { assignment, centers }: KMeans): Float64Array {
  const sums = new Float64Array(k * columns);
  const counts = new Float64Array(k);
  for (let at = 0; at < rows.length; at += 1) {
    const cluster = assignment[at] as number;
    const from = (rows[at] as number) * columns;
    counts[cluster] = (counts[cluster] as number) + 1;
    for (let c = 0; c < columns; c += 1) sums[cluster * columns + c] = (sums[cluster * columns + c] as number) + (table[from + c] as number);
  }
  // A cluster that lost all its rows stays where it was.
  return sums.map((sum, at) => ((counts[Math.floor(at / columns)] as number) === 0 ? (centers[at] as number) : sum / (counts[Math.floor(at / columns)] as number)));
}

function assigned({ table, columns, rows, k }: KMeansRequest, centers: Float64Array): KMeans {
  const assignment = new Int32Array(rows.length);
  let inertia = 0;
  for (let at = 0; at < rows.length; at += 1) {
    const { cluster, distance } = nearest(table, (rows[at] as number) * columns, centers, columns, k);
    assignment[at] = cluster;
    inertia += distance;
  }
  return { centers, assignment, inertia };
}

function nearest(table: Float32Array, from: number, centers: Float64Array, columns: number, k: number): { readonly cluster: number; readonly distance: number } {
  let [cluster, distance] = [0, Infinity];
  for (let candidate = 0; candidate < k; candidate += 1) {
    const to = candidate * columns;
    let sum = 0;
    for (let c = 0; c < columns; c += 1) {
      const difference = (table[from + c] as number) - (centers[to + c] as number);
      sum += difference * difference;
    }
    if (sum < distance) [cluster, distance] = [candidate, sum];
  }
  return { cluster, distance };
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
      distances[at] = nearest(table, (rows[at] as number) * columns, centers, columns, cluster).distance;
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
    const nearestOf = drawn.map((row) => nearest(table, row * columns, centers, columns, k).cluster);
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
