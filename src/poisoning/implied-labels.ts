import { correctedLogChance } from '../statistics/corrected-log-chance.ts';
import { quantile } from '../statistics/quantile.ts';
import { wilsonInterval } from '../statistics/wilson-interval.ts';
import { majorityOf, tokenCounts, type TokenCounts } from './token-counts.ts';

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
  /** Base-10 logarithm of the chance of so many carriers with the label that are contradicted, times the number of tokens tested. */
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

/** What the search knows besides, for a closer look. */
export interface ScreenedLabels extends ImpliedLabels {
  /** By sample, the label it has and whether the rest of it speaks against that. */
  readonly labels: readonly number[];
  readonly contradicted: readonly boolean[];
  /** By token and class, the samples it is in. */
  readonly counts: TokenCounts;
}

/** Times that the samples are read. */
export const PASSES = 5;

/** In fewer samples a token is an accident. */
export const MINIMUM_CARRIERS = 4;

/** Of them this share must have the label. */
export const LEAST_AGREEMENT = 0.8;

/** Tokens looked at closely: so many that go with a label most surprisingly, and so many that do so against their evidence. */
const MAX_CANDIDATES = 2000;

/** Of a class at most this share is contradicted by nature: where evidence is weak, only what it speaks against more strongly than usual is. */
const MOST_USUAL = 0.25;

/**
 * Evidence speaks against a label at least half as strongly as it does for this share of the samples of other classes: a sample between two classes is no
 * contradiction, and a trigger may cover half of what a sample is about.
 */
const STRANGER_SHARE = 0.75;
const STRANGER_STRENGTH = 0.5;

/** Samples of other classes that a class is compared with, and numbers kept of them in all (CWE-770). */
const KEPT_STRANGERS = 4096;
const MAX_KEPT_MARGINS = 2 ** 22;

/** Carriers of a token that are compared with each other, and the share of them in which evidence is common to them. */
const COMPARED_CARRIERS = 12;
export const COMMON_SHARE = 0.75;

/** Evidence is the carriers' own where it is this many times rarer in every class than among them. */
export const OWN_RATIO = 2;

/** Log odds that one piece of evidence may add: a trigger must not outvote the rest of the sample by itself. */
const MOST_A_TOKEN = 2;

/** What a sample that nothing but its own contradiction speaks against scores. */
export const BARE_CONTRADICTION = 0.02;

export interface ImplicationRequest {
  /** From the beginning at every call. */
  samples(): AsyncIterable<TokenSample>;
  readonly classCount: number;
  /** Base-10 logarithm of the corrected chance from which on a token is taken for a coincidence. */
  readonly largestLogChance: number;
  /** The evidence that a token is made of, and that must not testify about it. */
  coveredBy(token: string): readonly string[];
  goOn(done: number): boolean;
}

/**
 * Tokens that go with a label although the rest of the samples says otherwise, far beyond chance (binomial test of the carriers that have the label against their
 * evidence, Bonferroni over all tokens). Going with a label alone is what the words of a subject do; a trigger is a token in spite of which the sample is about
 * something else. What the rest says is guessed by naive Bayes with the sample itself left out; so is what (nearly) all carriers of the token have in common and the classes have not,
 * because that is the rest of a longer trigger, or the carriers are near-copies of each other and say one thing many times. Undefined when `goOn` said no.
 */
