import type { GateReport, Picture } from '../report.ts';

/** Every picture that a report names, in its order. */
export function picturesOf(report: Pick<GateReport, 'artifacts'>): Picture[] {
  return report.artifacts.flatMap((artifact) => artifact.results.flatMap((result) => result.observations.flatMap((one) => one.pictures ?? [])));
}
