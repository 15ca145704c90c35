import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/report.ts';
import { annotationsReporter } from '../../src/reporters/annotations.ts';
import { fixture, loadReport, PLAIN, REPORT_NAMES, RULES } from './load-report.ts';

const kinds = (text: string): Record<string, number> => {
  const lines = text.split('\n').slice(0, -1);
  return Object.fromEntries(['error', 'warning', 'notice'].map((kind) => [kind, lines.filter((line) => line.startsWith(`::${kind} `)).length]));
};

function withFindings(count: number, each: (index: number) => Partial<Finding>) {
  const report = loadReport('clean');
  const [artifact] = report.artifacts;
  const findings = Array.from({ length: count }, (_, index): Finding => ({
    rule: 'adversarial-testing/all-to-one', verdict: 'fail', severity: 'medium', text: `Finding ${String(index)}.`, nextStep: 'Look.',
    location: {}, fingerprint: String(index), ...each(index),
  }));
  return { ...report, artifacts: artifact === undefined ? [] : [{ ...artifact, findings }] };
}

describe('annotations', () => {
  it.each(REPORT_NAMES)('are for the %s report as in the snapshot', async (name) => {
    await expect(annotationsReporter.render(loadReport(name), { ...PLAIN, rules: RULES })).toMatchFileSnapshot(fixture('annotations', `${name}.txt`));
  });

  it('are empty when nothing needs attention', () => {
    expect(annotationsReporter.render(loadReport('clean'), PLAIN)).toBe('');
  });

  it('are ten of a kind when there are ten, and nine and a count when there are more', () => {
    expect(kinds(annotationsReporter.render(withFindings(10, () => ({})), PLAIN))).toEqual({ error: 10, warning: 0, notice: 0 });

    const many = annotationsReporter.render(withFindings(5_000, (index) => ({ verdict: index % 2 === 0 ? 'fail' : 'warn' })), PLAIN);
    expect(kinds(many)).toEqual({ error: 10, warning: 10, notice: 0 });
    expect(many.split('\n')[9]).toMatchInlineSnapshot(`"::error title=modelgate%3A 2%2C491 more not shown::GitHub shows 10 annotations of a kind. The job summary and the JSON report have the other 2,491."`);
  });

  it('begin with the most severe', () => {
    const text = annotationsReporter.render(withFindings(30, (index) => (index === 29 ? { severity: 'critical' } : {})), PLAIN);

    expect(text.split('\n')[0]).toContain('Finding 29.');
  });

  it('say as a notice what could not be told under a policy that passes it', () => {
    const report = loadReport('mixed');
    const artifacts = report.artifacts.filter((one) => one.path === 'models/encoder.onnx').map((one) => ({ ...one, findings: [] }));

    expect(annotationsReporter.render({ ...report, artifacts, findings: [] }, PLAIN)).toMatchInlineSnapshot(`
      "::notice file=models/encoder.onnx,title=modelgate%3A could not tell (output-layer-outlier)::The model has 3 classes; an outlier among fewer than 5 cannot be told.%0AThis is evidence neither for nor against the artifact.
      "
    `);
  });
});
