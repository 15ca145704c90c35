import { DATASET_SOURCE_MESSAGES, type DatasetSourceMessage } from '../../provenance/dataset-source-messages.ts';
import {
  TRUSTED_SOURCE_MESSAGES,
  type TrustedSourceMessage,
} from '../../provenance/trusted-source-messages.ts';
import type { Finding, Verdict } from '../../report.ts';
import type { ArtifactEvidence } from '../evidence.ts';
import type { ResolvedPolicy } from '../policy.ts';
import { findingsOf, gateFinding, subjectOf } from './finding.ts';
import { isDataset } from './is-dataset.ts';
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

/** The same for where a dataset comes from. */
const DATASET_ACTIONS: Readonly<Record<DatasetSourceMessage, keyof ResolvedPolicy['trustedData']>> = {
  'no-manifest': 'unlocked',
  'unresolved-pointer': 'unlocked',
  'chain-gap': 'unlocked',
  'content-mismatch': 'mismatch',
  'contradictory-manifest': 'mismatch',
  'sample-mismatch': 'mismatch',
  'record-mismatch': 'mismatch',
  'revision-mismatch': 'mismatch',
  'source-changed': 'mismatch',
  'proposed-change': 'proposed',
  'untrusted-source': 'untrusted',
  'no-source': 'untrusted',
  relabelled: 'relabelled',
};

const PREFIX = 'trusted-source/';
const DATASET_PREFIX = 'dataset-source/';

/** Findings about where an artifact comes from. A deleted artifact comes from nowhere. */
export function judgeProvenance(artifact: ArtifactEvidence, policy: ResolvedPolicy): Finding[] {
  // What the lockfile says of an archive it says of all that is in it, once.
  if (artifact.change === 'deleted' || (isArchiveMember(artifact) && !isDataset(artifact))) return [];
  const { provenance } = artifact;
  if (provenance.observations.length === 0) return withoutObservations(artifact, policy);

  return provenance.observations.flatMap((observation) => {
    const { verdict, nextStep } = meaningOf(observation.rule, policy);
    return findingsOf(
      {
        rule: observation.rule,
        verdict,
        severity: observation.severity,
        text: observation.text,
        nextStep: nextStep ?? `Run "modelgate explain ${observation.rule}".`,
        location: observation.location,
      },
      subjectOf(artifact),
    );
  });
}

function meaningOf(rule: string, { trustedSource, trustedData }: ResolvedPolicy): { readonly verdict: Verdict; readonly nextStep?: string } {
  const message = rule.slice(rule.indexOf('/') + 1);
  if (rule.startsWith(PREFIX) && isTrustedSourceMessage(message)) return { verdict: trustedSource[ACTIONS[message]], nextStep: TRUSTED_SOURCE_MESSAGES[message].nextStep };
  if (rule.startsWith(DATASET_PREFIX) && isDatasetSourceMessage(message)) return { verdict: trustedData[DATASET_ACTIONS[message]], nextStep: DATASET_SOURCE_MESSAGES[message].nextStep };
  // An observation nobody has an action for is no reason to pass.
  return { verdict: trustedSource.mismatch };
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
      // The policy asks for no manifest.
      if (isDataset(artifact)) return 'pass';
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

function isDatasetSourceMessage(name: string): name is DatasetSourceMessage {
  return Object.hasOwn(DATASET_SOURCE_MESSAGES, name);
}
