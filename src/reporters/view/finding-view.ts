import type { ArtifactReport, Finding, GateReport, Picture, ReportedDiagram, Result, Suspect } from '../../report.ts';
import { docsUrl } from '../docs-url.ts';
import type { RuleCatalog, RuleDescription } from '../reporter.ts';
import { findingEvidence } from './evidence.ts';
import { formatPair, formatScore } from './format-number.ts';
import { describeLocation, type LocationPart } from './describe-location.ts';

/**
 * A finding in the words a reviewer needs. Texts are not escaped: each reporter does that its own way. Trusted members
 * (`checks`, `references`, `docsUrl`) come from the rule catalogue, everything else may hold an artifact's words.
 */
export interface FindingView {
  readonly finding: Finding;
  readonly artifact: ArtifactReport | undefined;
  readonly evidence: 'flagged' | 'untold';
  readonly title: string;
  /** The metric against its threshold and the score; absent when nothing was measured. */
  readonly measured: string | undefined;
  readonly howSure: string;
  /** What follows from it. */
  readonly meaning: string;
  /** What the check looks at in general: the same for all of its findings. */
  readonly checks: string | undefined;
  readonly where: readonly LocationPart[];
  readonly docsUrl: string;
  readonly references: RuleDescription['references'];
  /** Of the observation behind the finding. */
  readonly pictures: readonly Picture[];
  /** Files beside a written report: the pictures, and the drawing of the diagram. */
  readonly pictureFiles: readonly string[];
  /** Of a dataset: the samples that the result behind the finding suspects, the first of `suspectCount`. */
  readonly suspects: readonly SuspectView[];
  readonly suspectCount: number;
  /** The same: the part of the graph it is about. */
  readonly diagram: ReportedDiagram | undefined;
}

const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;

const CONSEQUENCES: Readonly<Record<Finding['severity'], string>> = {
  critical: 'whoever loads the artifact or relies on it can be harmed.',
  high: 'the release should stop until this is explained.',
  medium: 'this needs an explanation before the release.',
  low: 'this is a weakness rather than an attack.',
  info: 'nothing has to be done.',
};

export interface SuspectView {
  readonly suspect: Suspect;
  /** The file that holds it, relative to the root. */
  readonly file: string;
}

export function viewFinding(finding: Finding, artifact: ArtifactReport | undefined, rules: RuleCatalog | undefined): FindingView {
  const rule = rules?.get(finding.rule);
  const result = artifact?.results.find((one) => one.detector === finding.detector);
  const evidence = findingEvidence(finding);
  const isEstimate = finding.confidence !== undefined || (result?.metric !== undefined && result.metric.name !== FACTS);
  const observation = result === undefined ? undefined : observationBehind(finding, result);
  // Suspects belong to the result: its first finding shows them.
  const suspects = observation === undefined || observation !== result?.observations[0] ? [] : (result.suspects ?? []);
  return {
    finding,
    artifact,
    evidence,
    title: rule?.title ?? titleOf(finding.rule),
    measured: result === undefined ? combined(finding, artifact) : measuredBy(result),
    howSure: evidence === 'untold' ? 'Could not tell. This is evidence neither for nor against the artifact.' : sureness(finding, isEstimate),
    meaning: evidence === 'untold' ? 'The check did not come to a result, so its part of the gate is open.' : consequence(finding, isEstimate),
    checks: rule?.meaning,
    where: describeLocation(finding.location),
    docsUrl: rule?.docsUrl ?? docsUrl(finding.rule),
    references: (rule?.references ?? []).filter((one) => one.role !== 'background'),
    pictures: observation?.pictures ?? [],
    pictureFiles: [...(observation?.pictures ?? []).map((one) => one.file), ...(observation?.diagram?.file === undefined ? [] : [observation.diagram.file])],
    suspects: suspects.map((suspect) => ({ suspect, file: fileOfSuspect(suspect, artifact) })),
    suspectCount: suspects.length === 0 ? 0 : (result?.suspectCount ?? suspects.length),
    diagram: observation?.diagram,
  };
}

/** A dataset is a folder of files, or the one file that holds all samples. */
function fileOfSuspect({ place }: Suspect, artifact: ArtifactReport | undefined): string {
  if (artifact === undefined) return place.file;
  const file = artifact.container ?? artifact.path;
  return file === place.file || file.endsWith(`/${place.file}`) ? file : `${file}/${place.file}`;
}

