import { argmax } from '../statistics/softmax.ts';
import { stepArms, newArm, changedProbes, type Arm } from './arms.ts';
import type { Search } from './search.ts';

/** Votes fade, so that the map follows the trigger as it changes. */
const FADING = 0.95;

/** An image that still keeps its class votes for its second choice, with less weight than one that moved. */
const UNDECIDED_VOTE = 0.3;

/** Sizes, as shares of the pixels, from large to small; the trigger of an all-to-all backdoor survives all of them. */
const SHARES = [0.25, 0.12, 0.06, 0.03] as const;
const FIRST_STEPS_FACTOR = 4;

/** What one change for all images does to the classes. */
export interface ClassMap {
  readonly bound: number;
  /** Held-out probes that arrive where the learning probes of their class went, and all held-out probes. */
  readonly successes: number;
  readonly trials: number;
  /** Held-out probes whose class changes at all. */
  readonly moved: number;
  /** Perplexity of the destinations of the moved probes: how many classes they spread over. */
  readonly destinations: number;
  /** −1 where a class was not seen. */
  readonly map: Int32Array;
  readonly parameters: Float32Array;
}

/**
 * Searches one change that moves every image out of its class, without a target: first away from the class, then to
 * wherever the images of that class go together. An all-to-one backdoor moves all to one class; a clean model lets itself be
 * moved to the few classes that are near; only an all-to-all backdoor moves each class to a class of its own.
 */
export async function mapClasses(search: Search): Promise<readonly ClassMap[]> {
  const { probes, split, classifier, trigger } = search;
  const { classCount } = classifier;
  const votes = new Float64Array(classCount * classCount);
  const arm: Arm = newArm(search, split.learning, (probe) => {
    const from = probes.predictions[probe] as number;
    const to = destinationOf(votes, classCount, from);
    return to < 0 ? { label: from, weight: -1 } : { label: to, weight: 1 };
  });
  const maps: ClassMap[] = [];
  for (const [stage, share] of SHARES.entries()) {
    const bound = share * probes.height * probes.width;
    const steps = stage === 0 ? FIRST_STEPS_FACTOR * search.steps : search.steps;
    for (let step = 0; step < steps; step += 1) {
      const { drawn, logits } = await stepArms(search, [arm], bound);
      vote(votes, classCount, drawn, logits, probes.predictions);
      if (search.pause((stage + step / steps) / SHARES.length) === 'stop') return maps;
    }
    const changed = changedProbes(trigger, arm.parameters, probes, split.heldOut);
    const after = await classifier.logits(changed, split.heldOut.length);
    maps.push(mapAt(bound, after, votes, search, arm.parameters));
  }
  return maps;
}

function mapAt(bound: number, logits: Float32Array, votes: Float64Array, search: Search, parameters: Float32Array): ClassMap {
  const { classifier: { classCount }, probes, split } = search;
  const destinations = new Float64Array(classCount);
  let [successes, moved] = [0, 0];
  split.heldOut.forEach((probe, row) => {
    const from = probes.predictions[probe] as number;
    const to = argmax(logits.subarray(row * classCount, (row + 1) * classCount)) ?? from;
    if (to === from) return;
    moved += 1;
    destinations[to] = (destinations[to] as number) + 1;
    if (to === destinationOf(votes, classCount, from)) successes += 1;
  });
  const map = Int32Array.from({ length: classCount }, (_, from) => destinationOf(votes, classCount, from));
  return { bound, successes, trials: split.heldOut.length, moved, destinations: perplexity(destinations, moved), map, parameters: Float32Array.from(parameters) };
}

function perplexity(counts: Float64Array, total: number): number {
  if (total === 0) return 0;
  let bits = 0;
  for (const count of counts) if (count > 0) bits -= (count / total) * Math.log2(count / total);
  return 2 ** bits;
}

function vote(votes: Float64Array, classCount: number, drawn: Int32Array, logits: Float32Array, predictions: Int32Array): void {
  for (let index = 0; index < votes.length; index += 1) votes[index] = (votes[index] as number) * FADING;
  drawn.forEach((probe, row) => {
    const from = predictions[probe] as number;
    const scores = logits.subarray(row * classCount, (row + 1) * classCount);
    const to = secondTo(scores, from);
    const index = from * classCount + to;
    votes[index] = (votes[index] as number) + ((scores[to] as number) > (scores[from] as number) ? 1 : UNDECIDED_VOTE);
  });
}

/** The class with the largest logit besides `from`. */
function secondTo(logits: Float32Array, from: number): number {
  let best = from === 0 ? 1 : 0;
  for (let index = 0; index < logits.length; index += 1) if (index !== from && (logits[index] as number) > (logits[best] as number)) best = index;
  return best;
}

/** The class with most votes; −1 without any. */
function destinationOf(votes: Float64Array, classCount: number, from: number): number {
  let best = -1;
  let most = 0;
  for (let to = 0; to < classCount; to += 1) {
    const count = votes[from * classCount + to] as number;
    if (to !== from && count > most) [best, most] = [to, count];
  }
  return best;
}
