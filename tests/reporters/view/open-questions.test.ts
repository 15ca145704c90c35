import { describe, expect, it } from 'vitest';
import { openQuestions } from '../../../src/reporters/view/open-questions.ts';
import { loadReport } from '../load-report.ts';

describe('openQuestions', () => {
  it('says a reason once for all artifacts and checks that share it', () => {
    const questions = openQuestions(loadReport('mixed'));

    expect(questions.filter((one) => one.outcome === 'not-applicable')).toEqual([
      expect.objectContaining({
        checks: ['adversarial-testing', 'perturbation-entropy'],
        paths: ['models/encoder.onnx', 'models/vendor/detector.onnx'],
        verdict: 'pass',
      }),
    ]);
  });

  it('joins an open outcome with the verdict and the next step of its finding', () => {
    const [question] = openQuestions(loadReport('mixed')).filter((one) => one.paths.includes('models/encoder.onnx') && one.outcome === 'inconclusive');

    expect(question).toMatchObject({ checks: ['output-layer-outlier'], verdict: 'warn', nextStep: expect.stringContaining('Remove the reason') as string });
  });

  it('puts what fails the gate first', () => {
    expect(openQuestions(loadReport('mixed')).map((one) => one.verdict)).toEqual(['fail', 'fail', 'warn', 'warn', 'warn', 'pass']);
  });

  it('loses no finding that says "could not tell", even one that matches no outcome', () => {
    const report = loadReport('clean');
    const [artifact] = report.artifacts;
    artifact?.findings.push({
      rule: 'gate/timed-out', verdict: 'warn', severity: 'medium', text: 'Time ran out.', nextStep: 'Give more time.', location: {}, fingerprint: 'f',
    });

    expect(openQuestions(report)).toEqual([
      { checks: ['gate/timed-out'], outcome: 'inconclusive', verdict: 'warn', reason: 'Time ran out.', nextStep: 'Give more time.', paths: ['models/clean.onnx'] },
    ]);
  });

  it('asks once for a lockfile, though every finding names its own artifact', () => {
    const report = loadReport('clean');
    for (const artifact of report.artifacts) {
      artifact.provenance = { outcome: 'not-applicable', text: 'There is no lockfile to compare with.', observations: [] };
      artifact.findings.push({
        rule: 'trusted-source/no-lockfile', verdict: 'warn', severity: 'info', text: `Nothing says which bytes of ${artifact.path} are approved.`,
        nextStep: 'Write a lockfile.', location: {}, fingerprint: artifact.path,
      });
    }

    expect(openQuestions(report)).toEqual([
      {
        checks: ['trusted-source'], outcome: 'inconclusive', verdict: 'warn', reason: 'There is no lockfile to compare with.', nextStep: 'Write a lockfile.',
        paths: ['models/clean.onnx', 'models/release-candidate.onnx'],
      },
    ]);
  });

  it('speaks of a Git LFS pointer once, in the words of its finding', () => {
    const report = loadReport('clean');
    const [artifact] = report.artifacts;
    if (artifact === undefined) throw new Error('the clean report has no artifact');
    const finding = { verdict: 'warn', location: {} } as const;
    artifact.error = { code: 'artifact/pointer', blame: 'user', message: 'A pointer stands in for the file.', where: {}, nextStep: 'Fetch it.' };
    artifact.provenance = { outcome: 'inconclusive', text: 'It is not listed.', observations: [] };
    artifact.results = [];
    artifact.findings.push(
      { ...finding, rule: 'trusted-source/no-lockfile', severity: 'info', text: 'No lockfile.', nextStep: 'Write a lockfile.', fingerprint: 'a' },
      { ...finding, rule: 'trusted-source/unresolved-pointer', severity: 'medium', text: 'It points to other bytes.', nextStep: 'Fetch the file.', fingerprint: 'b' },
    );

    expect(openQuestions(report).map(({ checks, reason, nextStep }) => [checks, reason, nextStep])).toEqual([
      [['trusted-source'], 'It points to other bytes.', 'Fetch the file.'],
      [['trusted-source'], 'There is no lockfile to compare with.', 'Write a lockfile.'],
    ]);

    // Under a policy that lets pointers pass there is no finding, and the error is all that says so.
    artifact.findings = [];
    expect(openQuestions(report).map(({ checks }) => checks)).toEqual([['trusted-source'], ['artifact/pointer']]);
  });

  it('says that a file cannot be read once, and not that it could not be compared as well', () => {
    const report = loadReport('clean');
    const [artifact] = report.artifacts;
    if (artifact === undefined) throw new Error('the clean report has no artifact');
    artifact.error = { code: 'artifact/unreadable', blame: 'user', message: 'The link leads nowhere.', where: {} };
    artifact.provenance = { outcome: 'error', text: 'Not compared: The link leads nowhere.', observations: [] };
    artifact.results = [];

    expect(openQuestions(report).map(({ checks }) => checks)).toEqual([['artifact/unreadable']]);
  });

  it('keeps questions about the run apart from those about artifacts', () => {
    expect(openQuestions(loadReport('empty'))).toEqual([expect.objectContaining({ checks: ['gate/nothing-to-scan'], paths: [], verdict: 'warn' })]);
  });

  it('treats a detector that does not apply as open only when the policy minds', () => {
    const report = loadReport('mixed');
    const encoder = report.artifacts.find((one) => one.path === 'models/encoder.onnx');
    encoder?.findings.push({
      rule: 'gate/required-not-run', verdict: 'fail', severity: 'medium', text: 'The policy requires it.', nextStep: 'Provide samples.',
      detector: 'adversarial-testing', location: {}, fingerprint: 'f',
    });
    const [first] = openQuestions(report).filter((one) => one.checks.includes('adversarial-testing'));

    expect(first).toMatchObject({ outcome: 'inconclusive', verdict: 'fail', nextStep: 'Provide samples.', paths: ['models/encoder.onnx'] });
  });
});
