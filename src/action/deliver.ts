import { appendFile, mkdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../artifacts/write-atomically.ts';
import { toGateError } from '../errors.ts';
import { ruleCatalog } from '../gate/rule-catalog.ts';
import { writePictures } from '../gate/write-pictures.ts';
import type { ArtifactReport, GateReport, Outcome, Pictures } from '../report.ts';
import { reporters } from '../reporters/index.ts';
import type { RenderOptions } from '../reporters/reporter.ts';
import { isInside } from '../artifacts/is-inside.ts';
import { realPathOf } from './real-path-of.ts';
import { withPathPrefix } from './with-path-prefix.ts';

export interface DeliveryTargets {
  /** Absolute. */
  readonly reportFolder: string;
  /** The checkout: a link in it must not lead the reports elsewhere. */
  readonly workspace: string;
  /** Folder of the root in the repository, with `/` at the end; empty for the repository itself. */
  readonly prefix: string;
  /** Reporter ids. */
  readonly formats: readonly string[];
  /** GITHUB_STEP_SUMMARY; undefined: no summary. */
  readonly summaryFile: string | undefined;
  readonly annotations: boolean;
}

export interface DeliveryPorts {
  readonly stdout: (text: string) => void;
  readonly setOutput: (name: string, value: string) => void;
  /** A word nobody can guess, new for every call. */
  readonly newToken: () => string;
}

/** GitHub drops the whole summary of a step that is larger; a kilobyte is left for what others count in. */
const MAX_SUMMARY_BYTES = 1024 * 1024 - 1024;

/**
 * Shows the report everywhere a reader looks. Nothing that goes wrong here changes the verdict: it comes back as a list
 * of sentences, for warnings.
 */
export async function deliver(report: GateReport, pictures: Pictures, targets: DeliveryTargets, ports: DeliveryPorts): Promise<readonly string[]> {
  const problems: string[] = [];
  const inRepository = withPathPrefix(report, targets.prefix);
  const attempt = async (what: string, act: () => void | Promise<void>): Promise<void> => {
    try {
      await act();
    } catch (thrown) {
      problems.push(`${what} could not be delivered: ${toGateError(thrown, 'delivery/failed').message}`);
    }
  };

  let isReady = false;
  let hasPictureFiles = false;
  await attempt('The report folder', async () => {
    await prepareFolder(targets);
    isReady = true;
  });
  // First: a report never points to a picture that is not there.
  if (isReady) {
    await attempt('The pictures', async () => {
      await writePictures(report, pictures, targets.reportFolder);
      hasPictureFiles = true;
    });
  }
  await attempt('The text report', () => printGuarded(render('text', report, { color: true, hasPictureFiles }), ports));
  if (targets.annotations) await attempt('The annotations', () => ports.stdout(render('annotations', inRepository)));
  const { summaryFile } = targets;
  if (summaryFile !== undefined) await attempt('The job summary', () => writeSummary(report, summaryFile, hasPictureFiles));
  await attempt('The outputs', () => {
    for (const [name, value] of Object.entries(countsOf(report))) ports.setOutput(name, value);
  });
  for (const format of isReady ? targets.formats : []) {
    await attempt(`The ${format} report`, async () => {
      const file = path.join(targets.reportFolder, `report.${reporterOf(format).meta.fileExtension}`);
      await writeAtomically(file, render(format, format === 'sarif' ? inRepository : report, { pictures, hasPictureFiles }));
      if (format === 'json') ports.setOutput('report-path', file);
      if (format === 'sarif') ports.setOutput('sarif-path', file);
    });
  }
  return problems;
}

/** The names of action.yml's outputs that are made of the report alone. */
export function countsOf(report: GateReport): Readonly<Record<string, string>> {
  const having = (outcome: Outcome): number =>
    report.artifacts.filter((one) => one.provenance.outcome === outcome || one.results.some((result) => result.outcome === outcome)).length;
  const failed = (one: ArtifactReport): boolean => one.error !== undefined || one.results.some((result) => result.outcome === 'error');
  const findings = [report, ...report.artifacts].reduce((sum, one) => sum + one.findings.length, 0);
  return {
    verdict: report.verdict,
    artifacts: String(report.coverage.seen),
    scanned: String(report.coverage.scanned),
    flagged: String(having('flagged')),
    inconclusive: String(having('inconclusive')),
    errors: String(report.artifacts.filter(failed).length),
    findings: String(findings),
  };
}

/** A line of a report must never be taken for a workflow command, whatever a file is called (CWE-117). */
export function printGuarded(text: string, ports: Pick<DeliveryPorts, 'stdout' | 'newToken'>): void {
  const token = ports.newToken();
  ports.stdout(`::stop-commands::${token}\n${text}${text.endsWith('\n') ? '' : '\n'}::${token}::\n`);
}

async function writeSummary(report: GateReport, file: string, hasPictureFiles: boolean): Promise<void> {
  const used = (await stat(file).catch(() => undefined))?.size ?? 0;
  await appendFile(file, render('markdown', report, { hasPictureFiles, maxBytes: Math.max(0, MAX_SUMMARY_BYTES - used) }));
}

/** CWE-59: the change under test could bring `modelgate-report` as a link to somewhere else. */
async function prepareFolder({ reportFolder, workspace }: DeliveryTargets): Promise<void> {
  if (isInside(workspace, reportFolder) && !isInside(await realpath(workspace), await realPathOf(reportFolder))) {
    throw new Error(`${reportFolder} is a link that leads out of the workspace`);
  }
  await mkdir(reportFolder, { recursive: true });
}

function render(id: string, report: GateReport, options: Partial<RenderOptions> = {}): string {
  return reporterOf(id).render(report, { color: false, verbose: false, rules: ruleCatalog(), ...options });
}

function reporterOf(id: string): (typeof reporters)[number] {
  const found = reporters.find((one) => one.meta.id === id);
  if (found === undefined) throw new Error(`there is no reporter "${id}"`);
  return found;
}
