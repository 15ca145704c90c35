import { describe, expect, it } from 'vitest';
import type { ArtifactReport, Finding } from '../../src/report.ts';
import { markdownReporter } from '../../src/reporters/markdown.ts';
import { fixture, loadReport, PLAIN, REPORT_NAMES, RULES } from './load-report.ts';

/** 100 artifacts with 50 findings each, every text as long as it gets. */
function load(characters = 2_000) {
  const report = loadReport('mixed');
  const [model] = report.artifacts;
  if (model === undefined) throw new Error('the mixed report has no artifact');
  const artifacts = Array.from({ length: 100 }, (_, number): ArtifactReport => ({
    ...model,
    path: `models/${String(number).padStart(3, '0')}.onnx`,
    findings: Array.from({ length: 50 }, (_, index): Finding => ({
      rule: 'adversarial-testing/all-to-one', verdict: index % 2 === 0 ? 'fail' : 'warn', severity: index === 7 ? 'critical' : 'low', text: 'ü'.repeat(characters),
      nextStep: 'Look.', location: {}, fingerprint: `${String(number)}/${String(index)}`,
    })),
  }));
  return { ...report, artifacts };
}

const bytes = (text: string): number => Buffer.byteLength(text);

describe('markdown', () => {
  it.each(REPORT_NAMES)('shows the %s report as in its snapshot', async (name) => {
    await expect(markdownReporter.render(loadReport(name), { ...PLAIN, rules: RULES })).toMatchFileSnapshot(fixture('markdown', `${name}.md`));
  });

  it('stays below the limit of a job summary and counts what it leaves out', () => {
    const text = markdownReporter.render(load(), PLAIN);

    expect(bytes(text)).toBeLessThanOrEqual(1_000_000);
    expect(bytes(text)).toBeGreaterThan(400_000);
    const shown = text.match(/<details/g)?.length ?? 0;
    expect(text).toContain(`*${(5_000 + 1 - shown).toLocaleString('en')} findings are left out for lack of room; the JSON report has every one.*`);
    // Every artifact is still there: a verdict has to be seen even when its reasons are not.
    expect(text.match(/^\| .*`models\/\d{3}\.onnx`/gm)?.length).toBe(100);
  });

  it.each([65_536, 20_000, 6_000])('stays below %d bytes when asked to, verdict and counts included', (maxBytes) => {
    const text = markdownReporter.render(load(), { ...PLAIN, maxBytes });

    expect(bytes(text)).toBeLessThanOrEqual(maxBytes);
    expect(text).toContain('## ❌ Model gate: fail');
    expect(text).toMatch(/findings are left out/);
    expect(text.match(/<details/g)?.length ?? 0).toBe(text.match(/<\/details>/g)?.length ?? 0);
  });

  it('shows every finding when there is room', () => {
    const text = markdownReporter.render(load(20), { ...PLAIN, maxBytes: 10_000_000 });

    expect(bytes(text)).toBeLessThanOrEqual(1_000_000);
    expect(markdownReporter.render(loadReport('mixed'), PLAIN)).not.toContain('left out');
  });

  it('lists detectors in one column when there are many', () => {
    const report = loadReport('mixed');
    const [model] = report.artifacts.filter((one) => one.path === 'models/backdoored.onnx');
    if (model === undefined) throw new Error('no model');
    const [first] = model.results;
    if (first === undefined) throw new Error('no result');
    const more = Array.from({ length: 8 }, (_, index) => ({ ...first, detector: `d${String(index)}`, outcome: 'clear' as const, score: 0.1 }));
    const text = markdownReporter.render({ ...report, artifacts: [{ ...model, results: [...model.results, ...more] }] }, PLAIN);

    expect(text).toContain('output-layer-outlier 🚩 **flagged** 0.81, adversarial-testing 🚩 **flagged** 0.99, 9 clear');
  });
});
