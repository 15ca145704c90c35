import type { Finding, Result } from '../../report.ts';
import type { ArtifactEvidence } from '../evidence.ts';
import type { GateRuleId } from '../gate-rules.ts';
import type { ResolvedPolicy } from '../policy.ts';
import { findingsOf, gateFinding, subjectOf } from './finding.ts';
import { isRequired, outcomeVerdict } from './outcome-verdict.ts';
import { pathsOf } from './paths-of.ts';

/** What one result of a detector means under the policy. */
export function judgeResult(
  result: Result,
  artifact: ArtifactEvidence,
  policy: ResolvedPolicy,
  nextStepOf: (rule: string) => string | undefined,
): Finding[] {
  // The runner turns a clear result that examined nothing into inconclusive; results kept elsewhere get no other reading.
  const isEmpty = result.outcome === 'clear' && result.examined === 0;
  const outcome = isEmpty ? 'inconclusive' : result.outcome;
  const verdict = outcomeVerdict(outcome, result.detector, pathsOf(artifact), policy, artifact.results);
  if (outcome === 'clear' || verdict === 'pass') return [];
  // An archive is no model: what would apply to a model applies to its members, and says so there.
  if (outcome === 'not-applicable' && artifact.members !== undefined && !isRequired(result.detector, policy)) return [];

  const subject = { ...subjectOf(artifact), detector: result.detector };
  if (outcome === 'flagged' && result.observations.length > 0) {
    return result.observations.flatMap((observation) =>
      findingsOf(
        {
          rule: observation.rule,
          verdict,
          severity: observation.severity,
          text: observation.text,
          nextStep: nextStepOf(observation.rule) ?? `Run "modelgate explain ${observation.rule}" for what it means and what to do.`,
          detector: result.detector,
          ...(result.score === undefined ? {} : { confidence: result.score }),
          location: observation.location,
        },
        subject,
      ),
    );
  }
  const rule = ruleOf(outcome, isRequired(result.detector, policy));
  const reason = isEmpty ? 'Nothing was examined.' : reasonOf(result);
  const finding = gateFinding(rule, verdict, { detector: result.detector, reason }, subject);
  return [result.score === undefined || outcome !== 'flagged' ? finding : { ...finding, confidence: result.score }];
}

function ruleOf(outcome: Exclude<Result['outcome'], 'clear'>, required: boolean): GateRuleId {
  switch (outcome) {
    case 'flagged':
      return 'gate/flagged';
    case 'inconclusive':
      return 'gate/inconclusive';
    case 'not-applicable':
      return required ? 'gate/required-not-run' : 'gate/not-applicable';
    case 'error':
      return 'gate/detector-error';
  }
}

function reasonOf(result: Result): string {
  if (result.outcome === 'flagged' && result.metric !== undefined) {
    const { name, value, flaggedWhen, threshold } = result.metric;
    return `${name} ${Number(value.toPrecision(3))}, ${flaggedWhen} ${Number(threshold.toPrecision(3))}`;
  }
  return result.reason ?? result.error?.message ?? 'No reason was given.';
}
