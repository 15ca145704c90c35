import { describe, expect, it } from 'vitest';
import { exitCodeOf, exitCodeOfError } from '../../src/cli/exit-codes.ts';
import { ERROR_CODES, GateError, type GateErrorCode } from '../../src/errors.ts';
import type { Finding, GateReport, Verdict } from '../../src/report.ts';

function reportOf(verdict: Verdict, rules: string[]): GateReport {
  const findings = rules.map((rule): Finding => ({ rule, verdict: 'fail', severity: 'high', text: '', nextStep: '', location: {}, fingerprint: rule }));
  return {
    version: 1,
    tool: { name: 'modelgate', version: '0.1.0' },
    policy: { id: 'p', digest: `sha256:${'0'.repeat(64)}`, source: '' },
    seed: 0, verdict, artifacts: [], findings,
    coverage: { seen: 0, scanned: 0, skipped: [] },
  };
}

describe('exit codes', () => {
  it('are 0 for pass and warn, 1 for fail, 4 when nothing was scanned and that is all that fails', () => {
    expect(exitCodeOf(reportOf('pass', []))).toBe(0);
    expect(exitCodeOf(reportOf('warn', []))).toBe(0);
    expect(exitCodeOf(reportOf('fail', ['trusted-source/hash-mismatch']))).toBe(1);
    expect(exitCodeOf(reportOf('fail', ['gate/nothing-to-scan']))).toBe(4);
    expect(exitCodeOf(reportOf('fail', ['gate/nothing-to-scan', 'gate/changes-unknown']))).toBe(1);
  });

  it('tell the user’s mistakes from ours', () => {
    for (const [code, { blame }] of Object.entries(ERROR_CODES)) {
      expect(exitCodeOfError(new GateError({ code: code as GateErrorCode, message: '' }))).toBe(code === 'inspection/cancelled' ? 130 : blame === 'tool' ? 3 : 2);
    }
    expect(exitCodeOfError(new TypeError('oops'))).toBe(3);
  });
});
