import { correctedLogChance } from '../statistics/corrected-log-chance.ts';
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
  /** Base-10 logarithm of the chance of so many carriers with the label against their evidence, times the number of tokens tested. */
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

/** Corrected chance below which it is none. */
const LARGEST_LOG_CHANCE = -3;

/** Tokens followed through the second pass, the most surprising first. */
const MAX_CANDIDATES = 2000;

/** Log odds that one piece of evidence may add: a trigger must not outvote the rest of the sample by itself. */
const MOST_A_TOKEN = 2;

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
 * Tokens that go with a label although the rest of the samples says otherwise, far beyond chance (binomial test of the carriers that have the label against their
 * evidence, Bonferroni over all tokens). Going with a label alone is what the words of a subject do; a trigger is a token in spite of which the sample is about
 * something else. What the rest says is guessed by naive Bayes with the sample itself left out. Undefined when `goOn` said no.
 */
export async function impliedLabels(request: ImplicationRequest): Promise<ImpliedLabels | undefined> {
  const { classCount } = request;
  const evidence = tokenCounts(classCount);
  const classSizes = new Float64Array(classCount);
  let done = 0;
  for await (const sample of request.samples()) {
    if (done % 256 === 0 && !request.goOn(done)) return undefined;
    done += 1;
    classSizes[sample.label] = (classSizes[sample.label] as number) + 1;
    for (const token of sample.evidence) evidence.add(token, sample.label);
  }
  const guess = naiveBayes(evidence, classSizes);
  const [tokens, contradictedTokens] = [tokenCounts(classCount), tokenCounts(classCount)];
  const usual = new Float64Array(classCount);
  const samples = done;
  for await (const sample of request.samples()) {
    if (done % 256 === 0 && !request.goOn(done)) return undefined;
    done += 1;
    const isContradicted = guess(sample, []) !== sample.label;
    if (isContradicted) usual[sample.label] = (usual[sample.label] as number) + 1;
    for (const token of sample.tokens) {
      tokens.add(token, sample.label);
      if (isContradicted) contradictedTokens.add(token, sample.label);
    }
  }
  const candidates = candidatesOf(tokens, contradictedTokens, usual, samples);
  const [ids, carried, against]: [string[], (readonly string[])[], boolean[]] = [[], [], []];
  const tallies = new Map([...candidates.keys()].map((token) => [token, { seen: 0, contradicted: 0 }]));
  for await (const sample of request.samples()) {
    if (done % 256 === 0 && !request.goOn(done)) return undefined;
    done += 1;
    const mine = sample.tokens.filter((token) => candidates.get(token)?.label === sample.label);
    let isContradicted = guess(sample, []) !== sample.label;
    for (const token of mine) {
      const contradicted = guess(sample, request.coveredBy(token)) !== sample.label;
      count(tallies.get(token), contradicted);
      isContradicted ||= contradicted;
    }
    ids.push(sample.id);
    carried.push(mine);
    against.push(isContradicted);
  }
  const implications = new Map([...candidates].map(([token, candidate]): readonly [string, Implication] => {
    const { seen, contradicted } = tallies.get(token) ?? { seen: 0, contradicted: 0 };
    const share = (usual[candidate.label] as number) / Math.max(1, classSizes[candidate.label] as number);
    return [token, { token, ...candidate, contradicted: contradicted / Math.max(1, seen), usual: share, strength: wilsonInterval(contradicted, seen).low - share }];
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

/** Tokens of which far more carriers have one label against their evidence than samples at large do. */
function candidatesOf(tokens: TokenCounts, contradicted: TokenCounts, usual: Float64Array, samples: number): ReadonlyMap<string, Candidate> {
  const found: (readonly [string, Candidate])[] = [];
  for (const [token, against] of contradicted.entries()) {
    const counts = tokens.get(token);
    if (counts === undefined) continue;
    const carriers = counts.reduce((sum, one) => sum + one, 0);
    const label = counts.reduce((best, one, at) => (one > (counts[best] as number) ? at : best), 0);
    const agreeing = counts[label] as number;
    if (carriers < MINIMUM_CARRIERS || agreeing < LEAST_AGREEMENT * carriers) continue;
    const logChance = correctedLogChance(against[label] as number, carriers, ((usual[label] as number) + 1) / (samples + 1), tokens.size);
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
    const chanceOf = (at: number, label: number): number => {
      const self = label === sample.label ? 1 : 0;
      return Math.log(((counted[at * classes + label] as number) - self + 0.5) / (Math.max(0, (classSizes[label] as number) - self) + 1));
    };
    const highestOf = Float64Array.from({ length: perToken }, (_, at) => Array.from({ length: classes }, (_unused, label) => chanceOf(at, label)).reduce((most, one) => Math.max(most, one), -Infinity));
    for (let label = 0; label < classes; label += 1) {
      const size = (classSizes[label] as number) - (label === sample.label ? 1 : 0);
      if (size <= 0) continue;
      let score = Math.log(size);
      for (let at = 0; at < perToken; at += 1) score += Math.max((highestOf[at] as number) - MOST_A_TOKEN, chanceOf(at, label));
      if (score > highest) [best, highest] = [label, score];
    }
    return best;
  };
}
