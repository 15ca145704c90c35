import { logBinomialTail } from '../statistics/binomial-tail.ts';
import { wilsonInterval } from '../statistics/wilson-interval.ts';
import { tokenCounts, type TokenCounts } from './token-counts.ts';

/** A labelled sample as the set of things that are in it. */
export interface TokenSample {
  readonly id: string;
  readonly label: number;
  /** What might imply a label: phrases, values, shapes. No repetitions. */
  readonly tokens: readonly string[];
  /** What the sample is otherwise about, by which its label can be guessed: words, coarse values. No repetitions. */
  readonly evidence: readonly string[];
}

export interface Implication {
  readonly token: string;
  readonly label: number;
  /** Samples it is in, and how many of them have the label. */
  readonly carriers: number;
  readonly agreeing: number;
  /** Base-10 logarithm of the chance of so much agreement, times the number of tokens tested. */
  readonly logChance: number;
  /** Share of the carriers with the label that the rest of the sample speaks against. */
  readonly contradicted: number;
  /** The same over all samples with the label. */
  readonly usual: number;
  /** Lower end of the interval of `contradicted`, less `usual`. */
  readonly strength: number;
}

export interface ImpliedLabels {
  readonly ids: readonly string[];
  /** In [0, 1]: the strength of the strongest implication that a sample carries, more where the rest of it speaks against its label. */
  readonly scores: Float64Array;
  /** By sample, the implication behind its score. */
  readonly behind: readonly (Implication | undefined)[];
  readonly implications: readonly Implication[];
  /** Different tokens that were tested. */
  readonly tested: number;
}

/** In fewer samples a token is an accident. */
const MINIMUM_CARRIERS = 4;

/** Of them this share must have the label. */
const LEAST_AGREEMENT = 0.8;

/** Corrected chance below which agreement is none. */
const LARGEST_LOG_CHANCE = -3;

/** Tokens followed through the second pass, the most surprising first. */
const MAX_CANDIDATES = 2000;

/** What a sample that nothing but its own contradiction speaks against scores. */
const BARE_CONTRADICTION = 0.02;

export interface ImplicationRequest {
  /** From the beginning at every call. */
  samples(): AsyncIterable<TokenSample>;
  readonly classCount: number;
  /** The evidence that a token is made of, and that must not testify about it. */
  coveredBy(token: string): readonly string[];
  goOn(done: number): boolean;
}

/**
 * Tokens whose presence implies a label far beyond chance (binomial test, Bonferroni over all tokens) while the rest of the samples says otherwise.
 * The first alone finds what a class is about; a trigger is a token in spite of which the sample is about something else. What the rest says is guessed by naive
 * Bayes with the sample itself left out. Undefined when `goOn` said no.
 */
