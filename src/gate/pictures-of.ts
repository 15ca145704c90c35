import type { GateReport, Picture, ReportedDiagram } from '../report.ts';

/** Every picture that a report names, in its order. */
export function picturesOf(report: Pick<GateReport, 'artifacts'>): Picture[] {
  return report.artifacts.flatMap((artifact) => artifact.results.flatMap((result) => result.observations.flatMap((one) => one.pictures ?? [])));
}

/** Every diagram that a report names a file for, in its order. */
export function diagramsOf(report: Pick<GateReport, 'artifacts'>): { readonly file: string; readonly diagram: ReportedDiagram }[] {
  return report.artifacts.flatMap((artifact) => artifact.results.flatMap((result) => result.observations.flatMap(({ diagram }) => (diagram?.file === undefined ? [] : [{ file: diagram.file, diagram }]))));
}
