import { describe, expect, it } from 'vitest';
import type { ArtifactReport, GateReport } from '../../src/report.ts';
import { textReporter } from '../../src/reporters/text.ts';
import { displayWidth } from '../../src/reporters/text/display-width.ts';
import { fixture, loadReport, PLAIN, REPORT_NAMES, RULES } from './load-report.ts';

/** Twenty-two models, the size of a release, each with these detectors. */
function release(detectors: readonly string[], each: (index: number) => Partial<ArtifactReport> = () => ({})): GateReport {
  const [model] = loadReport('clean').artifacts;
  if (model === undefined) throw new Error('the clean report has no artifact');
  const [result] = model.results;
  if (result === undefined) throw new Error('the clean report has no result');
  const artifacts = Array.from({ length: 22 }, (_, index) => ({
    ...model,
    path: `models/s${String(index).padStart(2, '0')}.onnx`,
    results: detectors.map((detector, place) => ({ ...result, detector, score: ((index * 7 + place * 13) % 49) / 100 })),
    ...each(index),
  }));
  return { ...loadReport('clean'), artifacts, coverage: { seen: 22, scanned: 22, skipped: [] } };
}

// eslint-disable-next-line no-control-regex -- the codes the reporter writes
const SGR = /\u001b\[\d+m/g;

describe('text', () => {
  it.each(REPORT_NAMES)('shows the %s report as in its snapshot', async (name) => {
    await expect(textReporter.render(loadReport(name), { ...PLAIN, rules: RULES })).toMatchFileSnapshot(fixture('text', `${name}.txt`));
  });

  it('shows everything when asked for', async () => {
    await expect(textReporter.render(loadReport('mixed'), { ...PLAIN, verbose: true, rules: RULES })).toMatchFileSnapshot(fixture('text', 'mixed.verbose.txt'));
  });

  it('says where pictures are, or how to get them', () => {
    const report = loadReport('pictured');
    const beside = textReporter.render(report, { ...PLAIN, hasPictureFiles: true });

    expect(textReporter.render(report, PLAIN)).toContain('  3 pictures of what was found: run with --format html --output report.html to get them\n');
    expect(beside).toContain('│ Pictures  pictures/backdoored-0123456789ab-adversarial-testing-1-contact-sheet.png');
    expect(beside).not.toContain('--output');
  });

  it.each(REPORT_NAMES)('colors the %s report with escape codes and nothing else', (name) => {
    for (const verbose of [false, true]) {
      const colored = textReporter.render(loadReport(name), { color: true, verbose });

      expect(colored).toMatch(SGR);
      expect(colored.replace(SGR, '')).toBe(textReporter.render(loadReport(name), { color: false, verbose }));
    }
  });

  it.each(REPORT_NAMES)('keeps every line of the %s report within 100 columns', (name) => {
    const lines = textReporter.render(loadReport(name), { ...PLAIN, verbose: true, rules: RULES }).split('\n');

    // A link is never broken: it could not be followed any more.
    expect(lines.filter((line) => displayWidth(line) > 100 && !line.includes('https://')).map((line) => line.slice(0, 120))).toEqual([]);
  });

  it('is quiet when all is clear: a head, one row an artifact and the verdict', () => {
    const lines = textReporter.render(release(['output-layer-outlier', 'adversarial-testing', 'perturbation-entropy']), PLAIN).trimEnd().split('\n');

    expect(lines.slice(0, 8)).toMatchInlineSnapshot(`
      [
        "Model gate  modelgate 0.1.0, policy recommended (built-in:recommended), seed 0",
        "",
        "                                             output-",
        "                                             layer-   adversarial-  perturbation-",
        "VERDICT  ARTIFACT         FORMAT  SOURCE     outlier  testing       entropy",
        "✔ pass   models/s00.onnx  onnx    ✔ trusted  · 0.00   · 0.13        · 0.26",
        "✔ pass   models/s01.onnx  onnx    ✔ trusted  · 0.07   · 0.20        · 0.33",
        "✔ pass   models/s02.onnx  onnx    ✔ trusted  · 0.14   · 0.27        · 0.40",
      ]
    `);
    // Head, blank, three lines of column names, the models, blank, verdict.
    expect(lines.length).toBe(1 + 1 + 3 + 22 + 1 + 1);
    expect(lines.at(-1)).toBe('✔ PASS  22 artifacts pass.');
  });

  const deep = (index: number) => ({ path: `models/production/vision/releases-of-2026/release-${String(index).padStart(2, '0')}/model.onnx` });

  it('puts scores on a line below when paths would be cut to the same text', () => {
    const report = release(['output-layer-outlier', 'adversarial-testing', 'perturbation-entropy'], (index) => ({
      path: `models/production/release-${String(index).padStart(2, '0')}/exported/road-signs.onnx`,
    }));

    expect(textReporter.render({ ...report, artifacts: report.artifacts.slice(0, 2) }, PLAIN)).toMatchInlineSnapshot(`
      "Model gate  modelgate 0.1.0, policy recommended (built-in:recommended), seed 0

      VERDICT  ARTIFACT                                               FORMAT  SOURCE
      ✔ pass   models/production/release-00/exported/road-signs.onnx  onnx    ✔ trusted
               output-layer-outlier · 0.00  adversarial-testing · 0.13  perturbation-entropy · 0.26
      ✔ pass   models/production/release-01/exported/road-signs.onnx  onnx    ✔ trusted
               output-layer-outlier · 0.07  adversarial-testing · 0.20  perturbation-entropy · 0.33

      ✔ PASS  2 artifacts pass.
      "
    `);
  });

  it('numbers the detectors when there are many, and still shows every score', () => {
    const detectors = Array.from({ length: 20 }, (_, index) => `detector-number-${String(index + 1)}`);
    const report = release(detectors, deep);
    const text = textReporter.render({ ...report, artifacts: report.artifacts.slice(0, 2), verdict: 'warn' }, PLAIN);

    expect(text).toMatchInlineSnapshot(`
      "Model gate  modelgate 0.1.0, policy recommended (built-in:recommended), seed 0

      VERDICT  ARTIFACT                                                         FORMAT  SOURCE
      ✔ pass   models/production/vision/releases-of-2026/release-00/model.onnx  onnx    ✔ trusted
               1 · 0.00   2 · 0.13   3 · 0.26   4 · 0.39   5 · 0.03   6 · 0.16   7 · 0.29   8 · 0.42
               9 · 0.06   10 · 0.19  11 · 0.32  12 · 0.45  13 · 0.09  14 · 0.22  15 · 0.35  16 · 0.48
               17 · 0.12  18 · 0.25  19 · 0.38  20 · 0.02
      ✔ pass   models/production/vision/releases-of-2026/release-01/model.onnx  onnx    ✔ trusted
               1 · 0.07   2 · 0.20   3 · 0.33   4 · 0.46   5 · 0.10   6 · 0.23   7 · 0.36   8 · 0.00
               9 · 0.13   10 · 0.26  11 · 0.39  12 · 0.03  13 · 0.16  14 · 0.29  15 · 0.42  16 · 0.06
               17 · 0.19  18 · 0.32  19 · 0.45  20 · 0.09
        1 detector-number-1   2 detector-number-2   3 detector-number-3   4 detector-number-4
        5 detector-number-5   6 detector-number-6   7 detector-number-7   8 detector-number-8
        9 detector-number-9   10 detector-number-10   11 detector-number-11   12 detector-number-12
        13 detector-number-13   14 detector-number-14   15 detector-number-15   16 detector-number-16
        17 detector-number-17   18 detector-number-18   19 detector-number-19   20 detector-number-20
        · clear
        scores run from 0 to 1; 0.50 is a detector’s own threshold

      COVERAGE
        22 files seen, 22 scanned, 0 skipped

      ▲ WARN  2 artifacts pass.
      "
    `);
    for (const line of text.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(100);
  });

  it('gives no room to what does not apply or follows from an unreadable file, unless everything is asked for', () => {
    const detectors = Array.from({ length: 20 }, (_, index) => `detector-number-${String(index + 1)}`);
    const report = release(detectors, deep);
    const [first, second] = report.artifacts;
    if (first === undefined || second === undefined) throw new Error('the release has models');
    const error = { code: 'format/truncated', blame: 'artifact', message: 'It ends early.', where: {} } as const;
    const artifacts: ArtifactReport[] = [
      { ...first, results: first.results.map(({ score: _score, metric: _metric, ...result }, index) => (index < 8 ? { ...result, outcome: 'not-applicable', reason: 'No code.' } : { ...result, outcome: 'clear' })) },
      { ...second, error, results: second.results.map(({ score: _score, metric: _metric, ...result }) => ({ ...result, outcome: 'error', error })) },
    ];
    const table = (verbose: boolean): string => textReporter.render({ ...report, verdict: 'warn', artifacts }, { ...PLAIN, verbose }).split('\n\n')[1] ?? '';

    expect(table(false)).toMatchInlineSnapshot(`
      "VERDICT  ARTIFACT                                                         FORMAT  SOURCE
      ✔ pass   models/production/vision/releases-of-2026/release-00/model.onnx  onnx    ✔ trusted
               1 ·  2 ·  3 ·  4 ·  5 ·  6 ·  7 ·  8 ·  9 ·  10 ·  11 ·  12 ·
      ? pass   models/production/vision/releases-of-2026/release-01/model.onnx  onnx    ✔ trusted
        1 detector-number-9   2 detector-number-10   3 detector-number-11   4 detector-number-12
        5 detector-number-13   6 detector-number-14   7 detector-number-15   8 detector-number-16
        9 detector-number-17   10 detector-number-18   11 detector-number-19   12 detector-number-20
        · clear"
    `);
    expect(table(true)).toContain('8 –');
  });

  it('counts the reasons why detectors did not run beyond the first few, and hides nothing that could not be told', () => {
    const report = release(['output-layer-outlier']);
    const artifacts = report.artifacts.map(({ results: [result], ...artifact }, index): ArtifactReport => ({
      ...artifact, results: result === undefined ? [] : [{ ...result, outcome: 'not-applicable', reason: `Reason ${String(index)}.` }],
    }));
    const text = textReporter.render({ ...report, artifacts, verdict: 'warn' }, PLAIN);

    expect(text).toContain('  … and 14 more reasons; --verbose lists every one\n');
    expect(textReporter.render({ ...report, artifacts, verdict: 'warn' }, { ...PLAIN, verbose: true })).toContain('Reason 21.');
    const untold = artifacts.map((artifact) => ({ ...artifact, results: artifact.results.map((result) => ({ ...result, outcome: 'inconclusive' as const })) }));
    expect(textReporter.render({ ...report, artifacts: untold, verdict: 'warn' }, PLAIN)).toContain('Reason 21.');
  });

  it('keeps a long list of checks within the columns', () => {
    const detectors = Array.from({ length: 9 }, (_, index) => `detector-number-${String(index + 1)}`);
    const report = release(detectors);
    const artifacts = report.artifacts.map((artifact): ArtifactReport => ({ ...artifact, results: artifact.results.map((result) => ({ ...result, outcome: 'inconclusive', reason: 'No.' })) }));
    const text = textReporter.render({ ...report, artifacts, verdict: 'warn' }, PLAIN);

    expect(text).toContain('? pass, could not tell  9 checks\n│ Checks    detector-number-1, detector-number-2,');
    for (const line of text.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(100);
  });

  it('never lets a run that looked at nothing look like one that found nothing', () => {
    const text = textReporter.render({ ...loadReport('empty'), findings: [], verdict: 'pass' }, PLAIN);

    expect(text.trimEnd().split('\n').at(-1)).toBe('– PASS  Nothing was scanned: no artifact was found, or none changed.');
  });

  it('says a reason that all shown suspects share once', () => {
    const report = loadReport('pictured');
    const [artifact] = report.artifacts;
    const [result] = artifact?.results ?? [];
    if (artifact === undefined || result === undefined) throw new Error('the report has a result');
    const suspects = ['a.png', 'b.png'].map((id) => ({ id, label: '3', score: 4.5, reason: 'It is set apart.', place: { file: id } }));
    const shown = (given: typeof suspects): string =>
      textReporter.render({ ...report, artifacts: [{ ...artifact, results: [{ ...result, suspects: given, suspectCount: 9 }] }] }, PLAIN).replace(/\n│ {11}/g, ' ');

    expect(shown(suspects)).toContain('│ Suspects  a.png (label 3, score 4.5); b.png (label 3, score 4.5): It is set apart.; and 7 more');
    expect(shown(suspects.map((one, index) => ({ ...one, reason: `Reason ${String(index)}.` })))).toContain('a.png (label 3, score 4.5: Reason 0.); b.png (label 3, score 4.5: Reason 1.); and 7 more');
  });

  it('never cuts two paths to the same text', () => {
    const report = release(['output-layer-outlier', 'adversarial-testing', 'perturbation-entropy'], (index) => ({
      path: `models/${'a'.repeat(20)}/${String(index).padStart(2, '0')}/${'b'.repeat(20)}.onnx`,
    }));
    const rows = textReporter.render(report, PLAIN).split('\n').filter((line) => line.startsWith('✔ pass'));

    expect(new Set(rows).size).toBe(22);
  });

  it('leaves out clear rows beyond 200 and counts them', () => {
    const [model] = release(['a']).artifacts;
    if (model === undefined) throw new Error('no model');
    const artifacts = Array.from({ length: 250 }, (_, index) => ({ ...model, path: `m${String(index).padStart(3, '0')}` }));
    const text = textReporter.render({ ...loadReport('clean'), artifacts }, PLAIN);

    expect(text).toContain('… and 50 clear artifacts more');
    expect(textReporter.render({ ...loadReport('clean'), artifacts }, { ...PLAIN, verbose: true })).toContain('m249');
  });

  it('tells a pass with open questions from a pass', () => {
    const report = loadReport('mixed');
    const artifacts = report.artifacts.filter((one) => one.path === 'models/encoder.onnx').map((one) => ({ ...one, verdict: 'pass' as const, findings: [] }));
    const text = textReporter.render({ ...report, verdict: 'pass', artifacts, findings: [] }, PLAIN);

    expect(text).toContain('? pass   models/encoder.onnx');
    expect(text).toContain('? pass, could not tell  output-layer-outlier');
    expect(text.trimEnd().split('\n').at(-1)).toBe('✔ PASS  1 artifact passes; something could not be told for 1.');
  });
});
