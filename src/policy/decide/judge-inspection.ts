import type { Finding, Verdict } from '../../report.ts';
import type { ArtifactEvidence } from '../evidence.ts';
import type { GateRuleId } from '../gate-rules.ts';
import type { ResolvedPolicy } from '../policy.ts';
import { gateFinding, subjectOf } from './finding.ts';
import { isArchiveMember } from './paths-of.ts';

/** What it means that an artifact as a whole could not be read or inspected; undefined when it could, or when that passes. */
export function judgeInspection(artifact: ArtifactEvidence, policy: ResolvedPolicy): Finding | undefined {
  if (artifact.change === 'deleted') return undefined;
  const trouble = troubleOf(artifact, policy);
  if (trouble === undefined || trouble.verdict === 'pass') return undefined;
  return gateFinding(trouble.rule, trouble.verdict, { reason: trouble.reason }, subjectOf(artifact));
}

interface Trouble {
  readonly rule: GateRuleId;
  readonly verdict: Verdict;
  readonly reason: string;
}

function troubleOf(artifact: ArtifactEvidence, policy: ResolvedPolicy): Trouble | undefined {
  const { error, format, container, results } = artifact;
  if (error === undefined) {
    // A member is read as a part of what holds it.
    if (format !== undefined || (container !== undefined && !isArchiveMember(artifact))) return undefined;
    // Nobody got as far as the format when the budget was used up before; every detector says that already.
    if (results.length > 0 && results.every((one) => one.outcome === 'inconclusive')) return undefined;
    // Only digests were asked for: nothing was to be read.
    if (policy.detectors.length === 0) return undefined;
    // Otherwise nothing was read, whatever the results say.
    return { rule: 'gate/unrecognized', verdict: policy.unrecognized, reason: 'its format was not established.' };
  }
  const reason = error.message;
  if (error.code === 'format/unrecognized') return { rule: 'gate/unrecognized', verdict: policy.unrecognized, reason };
  if (error.code === 'artifact/pointer') return pointerTrouble(artifact, policy);
  if (error.code === 'inspection/timed-out' || error.code === 'inspection/cancelled') {
    return { rule: 'gate/timed-out', verdict: policy.outcomes.inconclusive, reason };
  }
  // Encrypted is could not tell, not broken: nobody made it to get past us.
  if (error.code === 'format/encrypted') return { rule: 'gate/unreadable', verdict: policy.outcomes.inconclusive, reason };
  const isReading = ['artifact/', 'format/', 'dataset/', 'manifest/'].some((group) => error.code.startsWith(group));
  return { rule: isReading ? 'gate/unreadable' : 'gate/inspection-failed', verdict: policy.outcomes.error, reason };
}

/** A pointer that the lockfile does not vouch for is a finding of the trusted-source check. */
function pointerTrouble(artifact: ArtifactEvidence, policy: ResolvedPolicy): Trouble | undefined {
  const isUnresolved = artifact.provenance.observations.some((one) => one.rule === 'trusted-source/unresolved-pointer');
  // Where no detector is enabled, comparing hashes is all that was asked for.
  if (isUnresolved || (policy.detectors.length === 0 && artifact.provenance.outcome === 'clear')) return undefined;
  return { rule: 'gate/pointer-not-scanned', verdict: policy.outcomes.inconclusive, reason: artifact.provenance.text };
}
