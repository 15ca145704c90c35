import { describe, expect, it } from 'vitest';
import { judgeCombinations } from '../../../src/policy/decide/judge-combinations.ts';
import type { CombinationRule } from '../../../src/policy/policy.ts';
import type { Finding, Result } from '../../../src/report.ts';
import { artifactOf, observationOf, policyOf, resultOf } from '../evidence.ts';

function judge(rule: Omit<CombinationRule, 'id' | 'then'>, ...results: readonly Result[]): Finding[] {
  return judgeCombinations(artifactOf({ results: [...results] }), policyOf({ rules: [{ id: 'agree', then: 'fail', ...rule }] }));
}

const texts = (findings: readonly Finding[]): string[] => findings.map((one) => one.text);

describe('judgeCombinations', () => {
  const flagged = resultOf('alpha', 'flagged', { score: 0.9, observations: [observationOf('alpha/seen', { severity: 'critical' })] });
  const clear = resultOf('beta', 'clear', { score: 0.4 });

  it('any holds when one counts', () => {
    expect(texts(judge({ when: { any: ['alpha', 'beta'] } }, flagged, clear))).toEqual(['1 of 2 detectors agree: alpha (flagged, score 0.9).']);
    expect(judge({ when: { any: ['beta'] } }, flagged, clear)).toEqual([]);
  });

  it('all holds when each counts, with the least sure as confidence and the worst severity', () => {
    const both = judge({ when: { all: ['beta', 'alpha'] } }, resultOf('beta', 'flagged', { score: 0.6 }), flagged);

    expect(both).toMatchObject([{ rule: 'policy/agree', verdict: 'fail', severity: 'critical', confidence: 0.6, text: '2 of 2 detectors agree: alpha (flagged, score 0.9), beta (flagged, score 0.6).' }]);
    expect(judge({ when: { all: ['alpha', 'beta'] } }, flagged, clear)).toEqual([]);
  });

  it('atLeast holds when enough count', () => {
    const when = { atLeast: 2, of: ['alpha', 'beta', 'gamma'] };

    expect(judge({ when }, flagged, clear, resultOf('gamma', 'clear'))).toEqual([]);
    expect(judge({ when }, flagged, clear, resultOf('gamma', 'flagged'))).toHaveLength(1);
  });

  it('counts a clear detector whose score reaches the rule’s', () => {
    expect(texts(judge({ when: { all: ['alpha', 'beta'] }, score: 0.4 }, flagged, clear))).toEqual(['2 of 2 detectors agree: alpha (flagged, score 0.9), beta (clear, score 0.4).']);
    expect(judge({ when: { all: ['alpha', 'beta'] }, score: 0.41 }, flagged, clear)).toEqual([]);
  });

  it('never counts what could not tell', () => {
    for (const outcome of ['inconclusive', 'not-applicable', 'error'] as const) {
      expect(judge({ when: { all: ['alpha', 'beta'] }, score: 0 }, flagged, resultOf('beta', outcome, { score: 1 }))).toEqual([]);
    }
  });

  it('weighs the scores that exist', () => {
    const when = { weights: { alpha: 3, beta: 1, gamma: 5 }, threshold: 0.775 };

    expect(judge({ when }, flagged, clear)).toMatchObject([
      { confidence: 0.775, severity: 'critical', text: 'The weighted score 0.775 reaches 0.775: alpha (flagged, score 0.9) × 3, beta (clear, score 0.4) × 1.' },
    ]);
    expect(judge({ when: { ...when, threshold: 0.78 } }, flagged, clear)).toEqual([]);
    expect(judge({ when }, resultOf('gamma', 'inconclusive'))).toEqual([]);
  });

  it('looks only at the artifacts its globs name', () => {
    const when = { any: ['alpha'] };

    expect(judge({ when, artifacts: ['models/*.onnx'] }, flagged)).toHaveLength(1);
    expect(judge({ when, artifacts: ['other/**', 'models/*.ONNX'] }, flagged)).toEqual([]);
  });
});