/** A finding is an observation that the policy took up: rule, words and place are the same. */
function observationBehind({ rule, text, location }: Finding, { observations }: Result): Result['observations'][number] | undefined {
  const place = JSON.stringify(describeLocation(location));
  return observations.find((one) => one.rule === rule && one.text === text && JSON.stringify(describeLocation(one.location)) === place);
}

/** Detectors of facts measure how severe the worst of them is; every other metric is an estimate, with a score or without one. */
const FACTS = 'severity of the worst observation';

/** What was estimated may be false; what is a fact is said without an "if". */
function consequence({ severity }: Finding, isEstimate: boolean): string {
  const text = CONSEQUENCES[severity];
  return !isEstimate ? text.slice(0, 1).toUpperCase() + text.slice(1) : `If the finding is true, ${text}`;
}

/** All findings, the ones to look at first first: verdict, severity, score, then path, so that the order never varies. */
export function viewFindings(report: GateReport, rules: RuleCatalog | undefined): FindingView[] {
  const views = [
    ...report.findings.map((finding) => viewFinding(finding, undefined, rules)),
    ...report.artifacts.flatMap((artifact) => artifact.findings.map((finding) => viewFinding(finding, artifact, rules))),
  ];
  return views.sort(
    (a, b) =>
      Number(b.finding.verdict === 'fail') - Number(a.finding.verdict === 'fail') ||
      SEVERITIES.indexOf(a.finding.severity) - SEVERITIES.indexOf(b.finding.severity) ||
      Number(a.evidence === 'untold') - Number(b.evidence === 'untold') ||
      (b.finding.confidence ?? 0) - (a.finding.confidence ?? 0) ||
      compare(a.artifact?.path ?? '', b.artifact?.path ?? '') ||
      compare(a.finding.rule, b.finding.rule) ||
      compare(a.finding.fingerprint, b.finding.fingerprint),
  );
}

/** By code units: `localeCompare` depends on the machine. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function measuredBy(result: Result): string | undefined {
  if (result.metric === undefined) return undefined;
  const { name, unit, flaggedWhen } = result.metric;
  const [value, threshold] = formatPair(result.metric.value, result.metric.threshold);
  const score = result.score === undefined ? '' : `; score ${formatScore(result.score)}`;
  return `${name} ${withUnit(value, unit)}, flagged ${flaggedWhen} ${threshold}${score}`;
}

function withUnit(value: string, unit: string): string {
  return unit === '' || unit === '1' ? value : `${value} ${unit}`;
}

/** A rule of the policy combines detectors: what they said is what was measured. */
function combined(finding: Finding, artifact: ArtifactReport | undefined): string | undefined {
  if (artifact === undefined || !finding.rule.startsWith('policy/')) return undefined;
  const scored = artifact.results.filter((one) => one.score !== undefined);
  if (scored.length === 0) return undefined;
  return scored.map((one) => `${one.detector} ${formatScore(one.score ?? 0)} (${one.outcome})`).join(', ');
}

function sureness(finding: Finding, isEstimate: boolean): string {
  const { confidence } = finding;
  if (confidence === undefined && isEstimate) return 'Not known: the measurement is beyond its threshold, and no score was fitted to it. The detector’s page says what was measured.';
  if (confidence === undefined) {
    return finding.rule.startsWith('trusted-source/') || finding.rule.startsWith('dataset-source/') ?
        'Exact: digests were compared, nothing was estimated.'
      : 'A matter of fact, not of degree: nothing was estimated.';
  }
  const score = formatScore(confidence);
  if (confidence >= 0.9) return `High. Score ${score} is far beyond the detector’s own threshold of 0.50.`;
  if (confidence >= 0.7) return `Moderate. Score ${score} is clearly beyond the detector’s own threshold of 0.50.`;
  if (confidence >= 0.5) return `Low. Score ${score} is just beyond the detector’s own threshold of 0.50.`;
  return `Low. Score ${score} is below the detector’s own threshold of 0.50; the policy is stricter.`;
}

/** `output-layer-outlier/target-class` as "Target class", for rules the catalogue does not know. */
function titleOf(rule: string): string {
  const words = rule.slice(rule.lastIndexOf('/') + 1).replace(/-/g, ' ');
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
