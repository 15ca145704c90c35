import type { ArtifactReport, Finding, GateReport } from '../report.ts';
import { escapeJson, escapeSarif, MAX_NAME_CHARACTERS } from './escape.ts';
import type { RenderOptions, Reporter } from './reporter.ts';
import { fileLocation, findingLocation, runLocation, SOURCE_ROOT } from './sarif/sarif-locations.ts';
import type { SarifArtifact, SarifArtifactLocation, SarifLevel, SarifLog, SarifResult } from './sarif/sarif-log.ts';
import { isExecutionSuccessful, notification, NOTIFICATION_KINDS, sarifNotifications } from './sarif/sarif-notifications.ts';
import { sarifRuleId, sarifRules } from './sarif/sarif-rules.ts';
import type { FindingView } from './view/finding-view.ts';
import { count } from './view/format-number.ts';
import { viewReport, type ReportView } from './view/report-view.ts';

/** GitHub takes 25,000 results a run and shows the 5,000 most severe: what it would not show is counted instead. */
export const MAX_RESULTS = 5_000;
/** A listing of what was scanned, not the scan itself; artifacts with findings come first. */
const MAX_ARTIFACTS = 5_000;

export const sarifReporter: Reporter = {
  meta: {
    id: 'sarif',
    title: 'SARIF',
    description: 'SARIF 2.1.0 for code scanning: findings as results; what could not be told as notifications.',
    mediaType: 'application/sarif+json',
    fileExtension: 'sarif',
    // GitHub's limit is 10 MB after gzip. Ours is before: stricter, and known without compressing.
    maxBytes: 10_000_000,
    since: '0.1.0',
  },
  render(report: GateReport, options: RenderOptions): string {
    const view = viewReport(report, options.rules);
    const maxBytes = Math.min(options.maxBytes ?? Infinity, sarifReporter.meta.maxBytes ?? Infinity);
    // Every string is bounded, so a log of half the results is about half as long; few rounds are needed.
    for (let results = MAX_RESULTS, artifacts = MAX_ARTIFACTS; ; results = Math.floor(results / 2), artifacts = Math.floor(artifacts / 2)) {
      const text = `${escapeJson(JSON.stringify(sarifLog(view, options, results, artifacts), undefined, 2))}\n`;
      if (Buffer.byteLength(text) <= maxBytes || (results === 0 && artifacts === 0)) return text;
    }
  },
};

function sarifLog(view: ReportView, options: RenderOptions, maxResults: number, maxArtifacts: number): SarifLog {
  const { report } = view;
  const findings = view.findings.slice(0, maxResults);
  const artifacts = sarifArtifacts(view, findings, maxArtifacts);
  const rules = sarifRules(findings, options.rules);
  const ruleIndex = new Map(rules.map((rule, index) => [rule.id, index]));
  const leftOut = { results: view.findings.length - findings.length, artifacts: view.rows.length - artifacts.listed };
  const notes = [
    ...(leftOut.results > 0 ? [notification('warning', 'left-out', `${count(leftOut.results, 'less severe result')} left out; the JSON report has every one.`, [])] : []),
    ...(leftOut.artifacts > 0 ? [notification('note', 'left-out', `${count(leftOut.artifacts, 'artifact')} not listed; the JSON report has every one.`, [])] : []),
  ];
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: escapeSarif(report.tool.name, MAX_NAME_CHARACTERS),
            version: escapeSarif(report.tool.version, MAX_NAME_CHARACTERS),
            informationUri: 'https://github.com/modelgate/modelgate',
            rules,
            notifications: NOTIFICATION_KINDS,
          },
        },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { [SOURCE_ROOT]: { description: { text: 'The folder that the paths of the report are relative to.' } } },
        artifacts: artifacts.list,
        invocations: [
          { executionSuccessful: isExecutionSuccessful(report), toolExecutionNotifications: [...notes, ...sarifNotifications(view)] },
        ],
        results: findings.map((one) => sarifResult(one, ruleIndex.get(sarifRuleId(one.finding.rule)) ?? -1, artifacts.locate(one.artifact))),
        properties: {
          verdict: report.verdict,
          summary: view.headline,
          policy: { id: escapeSarif(report.policy.id, MAX_NAME_CHARACTERS), digest: escapeSarif(report.policy.digest, MAX_NAME_CHARACTERS), source: escapeSarif(report.policy.source, MAX_NAME_CHARACTERS) },
          seed: report.seed,
          coverage: { seen: report.coverage.seen, scanned: report.coverage.scanned, skipped: report.coverage.skipped.length },
          notApplicable: view.notApplicable.reduce((sum, group) => sum + group.paths.length, 0),
          leftOut,
        },
      },
    ],
  };
}

