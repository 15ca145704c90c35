import { describe, expect, it } from 'vitest';
import type { GateReport } from '../../src/report.ts';
import { templateReporter } from './reporter.ts';

const report: GateReport = {
  version: 1,
  tool: { name: 'modelgate', version: '0.0.0' },
  policy: { id: 'recommended', digest: `sha256:${'0'.repeat(64)}`, source: 'built-in:recommended' },
  seed: 0,
  verdict: 'pass',
  artifacts: [],
  findings: [],
  coverage: { seen: 0, scanned: 0, skipped: [] },
};

describe('template-reporter', () => {
  it('renders the verdict', () => {
    expect(templateReporter.render(report, { color: false, verbose: false })).toMatchInlineSnapshot(`
      "pass
      "
    `);
  });
});
