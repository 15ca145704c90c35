import {
  TRUSTED_SOURCE_MESSAGES,
  type TrustedSourceMessage,
} from '../../provenance/trusted-source-messages.ts';
import type { Finding, Verdict } from '../../report.ts';
import type { ArtifactEvidence } from '../evidence.ts';
import type { ResolvedPolicy } from '../policy.ts';
import { findingsOf, gateFinding, subjectOf } from './finding.ts';
import { isArchiveMember } from './paths-of.ts';

type Action = 'unlisted' | 'mismatch' | 'untrusted' | 'unresolvedPointer';

/** Which action of the policy answers what the trusted-source check saw. */
const ACTIONS: Readonly<Record<TrustedSourceMessage, Action>> = {
  'hash-mismatch': 'mismatch',
  'size-mismatch': 'mismatch',
  unlisted: 'unlisted',
  'untrusted-source': 'untrusted',
  'unresolved-pointer': 'unresolvedPointer',
  // A repository without a lockfile approves nothing: removing the lockfile must not be a way around `unlisted`.
  'no-lockfile': 'unlisted',
};

const PREFIX = 'trusted-source/';

/** Findings about where an artifact comes from. A deleted artifact comes from nowhere. */
export function judgeProvenance(artifact: ArtifactEvidence, policy: ResolvedPolicy): Finding[] {
  // What the lockfile says of an archive it says of all that is in it, once.
  if (artifact.change === 'deleted' || isArchiveMember(artifact)) return [];
  const { provenance } = artifact;
  if (provenance.observations.length === 0) return withoutObservations(artifact, policy);

  return provenance.observations.flatMap((observation) => {
    const message = observation.rule.slice(PREFIX.length);
    const isKnown = observation.rule.startsWith(PREFIX) && isTrustedSourceMessage(message);
    return findingsOf(
      {
        rule: observation.rule,
        // An observation nobody has an action for is no reason to pass.
        verdict: policy.trustedSource[isKnown ? ACTIONS[message] : 'mismatch'],
        severity: observation.severity,
        text: observation.text,
        nextStep: isKnown ? TRUSTED_SOURCE_MESSAGES[message].nextStep : `Run "modelgate explain ${observation.rule}".`,
        location: observation.location,
      },
      subjectOf(artifact),
    );
  });
}

function withoutObservations(artifact: ArtifactEvidence, policy: ResolvedPolicy): Finding[] {
  const verdict = silentVerdict(artifact, policy);
  if (verdict === 'pass') return [];
  return [gateFinding('gate/source-unknown', verdict, { reason: artifact.provenance.text }, subjectOf(artifact))];
}

function silentVerdict(artifact: ArtifactEvidence, policy: ResolvedPolicy): Verdict {
  switch (artifact.provenance.outcome) {
    case 'clear':
      return 'pass';
    case 'flagged':
      return policy.trustedSource.mismatch;
    case 'inconclusive':
      return policy.outcomes.inconclusive;
    case 'not-applicable':
      // Without a digest there was nothing to compare; that it could not be read is a finding of its own.
      return artifact.digest === undefined && artifact.error !== undefined ? 'pass' : policy.trustedSource.unlisted;
    case 'error':
      // The bytes that could not be compared could not be read either, and that is one finding, not two.
      return artifact.error?.code.startsWith('artifact/') === true ? 'pass' : policy.outcomes.error;
  }
}

function isTrustedSourceMessage(name: string): name is TrustedSourceMessage {
  return Object.hasOwn(TRUSTED_SOURCE_MESSAGES, name);
}