function sarifResult(view: FindingView, ruleIndex: number, file: SarifArtifactLocation): SarifResult {
  const { finding, artifact } = view;
  const sentences = [
    escapeSarif(finding.text),
    ...(view.measured === undefined ? [] : [`Measured: ${escapeSarif(view.measured)}.`]),
    `How sure: ${view.howSure}`,
    `Next step: ${escapeSarif(finding.nextStep)}`,
  ];
  const fingerprint = escapeSarif(finding.fingerprint, MAX_NAME_CHARACTERS);
  const { bytes } = finding.location;
  return {
    ruleId: sarifRuleId(finding.rule),
    ruleIndex,
    level: levelOf(finding),
    message: { text: sentences.join(' ') },
    locations: [findingLocation(finding, artifact, file)],
    // The first is ours; the second is the only one GitHub compares, and it cannot compute one for a binary file.
    partialFingerprints: { 'modelgateFinding/v1': fingerprint, primaryLocationLineHash: fingerprint },
    ...(finding.confidence === undefined ? {} : { rank: Math.round(finding.confidence * 1000) / 10 }),
    properties: {
      verdict: finding.verdict,
      severity: finding.severity,
      evidence: view.evidence,
      ...(finding.confidence === undefined ? {} : { confidence: finding.confidence }),
      ...(finding.detector === undefined ? {} : { detector: escapeSarif(finding.detector, MAX_NAME_CHARACTERS) }),
      ...(artifact === undefined ? { scope: 'run' } : { artifact: escapeSarif(artifact.path, MAX_NAME_CHARACTERS) }),
      ...(bytes === undefined ? {} : { byteOffset: bytes.offset, byteLength: bytes.length }),
    },
  };
}

/** What fails the gate is an error whatever its severity; what warns is a note when it is slight. */
function levelOf({ verdict, severity }: Finding): SarifLevel {
  if (verdict === 'fail') return 'error';
  return severity === 'info' || severity === 'low' ? 'note' : 'warning';
}

interface Listed {
  readonly list: SarifArtifact[];
  /** How many artifacts of the report are in the list; containers that are no artifacts themselves are not counted. */
  readonly listed: number;
  readonly locate: (artifact: ArtifactReport | undefined) => SarifArtifactLocation;
}

function sarifArtifacts(view: ReportView, findings: readonly FindingView[], max: number): Listed {
  const found = new Set(findings.map((one) => one.artifact));
  const artifacts = view.rows.map((row) => row.artifact);
  const chosen = artifacts.length <= max ? artifacts
    : [...artifacts.filter((one) => found.has(one)), ...artifacts.filter((one) => !found.has(one))].slice(0, max);
  const list: SarifArtifact[] = [];
  const indexes = new Map<ArtifactReport, number>();
  for (const artifact of chosen) {
    indexes.set(artifact, list.length);
    list.push(sarifArtifact(artifact));
  }
  return {
    list,
    listed: chosen.length,
    locate: (artifact) => {
      if (artifact === undefined) return runLocation(view.report);
      const index = indexes.get(artifact);
      return index === undefined ? fileLocation(artifact.path) : { ...fileLocation(artifact.path), index };
    },
  };
}

function sarifArtifact(artifact: ArtifactReport): SarifArtifact {
  const changes = artifact.change === undefined ? [] : [artifact.change];
  const hash = artifact.digest?.replace(/^sha256:/, '');
  return {
    location: fileLocation(artifact.path),
    ...(artifact.size === undefined ? {} : { length: artifact.size }),
    roles: ['analysisTarget', ...changes],
    ...(hash === undefined ? {} : { hashes: { 'sha-256': escapeSarif(hash, MAX_NAME_CHARACTERS) } }),
    properties: {
      path: escapeSarif(artifact.path, MAX_NAME_CHARACTERS),
      verdict: artifact.verdict,
      ...(artifact.format === undefined ? {} : { format: escapeSarif(artifact.format, MAX_NAME_CHARACTERS) }),
      ...(artifact.container === undefined ? {} : { container: escapeSarif(artifact.container, MAX_NAME_CHARACTERS) }),
      outcomes: Object.fromEntries(artifact.results.map((one) => [escapeSarif(one.detector, MAX_NAME_CHARACTERS), one.outcome])),
    },
  };
}
