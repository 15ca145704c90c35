import type { Result } from '../../report.ts';

/** One measurement of a detector and what it counts. */
export interface EvidenceTerm {
  /** As told in messages: "mask ratio". */
  readonly name: string;
  readonly detector: string;
  /** Name of the detector's measurement, or `metric` for its headline number. */
  readonly measurement: string;
  /** What kind of trigger it speaks of. */
  readonly kind: string;
  /** Ordinary up to here: counts nothing. */
  readonly floor: number;
  /** Counts no more beyond. */
  readonly ceiling: number;
  /** Nats a unit between floor and ceiling; not negative. */
  readonly weight: number;
}

export interface EvidenceRegime {
  readonly intercept: number;
  readonly terms: readonly EvidenceTerm[];
  /** Detectors without which a low probability means nothing. */
  readonly needed: readonly string[];
}

/** Two combinations: measurements on samples and on made-up inputs differ in what is ordinary. */
export interface EvidenceModel {
  readonly withSamples: EvidenceRegime;
  readonly withoutSamples: EvidenceRegime;
  readonly fittedOn: { readonly description: string; readonly command: string; readonly date: string; readonly models: readonly { readonly name: string; readonly digest: string; readonly backdoored: boolean }[] };
}

export interface EvidencePart {
  readonly name: string;
  readonly detector: string;
  readonly kind: string;
  readonly value: number;
  /** Nats. */
  readonly contribution: number;
  readonly targetClass: number | undefined;
}

export interface CombinedEvidence {
  readonly logOdds: number;
  readonly parts: readonly EvidencePart[];
  /** Names of terms nobody measured; they count nothing. */
  readonly missing: readonly string[];
}

/** Intercept and weighted excesses added up. What was not measured is not evidence either way. */
export function combineEvidence(regime: EvidenceRegime, results: readonly Result[]): CombinedEvidence {
  const parts: EvidencePart[] = [];
  const missing: string[] = [];
  for (const term of regime.terms) {
    const measured = valueOf(term, results);
    if (measured === undefined) missing.push(term.name);
    else parts.push({ name: term.name, detector: term.detector, kind: term.kind, ...measured, contribution: term.weight * excessOf(term, measured.value) });
  }
  return { logOdds: parts.reduce((sum, { contribution }) => sum + contribution, regime.intercept), parts, missing };
}

/** Between floor and ceiling what is above the floor. */
export function excessOf({ floor, ceiling }: Pick<EvidenceTerm, 'floor' | 'ceiling'>, value: number): number {
  return Math.min(ceiling, Math.max(floor, value)) - floor;
}

function valueOf({ detector, measurement }: EvidenceTerm, results: readonly Result[]): { value: number; targetClass: number | undefined } | undefined {
  const result = results.find((one) => one.detector === detector);
  if (result === undefined || result.metric === undefined) return undefined;
  if (measurement === 'metric') {
    const named = result.measurements.find(({ location }) => location?.targetClass !== undefined);
    return { value: result.metric.value, targetClass: named?.location?.targetClass };
  }
  const found = result.measurements.find(({ name }) => name === measurement);
  return found === undefined ? undefined : { value: found.value, targetClass: found.location?.targetClass };
}
