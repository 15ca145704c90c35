import type { Finding, Result } from '../../report.ts';
import type { ArtifactEvidence } from '../evidence.ts';
import type { CombinationRule, ResolvedPolicy } from '../policy.ts';
import { appliesTo } from './applies-to.ts';
import { findingsOf, mostSevere, subjectOf } from './finding.ts';
import { pathsOf } from './paths-of.ts';

/**
 * Findings `policy/<rule id>` for detectors that agree. A detector counts when it is flagged, or when its score
 * reaches the rule's `score`; one that could not tell never counts here (that it could not tell is a finding of its
 * own). Weighted rules take the mean of the scores that exist.
 */
export function judgeCombinations(artifact: ArtifactEvidence, policy: ResolvedPolicy): Finding[] {
  return policy.rules.flatMap((rule) => {
    if (!('when' in rule) || !appliesTo(rule.artifacts, pathsOf(artifact))) return [];
    const answered = artifact.results.filter((one) => one.outcome === 'flagged' || one.outcome === 'clear');
    const match = matchOf(rule, answered);
    return match === undefined ? [] : toFindings(rule, match, artifact);
  });
}

interface Match {
  readonly counted: readonly Result[];
  readonly text: string;
  readonly confidence: number | undefined;
}

function matchOf(rule: CombinationRule, answered: readonly Result[]): Match | undefined {
  const { when } = rule;
  if ('weights' in when) return weighted(rule, when, answered);

  const members = 'any' in when ? when.any : 'all' in when ? when.all : when.of;
  const needed = 'any' in when ? 1 : 'all' in when ? members.length : when.atLeast;
  const counted = byId(answered.filter((one) => members.includes(one.detector) && counts(one, rule.score)));
  if (counted.length < needed) return undefined;

  const howMany = members.length === 1 ? '' : `${counted.length} of ${members.length} detectors agree: `;
  const scores = counted.flatMap((one) => one.score ?? []);
  return {
    counted,
    text: `${howMany}${counted.map(describe).join(', ')}.`,
    confidence: scores.length === 0 ? undefined : Math.min(...scores),
  };
}

function weighted(
  rule: CombinationRule,
  when: Extract<CombinationRule['when'], { readonly weights: unknown }>,
  answered: readonly Result[],
): Match | undefined {
  const scored = byId(answered).flatMap((result) => {
    const weight = Object.hasOwn(when.weights, result.detector) ? when.weights[result.detector] : undefined;
    return weight === undefined || result.score === undefined ? [] : [{ result, weight, score: result.score }];
  });
  if (scored.length === 0) return undefined;
  const total = scored.reduce((sum, one) => sum + one.weight, 0);
  const mean = scored.reduce((sum, one) => sum + (one.weight / total) * one.score, 0);
  // Rounding must not decide: the mean of equal scores is that score.
  if (mean < when.threshold - 1e-12) return undefined;
  const parts = scored.map(({ result, weight }) => `${describe(result)} × ${weight}`).join(', ');
  const counted = scored.map((one) => one.result).filter((one) => counts(one, rule.score));
  return {
    counted,
    text: `The weighted score ${shortened(mean)} reaches ${shortened(when.threshold)}: ${parts}.`,
    confidence: Math.min(1, mean),
  };
}

function counts(result: Result, score: number | undefined): boolean {
  return result.outcome === 'flagged' || (score !== undefined && result.score !== undefined && result.score >= score);
}

function toFindings(rule: CombinationRule, { counted, text, confidence }: Match, artifact: ArtifactEvidence): Finding[] {
  const severity = mostSevere(counted.flatMap((one) => one.observations.map((observation) => observation.severity)));
  return findingsOf(
    {
      rule: `policy/${rule.id}`,
      verdict: rule.then,
      severity: severity ?? 'medium',
      text,
      nextStep: `Look at what each of them saw; the policy’s rule ${rule.id} says that together they ${rule.then === 'fail' ? 'fail' : 'need a reader'}.`,
      ...(confidence === undefined ? {} : { confidence }),
    },
    subjectOf(artifact),
  );
}

function byId(results: readonly Result[]): Result[] {
  return [...results].sort((left, right) => (left.detector < right.detector ? -1 : 1));
}

function describe(result: Result): string {
  const score = result.score === undefined ? '' : `, score ${shortened(result.score)}`;
  return `${result.detector} (${result.outcome}${score})`;
}

function shortened(value: number): string {
  return String(Number(value.toPrecision(3)));
}