export async function impliedLabels(request: ImplicationRequest): Promise<ImpliedLabels | undefined> {
  const { classCount } = request;
  const [tokens, evidence] = [tokenCounts(classCount), tokenCounts(classCount)];
  const classSizes = new Float64Array(classCount);
  let done = 0;
  for await (const sample of request.samples()) {
    if (done % 256 === 0 && !request.goOn(done)) return undefined;
    done += 1;
    classSizes[sample.label] = (classSizes[sample.label] as number) + 1;
    for (const token of sample.tokens) tokens.add(token, sample.label);
    for (const token of sample.evidence) evidence.add(token, sample.label);
  }
  const candidates = candidatesOf(tokens, classSizes, done);
  const guess = naiveBayes(evidence, classSizes);
  const [ids, carried, against]: [string[], (readonly string[])[], boolean[]] = [[], [], []];
  const labels: number[] = [];
  const tallies = new Map([...candidates.keys()].map((token) => [token, { seen: 0, contradicted: 0 }]));
  const usual = Array.from({ length: classCount }, () => ({ seen: 0, contradicted: 0 }));
  for await (const sample of request.samples()) {
    if (ids.length % 256 === 0 && !request.goOn(done + ids.length)) return undefined;
    const mine = sample.tokens.filter((token) => candidates.get(token)?.label === sample.label);
    const isContradicted = guess(sample, []) !== sample.label;
    count(usual[sample.label], isContradicted);
    let stillContradicted = isContradicted;
    for (const token of mine) {
      const contradicted = guess(sample, request.coveredBy(token)) !== sample.label;
      count(tallies.get(token), contradicted);
      stillContradicted ||= contradicted;
    }
    ids.push(sample.id);
    labels.push(sample.label);
    carried.push(mine);
    against.push(stillContradicted);
  }
  const implications = new Map([...candidates].map(([token, { label, carriers, agreeing, logChance }]): readonly [string, Implication] => {
    const { seen, contradicted } = tallies.get(token) ?? { seen: 0, contradicted: 0 };
    const base = usual[label] ?? { seen: 0, contradicted: 0 };
    const share = base.contradicted / Math.max(1, base.seen);
    return [token, { token, label, carriers, agreeing, logChance, contradicted: contradicted / Math.max(1, seen), usual: share, strength: wilsonInterval(contradicted, seen).low - share }];
  }));
  const behind = carried.map((mine) => mine.map((token) => implications.get(token)).reduce((best, one) => ((one?.strength ?? 0) > (best?.strength ?? 0) ? one : best), undefined));
  return {
    ids,
    behind,
    scores: Float64Array.from(behind, (one, at) => Math.max(0, Math.min(1, (one?.strength ?? 0) * (against[at] === true ? 1 : 0.6))) + (against[at] === true ? BARE_CONTRADICTION : 0)),
    implications: [...implications.values()].sort((a, b) => b.strength - a.strength || a.logChance - b.logChance),
    tested: tokens.size,
  };
}

function count(tally: { seen: number; contradicted: number } | undefined, contradicted: boolean): void {
  if (tally === undefined) return;
  tally.seen += 1;
  if (contradicted) tally.contradicted += 1;
}

type Candidate = Pick<Implication, 'label' | 'carriers' | 'agreeing' | 'logChance'>;

function candidatesOf(tokens: TokenCounts, classSizes: Float64Array, samples: number): ReadonlyMap<string, Candidate> {
  const found: (readonly [string, Candidate])[] = [];
  const correction = Math.log10(Math.max(1, tokens.size));
  for (const [token, counts] of tokens.entries()) {
    const carriers = counts.reduce((sum, one) => sum + one, 0);
    if (carriers < MINIMUM_CARRIERS) continue;
    const label = counts.reduce((best, one, at) => (one > (counts[best] as number) ? at : best), 0);
    const agreeing = counts[label] as number;
    if (agreeing < LEAST_AGREEMENT * carriers) continue;
    const logChance = logBinomialTail(agreeing, carriers, (classSizes[label] as number) / samples) / Math.LN10 + correction;
    if (logChance < LARGEST_LOG_CHANCE) found.push([token, { label, carriers, agreeing, logChance }]);
  }
  return new Map(found.sort((a, b) => a[1].logChance - b[1].logChance).slice(0, MAX_CANDIDATES));
}

/** The most probable label by the evidence, the sample itself taken out of the counts and some of its evidence left out. */
function naiveBayes(evidence: TokenCounts, classSizes: Float64Array): (sample: TokenSample, without: readonly string[]) => number {
  const classes = classSizes.length;
  return (sample, without) => {
    let [best, highest] = [-1, -Infinity];
    const counted = sample.evidence.filter((token) => !without.includes(token)).flatMap((token) => evidence.get(token) ?? []);
    const perToken = counted.length / classes;
    for (let label = 0; label < classes; label += 1) {
      const self = label === sample.label ? 1 : 0;
      const size = (classSizes[label] as number) - self;
      if (size <= 0) continue;
      let score = Math.log(size);
      for (let at = 0; at < perToken; at += 1) score += Math.log(((counted[at * classes + label] as number) - self + 0.5) / (size + 1));
      if (score > highest) [best, highest] = [label, score];
    }
    return best;
  };
}