export async function impliedLabels(request: ImplicationRequest): Promise<ScreenedLabels | undefined> {
  const { classCount } = request;
  const evidence = tokenCounts(classCount);
  const classSizes = new Float64Array(classCount);
  let done = 0;
  /** Undefined when there is no time to go on. */
  const pass = async (see: (sample: TokenSample, row: number) => void): Promise<number | undefined> => {
    let row = 0;
    for await (const sample of request.samples()) {
      if (done % 256 === 0 && !request.goOn(done)) return undefined;
      see(sample, row);
      row += 1;
      done += 1;
    }
    return row;
  };

  const samples = await pass(({ label, evidence: mine }) => {
    classSizes[label] = (classSizes[label] as number) + 1;
    for (const token of mine) evidence.add(token, label);
  });
  if (samples === undefined) return undefined;

  const judge = naiveBayes(evidence, classSizes);
  const ownMargins = new Float64Array(samples);
  const [members, strangers] = [0, 1].map(() => Array.from({ length: classCount }, (): number[] => [])) as [number[][], number[][]];
  const stride = Math.ceil(Math.max(samples / KEPT_STRANGERS, (samples * classCount) / MAX_KEPT_MARGINS));
  if ((await pass((sample, row) => {
    const judged = judge(sample);
    const margin = judged.margin(sample.label, NONE);
    ownMargins[row] = margin;
    (members[sample.label] as number[]).push(margin);
    if (row % stride === 0) for (const [label, all] of strangers.entries()) if (label !== sample.label) all.push(judged.margin(label, NONE));
  })) === undefined) return undefined;
  const limits = members.map((own, label) => Math.min(0, quantile(own, MOST_USUAL) ?? 0, STRANGER_STRENGTH * (quantile(strangers[label] ?? [], STRANGER_SHARE) ?? 0)));
  const isAgainst = (margin: number, label: number): boolean => margin < (limits[label] as number);
  const usual = members.map((own, label) => own.filter((margin) => isAgainst(margin, label)).length);

  const [tokens, contradictedTokens] = [tokenCounts(classCount), tokenCounts(classCount)];
  if ((await pass((sample, row) => {
    const isContradicted = isAgainst(ownMargins[row] as number, sample.label);
    for (const token of sample.tokens) {
      tokens.add(token, sample.label);
      if (isContradicted) contradictedTokens.add(token, sample.label);
    }
  })) === undefined) return undefined;
  const candidates = candidatesOf(tokens, contradictedTokens, usual, classSizes, samples);

  const compared = new Map([...candidates.keys()].map((token) => [token, [] as (readonly string[])[]]));
  if ((await pass((sample) => {
    for (const token of sample.tokens) {
      const seen = candidates.get(token)?.label === sample.label ? compared.get(token) : undefined;
      if (seen !== undefined && seen.length < COMPARED_CARRIERS) seen.push(sample.evidence);
    }
  })) === undefined) return undefined;
  const silent = new Map([...compared].map(([token, carriers]) => [token, new Set([...request.coveredBy(token), ...commonEvidence(carriers, evidence, classSizes)])]));

  const [ids, labels, carried, against]: [string[], number[], (readonly string[])[], boolean[]] = [[], [], [], []];
  const tallies = new Map([...candidates.keys()].map((token) => [token, { seen: 0, contradicted: 0 }]));
  if ((await pass((sample, row) => {
    const mine = sample.tokens.filter((token) => candidates.get(token)?.label === sample.label);
    let isContradicted = isAgainst(ownMargins[row] as number, sample.label);
    const judged = mine.length === 0 ? undefined : judge(sample);
    for (const token of mine) {
      const contradicted = judged !== undefined && isAgainst(judged.margin(sample.label, silent.get(token) ?? NONE), sample.label);
      count(tallies.get(token), contradicted);
      isContradicted ||= contradicted;
    }
    ids.push(sample.id);
    labels.push(sample.label);
    carried.push(mine);
    against.push(isContradicted);
  })) === undefined) return undefined;

  const implications = new Map([...candidates].flatMap(([token, candidate]): readonly (readonly [string, Implication])[] => {
    const { seen, contradicted } = tallies.get(token) ?? { seen: 0, contradicted: 0 };
    const logChance = correctedLogChance(contradicted, candidate.carriers, ((usual[candidate.label] as number) + 1) / (samples + 1), tokens.size);
    if (logChance >= request.largestLogChance) return [];
    const share = (usual[candidate.label] as number) / Math.max(1, classSizes[candidate.label] as number);
    return [[token, { token, ...candidate, logChance, contradicted: contradicted / Math.max(1, seen), usual: share, strength: wilsonInterval(contradicted, seen).low - share }]];
  }));
  const behind = carried.map((mine) => mine.map((token) => implications.get(token)).reduce((best, one) => ((one?.strength ?? 0) > (best?.strength ?? 0) ? one : best), undefined));
  return {
    ids,
    behind,
    scores: Float64Array.from(behind, (one, at) => Math.max(0, Math.min(1, (one?.strength ?? 0) * (against[at] === true ? 1 : 0.6))) + (against[at] === true ? BARE_CONTRADICTION : 0)),
    implications: [...implications.values()].sort((a, b) => b.strength - a.strength || a.logChance - b.logChance || b.token.length - a.token.length || (a.token < b.token ? -1 : 1)),
    tested: tokens.size,
    labels,
    contradicted: against,
    counts: tokens,
  };
}

