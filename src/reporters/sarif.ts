import type { ArtifactReport, Finding, GateReport, Picture } from '../report.ts';
import { encodePath, escapeSarif, MAX_NAME_CHARACTERS } from './escape.ts';
import type { RenderOptions, Reporter } from './reporter.ts';
import { fileLocation, findingLocation, runLocation, SOURCE_ROOT } from './sarif/sarif-locations.ts';
import type { SarifArtifact, SarifArtifactLocation, SarifAttachment, SarifLevel, SarifLog, SarifResult } from './sarif/sarif-log.ts';
import { isExecutionSuccessful, notification, NOTIFICATION_KINDS, sarifNotifications } from './sarif/sarif-notifications.ts';
import { sarifRuleId, sarifRules } from './sarif/sarif-rules.ts';
import type { FindingView, SuspectView } from './view/finding-view.ts';
import { suspectWords } from './view/suspect-words.ts';
import { count } from './view/format-number.ts';
import { viewReport, type ReportView } from './view/report-view.ts';

/** GitHub takes 25,000 results a run and shows the 5,000 most severe: what it would not show is counted instead. */
export const MAX_RESULTS = 5_000;
/** A listing of what was scanned, not the scan itself; artifacts with findings come first. */
const MAX_ARTIFACTS = 5_000;
/** Related locations of one result; GitHub shows some dozens. */
const MAX_SUSPECTS = 20;

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
    const source: Source = {
      view,
      rules: options.rules,
      files: new Map(report.artifacts.map((artifact) => [artifact, fileLocation(artifact.path)])),
      results: new Map(view.findings.slice(0, MAX_RESULTS).map((finding) => [finding, sarifResult(finding)])),
    };
    const maxBytes = Math.min(options.maxBytes ?? Infinity, sarifReporter.meta.maxBytes ?? Infinity);
    for (let share = 1; ; ) {
      const text = `${JSON.stringify(sarifLog(source, share), undefined, 2)}\n`;
      const bytes = Buffer.byteLength(text);
      if (bytes <= maxBytes || share === 0) return text;
      // Size follows the share closely, because every string is bounded; a little less so that the next round fits.
      share = share < 0.001 ? 0 : share * Math.min(0.9, (0.95 * maxBytes) / bytes);
    }
  },
};

/** What every round of fitting uses again: escaping thousands of strings is most of the work. */
interface Source {
  readonly view: ReportView;
  readonly rules: RenderOptions['rules'];
  readonly files: ReadonlyMap<ArtifactReport, SarifArtifactLocation>;
  readonly results: ReadonlyMap<FindingView, UnplacedResult>;
}

/** A result before rules and artifacts have their places in the log. */
type UnplacedResult = Omit<SarifResult, 'ruleIndex' | 'locations'>;

function sarifLog(source: Source, share: number): SarifLog {
  const { view } = source;
  const { report } = view;
  const findings = view.findings.slice(0, Math.floor(share * Math.min(MAX_RESULTS, view.findings.length)));
  const artifacts = sarifArtifacts(source, findings, Math.floor(share * Math.min(MAX_ARTIFACTS, view.rows.length)));
  const rules = sarifRules(findings, source.rules);
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
        results: findings.map((one) => ({
          ...(source.results.get(one) ?? sarifResult(one)),
          ruleIndex: ruleIndex.get(sarifRuleId(one.finding.rule)) ?? -1,
          locations: [findingLocation(one.finding, one.artifact, artifacts.locate(one.artifact))],
        })),
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

function sarifResult(view: FindingView): UnplacedResult {
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
    level: levelOf(finding),
    message: { text: sentences.join(' ') },
    // The first is ours; the second is the only one GitHub compares, and it cannot compute one for a binary file.
    partialFingerprints: { 'modelgateFinding/v1': fingerprint, primaryLocationLineHash: fingerprint },
    ...(view.pictureFiles.length === 0 ? {} : { attachments: attachments(view) }),
    ...(view.suspects.length === 0 ? {} : { relatedLocations: view.suspects.slice(0, MAX_SUSPECTS).map(suspectLocation) }),
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

/** Code scanning lists them below the alert, each with a link to its file. */
function suspectLocation(view: SuspectView): NonNullable<SarifResult['relatedLocations']>[number] {
  return {
    physicalLocation: { artifactLocation: fileLocation(view.file) },
    message: { text: escapeSarif(`${view.suspect.id}, ${suspectWords(view)}`, MAX_NAME_CHARACTERS) },
  };
}

/** Without a base: the picture lies where the reports are, not in the repository. */
function attachments({ pictures, diagram }: FindingView): SarifAttachment[] {
  return [
    ...pictures.map(({ file, kind, title }) => attachment(file, kind, title)),
    ...(diagram?.file === undefined ? [] : [attachment(diagram.file, 'diagram', diagram.title)]),
  ];
}

function attachment(file: string, kind: Picture['kind'] | 'diagram', title: string): SarifAttachment {
  return { description: { text: escapeSarif(`${kind.replace('-', ' ')}: ${title}`, MAX_NAME_CHARACTERS) }, artifactLocation: { uri: encodePath(file) } };
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

function sarifArtifacts({ view, files }: Source, findings: readonly FindingView[], max: number): Listed {
  const found = new Set(findings.map((one) => one.artifact));
  const artifacts = view.rows.map((row) => row.artifact);
  const chosen = artifacts.length <= max ? artifacts
    : [...artifacts.filter((one) => found.has(one)), ...artifacts.filter((one) => !found.has(one))].slice(0, max);
  const list: SarifArtifact[] = [];
  const indexes = new Map<ArtifactReport, number>();
  for (const artifact of chosen) {
    indexes.set(artifact, list.length);
    list.push(sarifArtifact(artifact, files.get(artifact) ?? fileLocation(artifact.path)));
  }
  return {
    list,
    listed: chosen.length,
    locate: (artifact) => {
      if (artifact === undefined) return runLocation(view.report);
      const file = files.get(artifact) ?? fileLocation(artifact.path);
      const index = indexes.get(artifact);
      return index === undefined ? file : { ...file, index };
    },
  };
}

function sarifArtifact(artifact: ArtifactReport, location: SarifArtifactLocation): SarifArtifact {
  const changes = artifact.change === undefined ? [] : [artifact.change];
  const hash = artifact.digest?.replace(/^sha256:/, '');
  return {
    location,
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
