import { describe, expect, it } from 'vitest';
import { GATE_RULES } from '../../../src/policy/gate-rules.ts';
import { DATASET_SOURCE_MESSAGES } from '../../../src/provenance/dataset-source-messages.ts';
import { TRUSTED_SOURCE_MESSAGES } from '../../../src/provenance/trusted-source-messages.ts';
import { findingEvidence } from '../../../src/reporters/view/evidence.ts';

describe('findingEvidence', () => {
  it('tells for every rule of the gate and of the lockfile whether it is a fact or an open question', () => {
    const rules = [...Object.keys(GATE_RULES), ...Object.keys(TRUSTED_SOURCE_MESSAGES).map((id) => `trusted-source/${id}`), ...Object.keys(DATASET_SOURCE_MESSAGES).map((id) => `dataset-source/${id}`)];
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
          "dataset-source/content-mismatch",
          "dataset-source/proposed-change",
          "dataset-source/contradictory-manifest",
          "dataset-source/sample-mismatch",
          "dataset-source/untrusted-source",
          "dataset-source/no-source",
          "dataset-source/relabelled",
          "dataset-source/source-changed",
          "dataset-source/record-mismatch",
          "dataset-source/revision-mismatch",
          "dataset-source/chain-gap",
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
          "gate/broken-samples",
          "gate/part-of-dataset",
          "gate/pointer-not-scanned",
          "gate/source-unknown",
          "gate/nothing-to-scan",
          "gate/changes-unknown",
          "gate/budget-reached",
          "trusted-source/unresolved-pointer",
          "trusted-source/no-lockfile",
          "dataset-source/no-manifest",
          "dataset-source/unresolved-pointer",
        ],
      }
    `);
  });

  it('takes what detectors and the policy say as seen', () => {
    expect(findingEvidence({ rule: 'adversarial-testing/all-to-one' })).toBe('flagged');
    expect(findingEvidence({ rule: 'policy/two-agree' })).toBe('flagged');
  });
});