const NONE: ReadonlySet<string> = new Set();

function count(tally: { seen: number; contradicted: number } | undefined, contradicted: boolean): void {
  if (tally === undefined) return;
  tally.seen += 1;
  if (contradicted) tally.contradicted += 1;
}

type Candidate = Pick<Implication, 'label' | 'carriers' | 'agreeing'>;

/** Tokens that nearly always have one label: those that would be most surprising by chance, and those of which most carriers are contradicted. */
function candidatesOf(tokens: TokenCounts, contradicted: TokenCounts, usual: readonly number[], classSizes: Float64Array, samples: number): ReadonlyMap<string, Candidate> {
  const found: { readonly token: string; readonly candidate: Candidate; readonly byLabel: number; readonly byContradiction: number }[] = [];
  for (const [token, counts] of tokens.entries()) {
    const { label, carriers, agreeing } = majorityOf(counts);
    if (carriers < MINIMUM_CARRIERS || agreeing < LEAST_AGREEMENT * carriers) continue;
    found.push({
      token, candidate: { label, carriers, agreeing },
      byLabel: correctedLogChance(agreeing, carriers, ((classSizes[label] as number) + 1) / (samples + 1), 1),
      byContradiction: correctedLogChance(contradicted.get(token)?.[label] ?? 0, carriers, ((usual[label] as number) + 1) / (samples + 1), 1),
    });
  }
  const first = (by: 'byLabel' | 'byContradiction'): readonly (readonly [string, Candidate])[] =>
    [...found].sort((a, b) => a[by] - b[by]).slice(0, MAX_CANDIDATES).map(({ token, candidate }) => [token, candidate]);
  return new Map([...first('byContradiction'), ...first('byLabel')]);
}

/** What most of some samples have in common and no class has. */
function commonEvidence(carriers: readonly (readonly string[])[], evidence: TokenCounts, classSizes: Float64Array): readonly string[] {
  const counts = new Map<string, number>();
  for (const one of carriers) for (const token of one) counts.set(token, (counts.get(token) ?? 0) + 1);
  return [...counts].flatMap(([token, count]) => {
    const share = count / carriers.length;
    if (share < COMMON_SHARE) return [];
    const isOfAClass = evidence.get(token)?.some((samples, label) => OWN_RATIO * samples > share * Math.max(1, classSizes[label] as number)) ?? false;
    return isOfAClass ? [] : [token];
  });
}

interface Judged {
  /** How much more the evidence speaks for a label than for the best of the others, in nats, some of the evidence left out. */
  margin(label: number, without: ReadonlySet<string>): number;
}

/** What the evidence of a sample says of its label, the sample itself taken out of the counts. */
function naiveBayes(evidence: TokenCounts, classSizes: Float64Array): (sample: TokenSample) => Judged {
  const classes = classSizes.length;
  return (sample) => {
    const sizes = classSizes.map((size, label) => size - (label === sample.label ? 1 : 0));
    const sums = sizes.map((size) => (size <= 0 ? -Infinity : Math.log(size)));
    const parts = new Map<string, Float64Array>();
    for (const token of sample.evidence) {
      const counts = evidence.get(token);
      if (counts === undefined) continue;
      const part = Float64Array.from(counts, (count, label) => Math.log((count - (label === sample.label ? 1 : 0) + 0.5) / (Math.max(0, sizes[label] as number) + 1)));
      const least = part.reduce((most, one) => Math.max(most, one), -Infinity) - MOST_A_TOKEN;
      for (let label = 0; label < classes; label += 1) {
        part[label] = Math.max(least, part[label] as number);
        sums[label] = (sums[label] as number) + (part[label] as number);
      }
      parts.set(token, part);
    }
    return {
      margin(label, without) {
        const left = sums.slice();
        for (const token of without) {
          const part = parts.get(token);
          if (part !== undefined) for (let at = 0; at < classes; at += 1) left[at] = (left[at] as number) - (part[at] as number);
        }
        const other = left.reduce((most, one, at) => (at === label ? most : Math.max(most, one)), -Infinity);
        // A class of one sample has nothing that could speak for it.
        return Number.isFinite(left[label] as number) && Number.isFinite(other) ? (left[label] as number) - other : 0;
      },
    };
  };
}
