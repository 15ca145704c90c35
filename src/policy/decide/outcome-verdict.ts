import type { Outcome, Result, Verdict } from '../../report.ts';
import type { OutcomeRule, ResolvedPolicy } from '../policy.ts';
import { appliesTo } from './applies-to.ts';
import { worst } from './worst.ts';

/**
 * What an outcome of a detector on an artifact means: the last rule that names the detector, matches the artifact and
 * states this outcome; else the policy's `outcomes`. A required detector without an answer is at least inconclusive.
 */
export function outcomeVerdict(outcome: Outcome, detector: string, path: string | readonly string[], policy: ResolvedPolicy, results: readonly Result[] = []): Verdict {
  if (outcome === 'clear') return 'pass';
  const rules = policy.rules.filter((rule): rule is OutcomeRule => 'detectors' in rule && rule.detectors.includes(detector) && appliesTo(rule.artifacts, typeof path === 'string' ? [path] : path));
  const ruled = (of: Exclude<Outcome, 'clear'> | 'weighed'): Verdict | undefined => rules.findLast((rule) => rule.outcomes[of] !== undefined)?.outcomes[of];
  const meaning = (of: Exclude<Outcome, 'clear'>): Verdict => ruled(of) ?? policy.outcomes[of];
  if (outcome === 'flagged' && isWeighed(detector, policy, results)) return ruled('weighed') ?? ruled('flagged') ?? policy.outcomes.weighed;

  const isUnanswered = outcome === 'not-applicable' || outcome === 'error';
  if (isUnanswered && isRequired(detector, policy)) return worst([meaning(outcome), meaning('inconclusive')]);
  return meaning(outcome);
}

/** A combined detector that could not tell has weighed nothing: then its parts stand for themselves. */
function isWeighed(detector: string, policy: ResolvedPolicy, results: readonly Result[]): boolean {
  const weighedBy = policy.detectors.find(({ id }) => id === detector)?.weighedBy ?? [];
  return results.some((result) => weighedBy.includes(result.detector) && (result.outcome === 'clear' || result.outcome === 'flagged') && result.examined > 0);
}

export function isRequired(detector: string, policy: ResolvedPolicy): boolean {
  return policy.detectors.some((one) => one.id === detector && one.required);
}
