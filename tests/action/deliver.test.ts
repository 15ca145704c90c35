import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countsOf, deliver, printGuarded, type DeliveryTargets } from '../../src/action/deliver.ts';
import type { ArtifactReport, Finding, GateReport, Pictures } from '../../src/report.ts';
import { picturedReport } from '../support/pictured-report.ts';

let folder: string;
let workspace: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'modelgate-deliver-')));
  workspace = path.join(folder, 'workspace');
  mkdirSync(workspace);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const digest = `sha256:${'a'.repeat(64)}`;

function finding(text: string): Finding {
  return { rule: 'gate/unreadable', verdict: 'fail', severity: 'high', text, nextStep: 'Repair it.', location: {}, fingerprint: text };
}

function artifact(file: string, change: Partial<ArtifactReport> = {}): ArtifactReport {
  return { path: file, digest, size: 1, verdict: 'pass', provenance: { outcome: 'clear', text: 'approved', observations: [] }, results: [], findings: [], notes: [], ...change };
}

function report(artifacts: readonly ArtifactReport[], findings: readonly Finding[] = []): GateReport {
  return {
    version: 1,
    tool: { name: 'modelgate', version: '0.0.0' },
    policy: { id: 'test', digest, source: 'test' },
    seed: 0,
    verdict: artifacts.some((one) => one.verdict === 'fail') ? 'fail' : 'pass',
    artifacts: [...artifacts],
    findings: [...findings],
    coverage: { seen: artifacts.length, scanned: artifacts.length, skipped: [] },
  };
}

interface Delivered {
  readonly problems: readonly string[];
  readonly stdout: string;
  readonly outputs: Readonly<Record<string, string>>;
}

async function delivered(given: GateReport, targets: Partial<DeliveryTargets> = {}, pictures: Pictures = new Map()): Promise<Delivered> {
  let stdout = '';
  const outputs: Record<string, string> = {};
  const problems = await deliver(
    given,
    pictures,
    { reportFolder: path.join(folder, 'out/modelgate-report'), workspace, prefix: '', formats: ['json', 'sarif'], summaryFile: path.join(folder, 'summary.md'), annotations: true, ...targets },
    { stdout: (text) => (stdout += text), setOutput: (name, value) => (outputs[name] = value), newToken: () => 'token-1' },
  );
  return { problems, stdout, outputs };
}

