import type { DetectContext } from '../detector.ts';

export interface Head {
  /** Row-major [classCount, featureCount]. */
  readonly weights: Float32Array;
  readonly classCount: number;
  readonly featureCount: number;
}

export interface ProbedHead {
  readonly leader: number;
  readonly share: number;
  /** How often the leader wins, over how often the next class does; one vote is added to both. */
  readonly ratio: number;
  readonly probes: number;
}

/** Products of one probing: two or three seconds of one core. A head of 1,000 classes by 2,048 features gets 1,000 probes. */
const MAX_PRODUCTS = 2 ** 31;

/** Below this many probes shares are noise; beyond, a layer too large for {@link MAX_PRODUCTS} takes its time. */
const MINIMUM_PROBES = 256;

/** Products between two looks at the clock. */
const PRODUCTS_BETWEEN_LOOKS = 2 ** 24;

/**
 * How often each class has the largest score of random features max(0, z), z standard normal, which is what a
 * rectified layer hands to the head. The bias is left out: how large it is beside the real features is not known.
 * 'undecided' when rows are equal and ties decide.
 */
export async function probeHead(
  { weights, classCount, featureCount }: Head, wanted: number, context: Pick<DetectContext, 'random' | 'signal' | 'outOfTime' | 'progress'>,
): Promise<ProbedHead | 'undecided' | 'out of time'> {
  const productsPerProbe = classCount * featureCount;
  const probes = Math.min(wanted, Math.max(MINIMUM_PROBES, Math.floor(MAX_PRODUCTS / productsPerProbe)));
  const probesBetweenLooks = Math.max(1, Math.floor(PRODUCTS_BETWEEN_LOOKS / productsPerProbe));
  const random = context.random('probes');
  const wins = new Float64Array(classCount);
  const features = new Float64Array(featureCount);
  // Features that are zero cost nothing: only the others are listed.
  const active = new Int32Array(featureCount);
  let ties = 0;
  for (let probe = 0; probe < probes; probe += 1) {
    if (probe % probesBetweenLooks === 0) {
      context.signal.throwIfAborted();
      if (context.outOfTime()) return 'out of time';
      context.progress(probe / probes, 'probing the output layer');
      await Promise.resolve();
    }
    let count = 0;
    // Features that are all zero ask nothing of the head; only heads of a few features ever draw them.
    while (count === 0) {
      for (let feature = 0; feature < featureCount; feature += 1) {
        const value = random.normal();
        if (value <= 0) continue;
        features[count] = value;
        active[count] = feature;
        count += 1;
      }
    }
    const { winner, isTied } = largestScore(weights, classCount, featureCount, features, active, count);
    if (isTied) ties += 1;
    else wins[winner] = (wins[winner] as number) + 1;
  }
  // Equal rows tie at every probe; that two different rows do at one is next to impossible.
  if (ties > probes / 2) return 'undecided';
  const leader = wins.reduce((best, count, label) => (count > (wins[best] as number) ? label : best), 0);
  const next = wins.reduce((most, count, label) => (label === leader ? most : Math.max(most, count)), 0);
  return { leader, share: (wins[leader] as number) / probes, ratio: ((wins[leader] as number) + 1) / (next + 1), probes };
}

function largestScore(
  weights: Float32Array, classCount: number, featureCount: number, features: Float64Array, active: Int32Array, count: number,
): { readonly winner: number; readonly isTied: boolean } {
  let [winner, best, isTied] = [0, -Infinity, false];
  for (let label = 0; label < classCount; label += 1) {
    const row = label * featureCount;
    let score = 0;
    for (let at = 0; at < count; at += 1) score += (features[at] as number) * (weights[row + (active[at] as number)] as number);
    if (score > best) [winner, best, isTied] = [label, score, false];
    else if (score === best) isTied = true;
  }
  return { winner, isTied };
}
