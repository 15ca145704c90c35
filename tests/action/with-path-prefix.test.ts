import { expect, it } from 'vitest';
import { withPathPrefix } from '../../src/action/with-path-prefix.ts';
import type { GateReport } from '../../src/report.ts';

it('names files as the repository does, and changes nothing else', () => {
  const report = {
    verdict: 'fail',
    artifacts: [{ path: 'a.onnx', verdict: 'fail' }, { path: 'a.bin', container: 'a.onnx', verdict: 'pass' }],
    coverage: { seen: 3, scanned: 2, skipped: [{ path: 'b.onnx', reason: 'excluded' }] },
  } as unknown as GateReport;

  expect(withPathPrefix(report, '')).toBe(report);
  expect(withPathPrefix(report, 'team/x/')).toEqual({
    verdict: 'fail',
    artifacts: [{ path: 'team/x/a.onnx', verdict: 'fail' }, { path: 'team/x/a.bin', container: 'team/x/a.onnx', verdict: 'pass' }],
    coverage: { seen: 3, scanned: 2, skipped: [{ path: 'team/x/b.onnx', reason: 'excluded' }] },
  });
});