describe('deliver', () => {
  it('writes the reports, the summary, the annotations and the outputs', async () => {
    const { problems, stdout, outputs } = await delivered(report([artifact('a.onnx', { verdict: 'fail', findings: [finding('broken')] })]));

    expect(problems).toEqual([]);
    expect(JSON.parse(readFileSync(outputs['report-path'] ?? '', 'utf8'))).toMatchObject({ verdict: 'fail' });
    expect(JSON.parse(readFileSync(outputs['sarif-path'] ?? '', 'utf8'))).toMatchObject({ version: '2.1.0' });
    expect(readdirSync(path.join(folder, 'out/modelgate-report'))).toEqual(['report.json', 'report.sarif']);
    expect(readFileSync(path.join(folder, 'summary.md'), 'utf8')).toContain('a.onnx');
    expect(stdout).toMatch(/^::error .*a\.onnx/m);
    expect(outputs).toMatchObject({ verdict: 'fail', artifacts: '1', findings: '1' });
  });

  it('names files in annotations and SARIF as the repository does, also from a working directory', async () => {
    const { stdout, outputs } = await delivered(report([artifact('a.onnx', { verdict: 'fail', findings: [finding('broken')] })]), { prefix: 'team/' });

    expect(stdout).toMatch(/^::error .*file=team\/a\.onnx/m);
    expect(readFileSync(outputs['sarif-path'] ?? '', 'utf8')).toContain('"team/a.onnx"');
    expect(JSON.parse(readFileSync(outputs['report-path'] ?? '', 'utf8'))).toMatchObject({ artifacts: [{ path: 'a.onnx' }] });
  });

  it('writes the pictures beside the reports and points to them in the log and the summary', async () => {
    const { report: pictured, pictures, named } = picturedReport();
    const { problems, stdout, outputs } = await delivered(pictured, { formats: ['json', 'html'] }, pictures);

    expect(problems).toEqual([]);
    const reports = path.dirname(outputs['report-path'] ?? '');
    expect(readdirSync(path.join(reports, 'pictures')).sort()).toEqual(named.map((one) => path.basename(one.file)).sort());
    for (const { file } of named) expect(readFileSync(path.join(folder, 'summary.md'), 'utf8')).toContain(`\`${file}\``);
    for (const { file } of named) expect(stdout).toContain(file);
    expect(readFileSync(path.join(reports, 'report.html'), 'utf8')).toContain('<img class="contact-sheet"');
  });

  it('says what is wrong when a checkout planted a link for the pictures, and delivers the rest', async () => {
    const { report: pictured, pictures } = picturedReport();
    const reportFolder = path.join(folder, 'out');
    mkdirSync(reportFolder);
    symlinkSync(workspace, path.join(reportFolder, 'pictures'));
    const { problems, outputs } = await delivered(pictured, { reportFolder }, pictures);

    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('The pictures could not be delivered');
    expect(readdirSync(workspace)).toEqual([]);
    expect(outputs['report-path']).toBeDefined();
    expect(readFileSync(path.join(folder, 'summary.md'), 'utf8')).toContain('**Pictures**: 3, written where the report goes to a file');
  });

  it('writes no annotations and no summary when told so', async () => {
    const { stdout } = await delivered(report([artifact('a.onnx', { verdict: 'fail', findings: [finding('broken')] })]), { annotations: false, summaryFile: undefined });

    expect(stdout).not.toMatch(/^::error/m);
    expect(readdirSync(folder)).not.toContain('summary.md');
  });

  it('lets no artifact’s name become a workflow command', async () => {
    const hostile = 'a\n::error::owned\r::stop-commands::x\u2028##[error]owned.onnx';
    const { stdout } = await delivered(report([artifact(hostile, { verdict: 'fail', findings: [finding(hostile)] })]));
    const guarded = stdout.slice(0, stdout.indexOf('::token-1::'));
    const rest = stdout.slice(stdout.indexOf('::token-1::') + '::token-1::\n'.length);

    expect(guarded.split('\n')[0]).toBe('::stop-commands::token-1');
    expect(guarded).not.toMatch(/[\r\u2028]|##\[/);
    expect(rest.trim().split('\n')).toHaveLength(1);
    expect(rest).not.toContain('\r');
  });

  it('shows at most ten errors and says how many there are', async () => {
    const many = Array.from({ length: 40 }, (_, index) => artifact(`m${index}.onnx`, { verdict: 'fail', findings: [finding(`broken ${index}`)] }));
    const { stdout, outputs } = await delivered(report(many));
    const errors = stdout.match(/^::error .*$/gm) ?? [];

    expect(errors).toHaveLength(10);
    expect(errors.join('\n')).toContain('31');
    expect(outputs['findings']).toBe('40');
  });

  it('keeps the summary below the size at which GitHub drops it, with what is there already', async () => {
    const summaryFile = path.join(folder, 'summary.md');
    writeFileSync(summaryFile, 'x'.repeat(1_000_000));
    const many = Array.from({ length: 3_000 }, (_, index) => artifact(`models/${'long-name-'.repeat(10)}${index}.onnx`, { verdict: 'fail', findings: [finding(`broken ${index}`)] }));
    const { problems } = await delivered(report(many), { summaryFile });

    expect(problems).toEqual([]);
    expect(statSync(summaryFile).size).toBeGreaterThan(1_000_000);
    expect(statSync(summaryFile).size).toBeLessThanOrEqual(1024 * 1024);
  });

  it('says what could not be delivered and delivers the rest', async () => {
    writeFileSync(path.join(folder, 'out'), 'a file where the folder should be');
    const { problems, outputs, stdout } = await delivered(report([artifact('a.onnx')]), { summaryFile: path.join(folder, 'no/such/folder/summary.md') });

    expect(problems).toHaveLength(2);
    expect(problems.join('\n')).toMatch(/report folder.*job summary/is);
    expect(outputs).toMatchObject({ verdict: 'pass' });
    expect(stdout).toContain('a.onnx');
  });

  it('does not follow a link of the workspace out of it', async () => {
    mkdirSync(path.join(folder, 'elsewhere/modelgate'), { recursive: true });
    symlinkSync(path.join(folder, 'elsewhere'), path.join(workspace, 'reports'));
    const { problems } = await delivered(report([artifact('a.onnx')]), { reportFolder: path.join(workspace, 'reports/modelgate') });

    expect(problems.join('\n')).toContain('leads out of the workspace');
    expect(readdirSync(path.join(folder, 'elsewhere/modelgate'))).toEqual([]);
  });
});

describe('countsOf', () => {
  it('counts artifacts by what happened to them', () => {
    const result = (outcome: 'flagged' | 'inconclusive' | 'error'): ArtifactReport['results'][number] => ({ detector: 'd', outcome, examined: 0, seconds: 0, observations: [], measurements: [] });
    const given = report(
      [
        artifact('a', { results: [result('flagged'), result('inconclusive')] }),
        artifact('b', { provenance: { outcome: 'flagged', text: '', observations: [] }, findings: [finding('x')] }),
        artifact('c', { results: [result('error'), result('error')] }),
        artifact('d', { error: { code: 'format/truncated', message: '', blame: 'artifact' } }),
      ],
      [finding('y')],
    );

    expect(countsOf(given)).toEqual({ verdict: 'pass', artifacts: '4', scanned: '4', flagged: '2', inconclusive: '1', errors: '2', findings: '2' });
  });
});

describe('printGuarded', () => {
  it('ends the text’s last line before it lets commands through again', () => {
    let text = '';
    printGuarded('no line break', { stdout: (more) => (text += more), newToken: () => 't' });

    expect(text).toBe('::stop-commands::t\nno line break\n::t::\n');
  });
});
