import { describe, expect, it } from 'vitest';
import { mergeReports } from '../../src/gate/merge-reports.ts';
import type { ArtifactReport, GateReport } from '../../src/report.ts';

function artifact(path: string, verdict: ArtifactReport['verdict'], digit = '1'): ArtifactReport {
  return {
    path, digest: `sha256:${digit.repeat(64)}`, verdict,
    provenance: { outcome: 'clear', text: '', observations: [] },
    results: [{ detector: 'd', outcome: 'clear', score: 0.1, examined: 1, seconds: 0, observations: [], measurements: [] }],
    findings: [], notes: [],
  };
}

function report(artifacts: ArtifactReport[], rest: Partial<GateReport> = {}): GateReport {
  return {
    version: 1,
    tool: { name: 'modelgate', version: '0.1.0' },
    policy: { id: 'p', digest: `sha256:${'0'.repeat(64)}`, source: 'built-in:p' },
    seed: 0,
    verdict: 'pass',
    artifacts,
    findings: [],
    coverage: { seen: artifacts.length, scanned: artifacts.length, skipped: [] },
    ...rest,
  };
}

describe('mergeReports', () => {
  it('joins the artifacts of all shards by path and takes the worst verdict', () => {
    const skipped = [{ path: 'a.onnx', reason: 'not in shard 2/2' }];

    const merged = mergeReports([report([artifact('b.onnx', 'fail')], { coverage: { seen: 2, scanned: 1, skipped } }), report([artifact('a.onnx', 'pass')])]);

    expect(merged.artifacts.map((one) => one.path)).toEqual(['a.onnx', 'b.onnx']);
    expect(merged.verdict).toBe('fail');
    expect(merged.coverage).toEqual({ seen: 2, scanned: 2, skipped: [] });
  });

  it('forgets that one shard was empty, but not that all were', () => {
    const empty = report([], {
      verdict: 'fail',
      findings: [{ rule: 'gate/nothing-to-scan', verdict: 'fail', severity: 'low', text: '', nextStep: '', location: {}, fingerprint: 'n' }],
    });

    expect(mergeReports([empty, report([artifact('a.onnx', 'pass')])]).verdict).toBe('pass');
    expect(mergeReports([empty, empty])).toMatchObject({ verdict: 'fail', findings: [{ rule: 'gate/nothing-to-scan' }] });
  });

  it('refuses an incomplete set of shards, and takes no verdict a report gives itself on trust', () => {
    const skipped = [{ path: 'b.onnx', reason: 'not in shard 1/2' }];
    const finding = { rule: 'x/y', verdict: 'fail' as const, severity: 'high' as const, text: '', nextStep: '', location: {}, fingerprint: 'f' };

    expect(() => mergeReports([report([artifact('a.onnx', 'pass')], { coverage: { seen: 2, scanned: 1, skipped } })])).toThrow('another shard');
    expect(mergeReports([report([{ ...artifact('a.onnx', 'pass'), findings: [finding] }])]).verdict).toBe('fail');
  });

  it('refuses reports that are not parts of one run', () => {
    expect(() => mergeReports([])).toThrow('no report');
    expect(() => mergeReports([report([]), report([], { seed: 1 })])).toThrow('not parts of one run');
    expect(() => mergeReports([report([artifact('a', 'pass', '1')]), report([artifact('a', 'pass', '2')])])).toThrow('different digests');
  });
});
