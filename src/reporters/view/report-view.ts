import type { ArtifactReport, GateReport, Outcome, Verdict } from '../../report.ts';
import type { RuleCatalog } from '../reporter.ts';
import { artifactEvidence, type Evidence } from './evidence.ts';
import { compare, viewFindings, type FindingView } from './finding-view.ts';
import { count } from './format-number.ts';

/** One sentence that several artifacts share, so that twenty-two models without samples are one line and not 22. */
export interface Group {
  /** Detector id, or the part of the gate that speaks. */
  readonly what: string;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly nextStep: string | undefined;
  readonly paths: readonly string[];
}

export interface RowView {
  readonly artifact: ArtifactReport;
  readonly evidence: Evidence;
  /** Short words after the path: deleted, Git LFS pointer, part of another artifact. */
  readonly tags: readonly string[];
}

export interface ReportView {
  readonly report: GateReport;
  readonly verdict: Verdict;
  /** One sentence: the verdict and why, in numbers. */
  readonly headline: string;
  readonly rows: readonly RowView[];
  /** Detector ids in the order they ran. */
  readonly detectors: readonly string[];
  readonly findings: readonly FindingView[];
  /** What could not be told and why. */
  readonly untold: readonly Group[];
  /** What does not apply and what would make it run. */
  readonly notApplicable: readonly Group[];
  readonly skipped: readonly { readonly reason: string; readonly paths: readonly string[] }[];
  /** Nothing flagged, nothing left open, nothing skipped, and something was looked at. */
  readonly allClear: boolean;
}

export function viewReport(report: GateReport, rules: RuleCatalog | undefined): ReportView {
  const rows = [...report.artifacts]
    .sort((a, b) => compare(a.path, b.path))
    .map((artifact): RowView => ({ artifact, evidence: artifactEvidence(artifact), tags: tagsOf(artifact) }));
  const findings = viewFindings(report, rules);
  const untold = groupOutcomes(rows, (outcome) => outcome === 'inconclusive' || outcome === 'error');
  const skipped = groupSkipped(report);
  return {
    report,
    verdict: report.verdict,
    headline: headline(report, rows, findings),
    rows,
    detectors: [...new Set(rows.flatMap((row) => row.artifact.results.map((result) => result.detector)))],
    findings,
    untold,
    notApplicable: groupOutcomes(rows, (outcome) => outcome === 'not-applicable'),
    skipped,
    allClear:
      report.verdict === 'pass' && findings.length === 0 && untold.length === 0 && skipped.length === 0 &&
      rows.some((row) => row.evidence === 'clear') && rows.every((row) => row.evidence !== 'flagged'),
  };
}

function headline(report: GateReport, rows: readonly RowView[], findings: readonly FindingView[]): string {
  if (rows.length === 0) {
    const open = findings.length === 0 ? '' : `; ${count(findings.length, 'finding')} about the run itself`;
    return `Nothing was scanned${open}.`;
  }
  const failed = rows.filter((row) => row.artifact.verdict === 'fail').length;
  const warned = rows.filter((row) => row.artifact.verdict === 'warn').length;
  const untold = rows.filter((row) => isOpen(row.artifact)).length;
  const parts = [
    ...(failed > 0 ? [`${count(failed, 'artifact fails', 'artifacts fail')}`] : []),
    ...(warned > 0 ? [`${count(warned, 'artifact warns', 'artifacts warn')}`] : []),
    `${count(rows.length - failed - warned, 'artifact passes', 'artifacts pass')}`,
  ];
  const run = report.findings.length > 0 ? `; ${count(report.findings.length, 'finding')} about the run itself` : '';
  const open = untold > 0 ? `; for ${count(untold, 'artifact')} something could not be told` : '';
  return `${parts.join(', ')}${open}${run}.`;
}

function isOpen(artifact: ArtifactReport): boolean {
  const outcomes = [...artifact.results.map((one) => one.outcome), artifact.provenance.outcome];
  return artifact.error !== undefined || outcomes.some((one) => one === 'inconclusive' || one === 'error');
}

function tagsOf(artifact: ArtifactReport): string[] {
  return [
    ...(artifact.change === undefined || artifact.change === 'modified' ? [] : [artifact.change]),
    ...(artifact.error?.code === 'artifact/pointer' ? ['Git LFS pointer'] : []),
    ...(artifact.container === undefined ? [] : [`part of ${artifact.container}`]),
  ];
}

function groupOutcomes(rows: readonly RowView[], takes: (outcome: Outcome) => boolean): Group[] {
  const groups = new Map<string, Group & { paths: string[] }>();
  const add = (path: string, what: string, outcome: Outcome, reason: string, nextStep: string | undefined): void => {
    const key = JSON.stringify([what, outcome, reason, nextStep]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { what, outcome, reason, nextStep, paths: [path] });
    else group.paths.push(path);
  };
  for (const { artifact } of rows) {
    const { error, provenance } = artifact;
    if (error !== undefined && takes('error')) add(artifact.path, 'artifact', 'error', error.message, error.nextStep);
    if (takes(provenance.outcome) && provenance.outcome !== 'not-applicable') {
      add(artifact.path, 'trusted-source', provenance.outcome, provenance.text, undefined);
    }
    for (const result of artifact.results) {
      // What follows from the artifact being unreadable is said once, by the artifact's own error.
      if (!takes(result.outcome) || (error !== undefined && result.error?.code === error.code)) continue;
      const reason = result.error?.message ?? result.reason ?? 'No reason was given.';
      add(artifact.path, result.detector, result.outcome, reason, result.error?.nextStep);
    }
  }
  return [...groups.values()];
}

function groupSkipped(report: GateReport): { reason: string; paths: string[] }[] {
  const groups = new Map<string, string[]>();
  for (const { path, reason } of report.coverage.skipped) {
    const paths = groups.get(reason);
    if (paths === undefined) groups.set(reason, [path]);
    else paths.push(path);
  }
  return [...groups].map(([reason, paths]) => ({ reason, paths })).sort((a, b) => compare(a.reason, b.reason));
}
