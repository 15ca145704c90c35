import type { ArtifactReport, GateReport, Verdict } from '../../report.ts';
import { groupDigits } from '../escape.ts';
import type { RuleCatalog } from '../reporter.ts';
import { artifactEvidence, type Evidence } from './evidence.ts';
import { compare, viewFindings, type FindingView } from './finding-view.ts';
import { count } from './format-number.ts';
import { openQuestions, type OpenQuestion } from './open-questions.ts';

export interface RowView {
  readonly artifact: ArtifactReport;
  readonly evidence: Evidence;
  /** Short words after the path: deleted, LFS pointer, external data, member. */
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
  /** Every finding, the ones to look at first first. */
  readonly findings: readonly FindingView[];
  /** The findings that say something was seen; those that say "could not tell" are in `untold`. */
  readonly flagged: readonly FindingView[];
  /** What could not be told, why, and what the policy made of that. */
  readonly untold: readonly OpenQuestion[];
  /** What does not apply and what would make it run. */
  readonly notApplicable: readonly OpenQuestion[];
  readonly skipped: readonly { readonly reason: string; readonly paths: readonly string[] }[];
  /** Nothing flagged, nothing left open, nothing skipped, and something was looked at. */
  readonly allClear: boolean;
}

export function viewReport(report: GateReport, rules: RuleCatalog | undefined): ReportView {
  const rows = [...report.artifacts]
    .sort((a, b) => compare(a.path, b.path))
    .map((artifact): RowView => ({ artifact, evidence: artifactEvidence(artifact), tags: tagsOf(artifact) }));
  const findings = viewFindings(report, rules);
  const questions = openQuestions(report);
  const untold = questions.filter((one) => one.outcome !== 'not-applicable');
  const skipped = groupSkipped(report);
  return {
    report,
    verdict: report.verdict,
    headline: headline(report, rows, findings, new Set(untold.flatMap((one) => one.paths)).size),
    rows,
    detectors: [...new Set(rows.flatMap((row) => row.artifact.results.map((result) => result.detector)))],
    findings,
    flagged: findings.filter((one) => one.evidence === 'flagged'),
    untold,
    notApplicable: questions.filter((one) => one.outcome === 'not-applicable'),
    skipped,
    allClear:
      report.verdict === 'pass' && findings.length === 0 && untold.length === 0 && skipped.length === 0 &&
      rows.some((row) => row.evidence === 'clear') && rows.every((row) => row.evidence !== 'flagged'),
  };
}

function headline(report: GateReport, rows: readonly RowView[], findings: readonly FindingView[], untold: number): string {
  if (rows.length === 0) {
    const open = findings.length === 0 ? '' : `; ${count(findings.length, 'finding')} about the run`;
    return `Nothing was scanned: no artifact was found, or none changed${open}.`;
  }
  const number = (verdict: Verdict): number => rows.filter((row) => row.artifact.verdict === verdict).length;
  const words = { fail: ['fails', 'fail'], warn: ['warns', 'warn'], pass: ['passes', 'pass'] } as const;
  const verdicts = (['fail', 'warn', 'pass'] as const).filter((verdict) => number(verdict) > 0);
  const parts = verdicts.map((verdict, index) => {
    const [one, several] = words[verdict];
    return index === 0 ? count(number(verdict), `artifact ${one}`, `artifacts ${several}`) : count(number(verdict), one, several);
  });
  const open = untold > 0 ? `; something could not be told for ${groupDigits(untold)}` : '';
  const run = report.findings.length > 0 ? `; ${count(report.findings.length, 'finding')} about the run` : '';
  return `${parts.join(', ')}${open}${run}.`;
}

function tagsOf(artifact: ArtifactReport): string[] {
  return [
    ...(artifact.change === undefined || artifact.change === 'modified' ? [] : [artifact.change]),
    ...(artifact.error?.code === 'artifact/pointer' ? ['LFS pointer'] : []),
    ...(artifact.dataset === undefined ? [] : [`${groupDigits(artifact.dataset.samples)} samples`]),
    ...(artifact.container === undefined || artifact.dataset !== undefined ? [] : [artifact.path.startsWith(`${artifact.container}!/`) ? 'member' : 'external data']),
    ...(artifact.members === undefined ? [] : ['archive']),
  ];
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
