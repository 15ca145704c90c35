import type { MatrixRows, RowBlock } from '../../onnx/matrix-rows.ts';
import type { RandomSource } from '../../statistics/random.ts';
import type { DetectContext } from '../detector.ts';

export interface ProbedHead {
  readonly leader: number;
  readonly share: number;
  /** How often the leader wins, over how often the next class does; one vote is added to both. */
  readonly ratio: number;
  readonly probes: number;
}

/** Products of one probing: one or two seconds of one core. A head of 1,000 classes by 2,048 features gets 1,000 probes. */
const MAX_PRODUCTS = 2 ** 31;

/** Below this many probes shares are noise; beyond, a layer too large for {@link MAX_PRODUCTS} takes its time. */
const MINIMUM_PROBES = 256;

/** Products between two looks at the clock. */
const PRODUCTS_BETWEEN_LOOKS = 2 ** 24;

/** Features that are drawn at once: 24 MiB. The layer is read once for all probes of no more, so a layer larger than a block of rows is read once as a rule. */
const MAX_DRAWN_FEATURES = 2 ** 21;

/**
 * How often each class has the largest score of random features max(0, z), z standard normal, which is what a
 * rectified layer hands to the head. The bias is left out: how large it is beside the real features is not known.
 * 'undecided' when rows are equal and ties decide. `onRows` is given every block of the layer once, before it is probed; where it
 * answers false the layer is not probed.
 */
export async function probeHead(
  weights: MatrixRows, wanted: number, context: Pick<DetectContext, 'random' | 'signal' | 'outOfTime' | 'progress'>, onRows: (block: RowBlock) => boolean = () => true,
): Promise<ProbedHead | 'undecided' | 'out of time' | 'refused'> {
  const { rowCount: classCount, columnCount: featureCount } = weights;
  const probes = Math.min(wanted, Math.max(MINIMUM_PROBES, Math.floor(MAX_PRODUCTS / (classCount * featureCount))));
  const random = context.random('probes');
  const wins = new Float64Array(classCount);
  const drawn = Math.max(1, Math.min(probes, Math.floor(MAX_DRAWN_FEATURES / featureCount)));
  let ties = 0;
  let productsToLook = 0;
  for (let done = 0; done < probes; done += drawn) {
    const inputs = drawInputs(random, Math.min(drawn, probes - done), featureCount);
    const leads = inputs.map((): Lead => ({ winner: 0, best: -Infinity, isTied: false }));
    for await (const block of weights.blocks()) {
      if (done === 0 && !onRows(block)) return 'refused';
      for (const [at, input] of inputs.entries()) {
        if (productsToLook <= 0) {
          context.signal.throwIfAborted();
          if (context.outOfTime()) return 'out of time';
          context.progress((done + (inputs.length * block.first + at * block.count) / classCount) / probes, 'probing the output layer');
          await Promise.resolve();
          productsToLook = PRODUCTS_BETWEEN_LOOKS;
        }
        productsToLook -= block.values.length;
        follow(leads[at] as Lead, block, featureCount, input);
      }
    }
    for (const { winner, isTied } of leads) {
      if (isTied) ties += 1;
      else wins[winner] = (wins[winner] as number) + 1;
    }
  }
  // Equal rows tie at every probe; that two different rows do at one is next to impossible.
  if (ties > probes / 2) return 'undecided';
  const leader = wins.reduce((best, count, label) => (count > (wins[best] as number) ? label : best), 0);
  const next = wins.reduce((most, count, label) => (label === leader ? most : Math.max(most, count)), 0);
  return { leader, share: (wins[leader] as number) / probes, ratio: ((wins[leader] as number) + 1) / (next + 1), probes };
}

/** Features that are zero cost nothing: only the others are listed, in their order. */
interface Input {
  readonly features: Float64Array;
  /** Number of each. */
  readonly active: Int32Array;
}

function drawInputs(random: RandomSource, count: number, featureCount: number): readonly Input[] {
  const [features, active] = [new Float64Array(featureCount), new Int32Array(featureCount)];
  return Array.from({ length: count }, () => {
    let listed = 0;
    // Features that are all zero ask nothing of the head; only heads of a few features ever draw them.
    while (listed === 0) {
      for (let feature = 0; feature < featureCount; feature += 1) {
        const value = random.normal();
        if (value <= 0) continue;
        features[listed] = value;
        active[listed] = feature;
        listed += 1;
      }
    }
    return { features: features.slice(0, listed), active: active.slice(0, listed) };
  });
}

interface Lead {
  winner: number;
  best: number;
  isTied: boolean;
}

/**
 * Goes on with the search for the largest score of one input. Four rows at a time, because a sum waits for its last addition and four
 * do not wait for each other; each score is added up feature by feature all the same.
 */
function follow(lead: Lead, { first, count, values }: RowBlock, featureCount: number, { features, active }: Input): void {
  const listed = features.length;
  let row = 0;
  for (; row + 4 <= count; row += 4) {
    const from = row * featureCount;
    const [second, third, fourth] = [from + featureCount, from + 2 * featureCount, from + 3 * featureCount];
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let at = 0; at < listed; at += 1) {
      const feature = features[at] as number;
      const column = active[at] as number;
      a += feature * (values[from + column] as number);
      b += feature * (values[second + column] as number);
      c += feature * (values[third + column] as number);
      d += feature * (values[fourth + column] as number);
    }
    take(lead, first + row, a);
    take(lead, first + row + 1, b);
    take(lead, first + row + 2, c);
    take(lead, first + row + 3, d);
  }
  for (; row < count; row += 1) {
    let score = 0;
    for (let at = 0; at < listed; at += 1) score += (features[at] as number) * (values[row * featureCount + (active[at] as number)] as number);
    take(lead, first + row, score);
  }
}

function take(lead: Lead, label: number, score: number): void {
  if (score > lead.best) {
    lead.winner = label;
    lead.best = score;
    lead.isTied = false;
  } else if (score === lead.best) lead.isTied = true;
}
