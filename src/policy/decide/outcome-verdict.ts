import type { Outcome, Verdict } from '../../report.ts';
import type { OutcomeRule, ResolvedPolicy } from '../policy.ts';
import { appliesTo } from './applies-to.ts';
import { worst } from './worst.ts';

/**
 * What an outcome of a detector on an artifact means: the last rule that names the detector, matches the artifact and
 * states this outcome; else the policy's `outcomes`. A required detector without an answer is at least inconclusive.
 */
export function outcomeVerdict(outcome: Outcome, detector: string, path: string, policy: ResolvedPolicy): Verdict {
  if (outcome === 'clear') return 'pass';
  const rules = policy.rules.filter((rule): rule is OutcomeRule => 'detectors' in rule && rule.detectors.includes(detector) && appliesTo(rule.artifacts, path));
  const meaning = (of: Exclude<Outcome, 'clear'>): Verdict =>
    rules.findLast((rule) => rule.outcomes[of] !== undefined)?.outcomes[of] ?? policy.outcomes[of];

  const isUnanswered = outcome === 'not-applicable' || outcome === 'error';
  if (isUnanswered && isRequired(detector, policy)) return worst([meaning(outcome), meaning('inconclusive')]);
  return meaning(outcome);
}

export function isRequired(detector: string, policy: ResolvedPolicy): boolean {
  return policy.detectors.some((one) => one.id === detector && one.required);
}
