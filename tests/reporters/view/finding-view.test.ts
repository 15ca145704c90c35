import { describe, expect, it } from 'vitest';
import { detectors } from '../../../src/detectors/index.ts';
import type { Finding, Result } from '../../../src/report.ts';
import { viewFinding } from '../../../src/reporters/view/finding-view.ts';
import { loadReport } from '../load-report.ts';

/** How the finding of a detector with this metric is told, where it has a score or none. */
function told(metric: Pick<NonNullable<Result['metric']>, 'name' | 'unit'>, score?: number): { readonly howSure: string; readonly meaning: string } {
  const [artifact] = loadReport('clean').artifacts;
  if (artifact === undefined) throw new Error('the clean report has no artifact');
  const result: Result = {
    detector: 'some-detector', outcome: 'flagged', examined: 1, seconds: 0, measurements: [], observations: [],
    metric: { ...metric, value: 4, threshold: 2, flaggedWhen: 'above' },
  };
  const finding: Finding = {
    rule: 'some-detector/seen', detector: 'some-detector', verdict: 'fail', severity: 'critical', text: 'Seen.', nextStep: 'Look.', location: {}, fingerprint: 'f',
    ...(score === undefined ? {} : { confidence: score }),
  };
  return viewFinding(finding, { ...artifact, results: [result] }, undefined);
}

describe('how sure a finding is', () => {
  it('is said to be a fact for the detectors of facts alone', () => {
    const facts = detectors.filter(({ meta, calibration }) => calibration === undefined && told(meta.metric).howSure.startsWith('A matter of fact'));

    expect(facts.map(({ meta }) => meta.id).sort()).toEqual(['archive-structure', 'dataset-diff', 'file-structure', 'loading-code']);
    expect(told({ name: 'severity of the worst observation', unit: 'of 5' }).meaning).toBe('Whoever loads the artifact or relies on it can be harmed.');
  });

  it('is said to be unknown for an estimate without a score, which may be false', () => {
    expect(told({ name: 'excess of contradicted texts', unit: 'share' })).toMatchObject({ howSure: expect.stringMatching(/^Not known: /) as string, meaning: expect.stringMatching(/^If the finding is true/) as string });
  });

  it('follows the score where there is one', () => {
    expect(told({ name: 'lead', unit: 'share' }, 0.95)).toMatchObject({ howSure: expect.stringMatching(/^High\. Score 0\.95/) as string, meaning: expect.stringMatching(/^If the finding is true/) as string });
  });
});
