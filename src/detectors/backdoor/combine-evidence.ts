import type { Result } from '../../report.ts';
import { agreedTarget } from './agreed-target.ts';

/** One measurement of a detector, and what it is in clean models. */
export interface EvidenceTerm {
  /** What it speaks of: "a pattern under a mask". Terms of one kind are one piece of evidence. */
  readonly kind: string;
  readonly detector: string;
  /** Name of the detector's measurement, or `metric` for its headline number. */
  readonly measurement: string;
  /** Median over clean models. */
  readonly ordinary: number;
  /** From the median to where nine in ten clean models end; at least a stated minimum, since some are zero in all of them. */
  readonly spread: number;
  /** In place of the regime's cap, for a kind that no other kind bears out. */
  readonly cap?: number;
  /** Kinds of one ground are often surprising together in clean models too, so only the most surprising of them counts. */
  readonly ground?: string;
}

/** A hypothesis that one measurement decides, because a backdoor of that sort shows in nothing else. */
export interface LoneTerm {
  readonly kind: string;
  readonly detector: string;
  readonly measurement: string;
  readonly intercept: number;
  /** Nats a unit of the measurement. Not negative. */
  readonly weight: number;
}

export interface EvidenceRegime {
  readonly intercept: number;
  /** Nats a unit of surprise, whatever kind it is of. Not negative. */
  readonly weight: number;
  /** Surprise beyond this counts no more. */
  readonly cap: number;
  readonly terms: readonly EvidenceTerm[];
  /** A backdoor for one source class alone. Absent where nothing that measures it runs. */
  readonly sourceSpecific?: LoneTerm;
  /** Detectors without which a low probability means nothing. */
  readonly needed: readonly string[];
}

/** Two combinations: measurements on samples and on made-up inputs differ in what is ordinary. */
export interface EvidenceModel {
  readonly withSamples: EvidenceRegime;
  readonly withoutSamples: EvidenceRegime;
  readonly fittedOn: {
    readonly description: string;
    readonly command: string;
    readonly date: string;
    readonly models: readonly FittedModel[];
    readonly modelsWithoutSamples: readonly FittedModel[];
    readonly modelsSourceSpecific: readonly FittedModel[];
  };
}

export interface FittedModel {
  readonly name: string;
  readonly digest: string;
  readonly backdoored: boolean;
}

/** One kind of evidence, however many measurements speak of it. */
export interface EvidencePart {
  readonly kind: string;
  readonly detector: string;
  /** Of the first measurement of this kind. */
  readonly value: number;
  readonly targetClass: number | undefined;
  readonly ground?: string;
  /** Geometric mean over the measurements of this kind of how many spreads they are above ordinary, cut off at 0 and the cap. */
  readonly surprise: number;
  /** Nats; nothing for a kind that names another class than the evidence agrees on, or is not the most surprising of its ground. */
  readonly contribution: number;
}

export interface CombinedEvidence {
  /** Of the likelier hypothesis. */
  readonly logOdds: number;
  /** One source class is sent to `targetClass`, and no other; false: what the terms that agree speak of. */
  readonly isSourceSpecific: boolean;
  /** The class the evidence agrees on; undefined where each class is moved to another, or nothing is surprising. */
  readonly targetClass: number | undefined;
  /** The most surprising first. */
  readonly parts: readonly EvidencePart[];
  /** Kinds nobody measured; they count nothing. */
  readonly missing: readonly string[];
}

/**
 * Intercept plus the weighted sum of the surprises that agree on one class. A backdoor shows in many ways and always leads to
 * its target; in a clean model something is always out of the ordinary, here for this class and there for that one. What counts
 * is how far a measurement is outside of what clean models show, not which one it is: so a kind of trigger that few of the fitted
 * models had counts as much as one that many had, and two numbers are all that backdoored models decide. Raising any measurement
 * never lowers the sum. A source-specific backdoor leaves all of them as they are, so it is a hypothesis of its own, and the likelier of the two is the answer.
 */
export function combineEvidence(regime: EvidenceRegime, results: readonly Result[]): CombinedEvidence {
  const surprises = [...new Set(regime.terms.map(({ kind }) => kind))].map((kind) => surpriseOf(kind, regime, results));
  const measured = surprises.filter((one) => 'surprise' in one).sort((a, b) => b.surprise - a.surprise);
  const { targetClass, counted } = agreedTarget(measured);
  const parts = measured.map((part) => ({ ...part, contribution: counted.includes(part) ? regime.weight * part.surprise : 0 }));
  const logOdds = parts.reduce((sum, { contribution }) => sum + contribution, regime.intercept);
  const missing = surprises.flatMap((one) => ('surprise' in one ? [] : [one.kind]));
  const lone = regime.sourceSpecific === undefined ? undefined : loneEvidence(regime.sourceSpecific, results);
  if (regime.sourceSpecific !== undefined && lone === undefined) missing.push(regime.sourceSpecific.kind);
  if (lone === undefined || lone.logOdds <= logOdds) return { logOdds, isSourceSpecific: false, targetClass, parts, missing };
  return { logOdds: lone.logOdds, isSourceSpecific: true, targetClass: lone.part.targetClass, parts: [lone.part, ...parts.map((part) => ({ ...part, contribution: 0 }))], missing };
}

function loneEvidence({ kind, intercept, weight, ...term }: LoneTerm, results: readonly Result[]): { readonly logOdds: number; readonly part: EvidencePart } | undefined {
  const measured = valueOf(term, results);
  if (measured === undefined) return undefined;
  const contribution = weight * Math.max(0, measured.value);
  // Its surprise is the value itself: log odds are a scale already.
  return { logOdds: intercept + contribution, part: { kind, detector: term.detector, ...measured, surprise: Math.max(0, measured.value), contribution } };
}

function surpriseOf(kind: string, regime: EvidenceRegime, results: readonly Result[]): Omit<EvidencePart, 'contribution'> | { readonly kind: string } {
  const found = regime.terms.flatMap((term) => {
    const measured = term.kind === kind ? valueOf(term, results) : undefined;
    return measured === undefined ? [] : [{ term, ...measured }];
  });
  const [first] = found;
  if (first === undefined) return { kind };
  const product = found.reduce((all, { term, value }) => all * Math.min(term.cap ?? regime.cap, Math.max(0, (value - term.ordinary) / term.spread)), 1);
  const { detector, ground } = first.term;
  return { kind, detector, ...(ground === undefined ? {} : { ground }), value: first.value, targetClass: first.targetClass, surprise: product ** (1 / found.length) };
}

/** What a result says of a term: the number and the class it names. */
export function valueOf({ detector, measurement }: Pick<EvidenceTerm, 'detector' | 'measurement'>, results: readonly Result[]): { value: number; targetClass: number | undefined } | undefined {
  const result = results.find((one) => one.detector === detector);
  if (result?.metric === undefined) return undefined;
  if (measurement === 'metric') {
    const named = result.measurements.find(({ location }) => location?.targetClass !== undefined);
    return { value: result.metric.value, targetClass: named?.location?.targetClass };
  }
  const found = result.measurements.find(({ name }) => name === measurement);
  return found === undefined ? undefined : { value: found.value, targetClass: found.location?.targetClass };
}
