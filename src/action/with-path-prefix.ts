import type { GateReport } from '../report.ts';

/**
 * The same report with paths relative to the repository instead of the working directory: annotations and SARIF name
 * files as GitHub knows them. `prefix` ends with `/`, or is empty.
 */
export function withPathPrefix(report: GateReport, prefix: string): GateReport {
  if (prefix === '') return report;
  return {
    ...report,
    artifacts: report.artifacts.map((one) => ({
      ...one,
      path: `${prefix}${one.path}`,
      ...(one.container === undefined ? {} : { container: `${prefix}${one.container}` }),
    })),
    coverage: { ...report.coverage, skipped: report.coverage.skipped.map((one) => ({ ...one, path: `${prefix}${one.path}` })) },
  };
}
