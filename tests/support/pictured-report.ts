import { sha256Of } from '../../src/artifacts/digest.ts';
import { drawTriggerPicture } from '../../src/inspection/draw-trigger-picture.ts';
import type { GateReport, Picture, Pictures } from '../../src/report.ts';
import { smallPicture } from './small-picture.ts';

/** A report with one flagged model whose observation (and the finding of it) has a contact sheet, a mask and a pattern. */
export function picturedReport(change: Partial<Picture> = {}): { readonly report: GateReport; readonly pictures: Pictures; readonly named: readonly Picture[] } {
  const drawn = drawTriggerPicture(smallPicture());
  const named = drawn.map(({ kind, title, png }): Picture => ({ file: `pictures/backdoored-0123456789ab-adversarial-testing-1-${kind}.png`, digest: sha256Of(png), kind, title, ...change }));
  const seen = { rule: 'adversarial-testing/all-to-one', severity: 'critical' as const, text: 'Seen.', location: { targetClass: 5 } };
  const digest = `sha256:${'0'.repeat(64)}`;
  const report: GateReport = {
    version: 1,
    tool: { name: 'modelgate', version: '0.1.0' },
    policy: { id: 'recommended', digest, source: 'built-in:recommended' },
    seed: 0,
    verdict: 'fail',
    artifacts: [
      {
        path: 'models/backdoored.onnx', digest, size: 1, format: 'onnx', verdict: 'fail', notes: [],
        provenance: { outcome: 'not-applicable', text: '', observations: [] },
        results: [{ detector: 'adversarial-testing', outcome: 'flagged', score: 0.99, examined: 10, seconds: 1, measurements: [], observations: [{ ...seen, data: {}, pictures: named.map((one) => ({ ...one })) }] }],
        findings: [{ ...seen, verdict: 'fail', confidence: 0.99, nextStep: 'Do not ship the model.', detector: 'adversarial-testing', fingerprint: 'f' }],
      },
    ],
    findings: [],
    coverage: { seen: 1, scanned: 1, skipped: [] },
  };
  return { report, pictures: new Map(drawn.map(({ png }) => [sha256Of(png), png])), named };
}
