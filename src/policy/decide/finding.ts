import { sha256Of } from '../../artifacts/digest.ts';
import type { Severity } from '../../detectors/detector.ts';
import type { Finding, Verdict } from '../../report.ts';
import { canonicalJson } from '../canonical-json.ts';
import { GATE_RULES, type GateRuleId } from '../gate-rules.ts';

/** Hexadecimal digits of a fingerprint: 128 bits, far beyond what chance makes equal. */
const FINGERPRINT_DIGITS = 32;

/** What a finding is about; part of its fingerprint. The digest follows a renamed file, so it comes before the path. */
export interface Subject {
  readonly subject: string;
}

export const RUN: Subject = { subject: 'run' };

export function subjectOf(artifact: { readonly path: string; readonly digest?: string }): Subject {
  return { subject: artifact.digest ?? artifact.path };
}

export interface FindingParts {
  readonly rule: string;
  readonly verdict: Verdict;
  readonly severity: Severity;
  readonly text: string;
  readonly nextStep: string;
  readonly detector?: string;
  readonly confidence?: number;
  readonly location?: Finding['location'];
}

/** Nothing for `pass`; otherwise one finding with its fingerprint. */
export function findingsOf({ verdict, ...parts }: FindingParts, { subject }: Subject): Finding[] {
  if (verdict === 'pass') return [];
  const location = parts.location ?? {};
  const identity = canonicalJson([parts.rule, parts.detector ?? null, subject, location]);
  return [
    {
      rule: parts.rule,
      verdict,
      severity: parts.severity,
      ...(parts.confidence === undefined ? {} : { confidence: parts.confidence }),
      text: parts.text,
      nextStep: parts.nextStep,
      ...(parts.detector === undefined ? {} : { detector: parts.detector }),
      location: { ...location },
      fingerprint: fingerprintOf(identity),
    },
  ];
}

/** A finding of the gate itself, with the words of gate-rules.ts. */
export function gateFinding(
  rule: GateRuleId,
  verdict: 'warn' | 'fail',
  data: Readonly<Record<string, string | number>>,
  subject: Subject & { readonly detector?: string },
): Finding {
  const { severity, text, nextStep } = GATE_RULES[rule];
  const filled = text.replace(/\{(\w+)\}/g, (place, name: string) => String(data[name] ?? place));
  // What tells two findings of one rule apart besides the artifact: the detector, or the file it is about.
  const detail = canonicalJson([rule, subject.detector ?? data['file'] ?? null, subject.subject]);
  return {
    rule,
    verdict,
    severity,
    text: filled,
    nextStep,
    ...(subject.detector === undefined ? {} : { detector: subject.detector }),
    location: {},
    fingerprint: fingerprintOf(detail),
  };
}

const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];

export function mostSevere(severities: readonly Severity[]): Severity | undefined {
  return SEVERITIES.find((one) => severities.includes(one));
}

/**
 * The most severe first, then by rule. Two findings of one rule at one place (two observations that differ in their
 * numbers) get different fingerprints, in the order of their texts.
 */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  const rank = (one: Finding): number => SEVERITIES.indexOf(one.severity);
  const sorted = [...findings].sort(
    (left, right) =>
      rank(left) - rank(right) ||
      compare(left.rule, right.rule) ||
      compare(left.detector ?? '', right.detector ?? '') ||
      compare(canonicalJson(left.location), canonicalJson(right.location)) ||
      compare(left.text, right.text) ||
      compare(left.verdict, right.verdict),
  );
  const seen = new Map<string, number>();
  return sorted.map((one) => {
    const count = seen.get(one.fingerprint) ?? 0;
    seen.set(one.fingerprint, count + 1);
    return count === 0 ? one : { ...one, fingerprint: fingerprintOf(`${one.fingerprint}/${count}`) };
  });
}

function fingerprintOf(identity: string): string {
  return sha256Of(identity).slice('sha256:'.length, 'sha256:'.length + FINGERPRINT_DIGITS);
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
