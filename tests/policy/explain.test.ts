import { describe, expect, it } from 'vitest';
import { detectors } from '../../src/detectors/index.ts';
import { allRules, explainRule } from '../../src/policy/explain.ts';
import { fakeDetectors } from './fake-detectors.ts';

describe('explainRule', () => {
  const registries = { detectors: fakeDetectors };

  it('explains a detector’s rule with its references and limitations', () => {
    expect(explainRule('output-layer-outlier/seen', registries)).toEqual({
      id: 'output-layer-outlier/seen',
      title: 'Something was seen',
      severity: 'high',
      text: 'Class {class} stands out.',
      nextStep: 'Look at the class.',
      references: [],
      limitations: ['Sees nothing.'],
      docs: 'docs/detectors/output-layer-outlier.md',
    });
  });

  it('explains rules of the trusted-source check, of the gate and of a policy', () => {
    const policy = { source: 'modelgate.yml', rules: [{ id: 'two-agree', when: { any: ['a'] }, then: 'fail' as const }] };

    expect(explainRule('trusted-source/hash-mismatch', registries)).toMatchObject({ severity: 'critical' });
    expect(explainRule('gate/inconclusive', registries)).toMatchObject({ title: 'A detector could not tell', docs: 'docs/policy.md' });
    expect(explainRule('policy/two-agree', { ...registries, policy })).toMatchObject({ title: 'Detectors agree (rule two-agree of modelgate.yml)' });
  });

  it('names the nearest rule for one that does not exist', () => {
    expect(() => explainRule('gate/inconclusiv', registries)).toThrow('There is no rule "gate/inconclusiv". Did you mean "gate/inconclusive"?');
    expect(() => explainRule('nothing', registries)).toThrow('There is no rule "nothing".');
  });

  it('lists the rules of a detector where the name after it is none', () => {
    expect(() => explainRule('output-layer-outlier/what-was-it-called', registries)).toThrow(expect.objectContaining({ nextStep: 'Take one of output-layer-outlier/seen.' }));
  });

  it('knows every rule of every registered detector', () => {
    const ids = detectors.flatMap(({ meta }) => Object.keys(meta.messages).map((message) => `${meta.id}/${message}`));

    expect(ids.length).toBeGreaterThan(0);
    expect(ids.filter((id) => !allRules({ detectors }).has(id))).toEqual([]);
  });
});
