import { describe, expect, it } from 'vitest';
import { judgeProvenance } from '../../../src/policy/decide/judge-provenance.ts';
import { TRUSTED_SOURCE_MESSAGES } from '../../../src/provenance/trusted-source-messages.ts';
import type { ResolvedPolicy } from '../../../src/policy/policy.ts';
import type { Provenance } from '../../../src/report.ts';
import { approved, artifactOf, errorOf, policyOf, provenanceOf } from '../evidence.ts';

type Actions = Partial<ResolvedPolicy['trustedSource']>;

function judge(provenance: Provenance, actions: Actions = {}): string[] {
  const allPass = { unlisted: 'pass', mismatch: 'pass', untrusted: 'pass', unresolvedPointer: 'pass' } as const;
  const policy = policyOf({ trustedSource: { lockfile: 'l', allowedSources: [], ...allPass, ...actions } });
  return judgeProvenance(artifactOf({ provenance }), policy).map((one) => `${one.verdict} ${one.rule}: ${one.nextStep}`);
}

describe('judgeProvenance', () => {
  it.each([
    ['hash-mismatch', 'mismatch'],
    ['size-mismatch', 'mismatch'],
    ['unlisted', 'unlisted'],
    ['no-lockfile', 'unlisted'],
    ['untrusted-source', 'untrusted'],
    ['unresolved-pointer', 'unresolvedPointer'],
  ] as const)('reads %s as the policy’s %s, and nothing else', (message, action) => {
    const finding = `trusted-source/${message}: ${TRUSTED_SOURCE_MESSAGES[message].nextStep}`;

    expect(judge(provenanceOf('flagged', message), { [action]: 'fail' })).toEqual([`fail ${finding}`]);
    expect(judge(provenanceOf('flagged', message), { [action]: 'warn' })).toEqual([`warn ${finding}`]);
    expect(judge(provenanceOf('flagged', message))).toEqual([]);
  });

  it('has an action for every message there is', () => {
    const everything = { unlisted: 'fail', mismatch: 'fail', untrusted: 'fail', unresolvedPointer: 'fail' } as const;

    for (const message of Object.keys(TRUSTED_SOURCE_MESSAGES)) expect(judge(provenanceOf('flagged', message), everything)[0]).not.toContain('modelgate explain');
  });

  it('takes what it does not know for a mismatch', () => {
    expect(judge(provenanceOf('flagged', 'brand-new'), { mismatch: 'fail' })).toEqual(['fail trusted-source/brand-new: Run "modelgate explain trusted-source/brand-new".']);
  });

  it('lets nothing pass for lack of words', () => {
    const policy = policyOf({ trustedSource: { ...policyOf().trustedSource, unlisted: 'fail' }, outcomes: { ...policyOf().outcomes, inconclusive: 'warn', error: 'fail' } });
    const verdicts = (['clear', 'flagged', 'inconclusive', 'not-applicable', 'error'] as const).map((outcome) => [
      outcome,
      ...judgeProvenance(artifactOf({ provenance: provenanceOf(outcome) }), policy).map((one) => `${one.verdict} ${one.rule}`),
    ]);

    expect(verdicts).toEqual([
      ['clear'],
      ['flagged', 'fail gate/source-unknown'],
      ['inconclusive', 'warn gate/source-unknown'],
      ['not-applicable', 'fail gate/source-unknown'],
      ['error', 'fail gate/source-unknown'],
    ]);
  });

  it('says nothing of a deleted artifact', () => {
    expect(judgeProvenance(artifactOf({ change: 'deleted', provenance: provenanceOf('flagged', 'unlisted') }), policyOf())).toEqual([]);
  });

  it('says nothing more of a file that could not be read', () => {
    const unread = { path: 'a.onnx', provenance: provenanceOf('not-applicable'), results: [], notes: [], error: errorOf('artifact/unreadable') };

    expect(judgeProvenance(unread, policyOf())).toEqual([]);
    expect(judgeProvenance(artifactOf({ provenance: approved }), policyOf())).toEqual([]);
  });
});
