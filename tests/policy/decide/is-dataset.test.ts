import { describe, expect, it } from 'vitest';
import type { ArtifactEvidence } from '../../../src/policy/evidence.ts';
import { decide } from '../../../src/policy/decide.ts';
import { isDataset } from '../../../src/policy/decide/is-dataset.ts';
import { approved, artifactOf, detectorOf, errorOf, policyOf, resultOf } from '../evidence.ts';

const summary: NonNullable<ArtifactEvidence['dataset']> = { kind: 'image', samples: 10, unlabelled: 0, classCount: 2, classes: [], brokenCount: 0, broken: [] };
const dataset = (rest: Partial<ArtifactEvidence> = {}): ArtifactEvidence => artifactOf({ path: 'data', format: 'dataset/image-folder', dataset: summary, ...rest });
const policy = policyOf({ detectors: [detectorOf('of-models'), { ...detectorOf('of-datasets'), subject: 'dataset' }] });

describe('a dataset', () => {
  it('is told by its summary or its format', () => {
    expect([isDataset(dataset()), isDataset({ format: 'dataset/unread' }), isDataset({ format: 'onnx' })]).toEqual([true, true, false]);
  });

  it('owes an answer of the detectors of datasets, a model one of the others', () => {
    const rows = [dataset({ results: [resultOf('of-datasets', 'clear')] }), artifactOf({ results: [resultOf('of-models', 'clear')] })];

    expect(decide({ artifacts: rows, events: [] }, policy).verdict).toBe('pass');
    expect(() => decide({ artifacts: [dataset({ results: [resultOf('of-models', 'clear')] })], events: [] }, policy)).toThrow(/no result of of-datasets/);
  });

  it('with records that could not be read is never clear', () => {
    const broken = { ...summary, brokenCount: 3, broken: [{ file: 'a.csv', record: 7, reason: 'cut off' }] };
    const { verdict, artifacts } = decide({ artifacts: [dataset({ dataset: broken, results: [resultOf('of-datasets', 'clear')] })], events: [] }, policy);

    expect([verdict, artifacts[0]?.findings.map(({ rule, text }) => [rule, text])]).toEqual(['warn', [['gate/broken-samples', expect.stringMatching(/^3 .*record 7 of a\.csv: cut off/)]]]);
  });

  it('that could not be read fails under its own rule', () => {
    const row = dataset({ format: 'dataset/unread', error: errorOf('dataset/invalid') });

    expect(decide({ artifacts: [row], events: [] }, policy).artifacts[0]?.findings.map(({ rule, verdict }) => [rule, verdict])).toEqual([['gate/unreadable', 'fail']]);
  });

  it('needs no manifest where the policy asks for none', () => {
    const row = dataset({ results: [resultOf('of-datasets', 'clear')], provenance: { ...approved, outcome: 'not-applicable' } });

    expect(decide({ artifacts: [row], events: [] }, policy).verdict).toBe('pass');
  });
});
