import { describe, expect, it } from 'vitest';
import { GATE_RULES } from '../../../src/policy/gate-rules.ts';
import { TRUSTED_SOURCE_MESSAGES } from '../../../src/provenance/trusted-source-messages.ts';
import { findingEvidence } from '../../../src/reporters/view/evidence.ts';

describe('findingEvidence', () => {
  it('tells for every rule of the gate and of the lockfile whether it is a fact or an open question', () => {
    const rules = [...Object.keys(GATE_RULES), ...Object.keys(TRUSTED_SOURCE_MESSAGES).map((id) => `trusted-source/${id}`)];
    const untold = rules.filter((rule) => findingEvidence({ rule }) === 'untold');

    expect({ facts: rules.filter((rule) => !untold.includes(rule)), untold }).toMatchInlineSnapshot(`
      {
        "facts": [
          "gate/flagged",
          "gate/deleted-but-listed",
          "gate/policy-changed",
          "gate/lockfile-changed",
          "gate/warn-only",
          "trusted-source/hash-mismatch",
          "trusted-source/size-mismatch",
          "trusted-source/unlisted",
          "trusted-source/untrusted-source",
        ],
        "untold": [
          "gate/inconclusive",
          "gate/not-applicable",
          "gate/required-not-run",
          "gate/detector-error",
          "gate/unreadable",
          "gate/inspection-failed",
          "gate/timed-out",
          "gate/unrecognized",
          "gate/pointer-not-scanned",
          "gate/source-unknown",
          "gate/nothing-to-scan",
          "gate/changes-unknown",
          "gate/budget-reached",
          "trusted-source/unresolved-pointer",
          "trusted-source/no-lockfile",
        ],
      }
    `);
  });

  it('takes what detectors and the policy say as seen', () => {
    expect(findingEvidence({ rule: 'adversarial-testing/all-to-one' })).toBe('flagged');
    expect(findingEvidence({ rule: 'policy/two-agree' })).toBe('flagged');
  });
});
