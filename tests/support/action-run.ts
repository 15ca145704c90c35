import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { GateReport } from '../../src/report.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** What is tested is what is shipped: the bundle at the repository's root, under the Node that `using: node24` means. */
export const ACTION_FILE = path.join(root, 'dist/index.js');
const NODE_24 = path.join(root, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');

export interface ActionRun {
  /** Exit status of the step's process; null when it was killed. */
  readonly status: number | null;
  readonly stdout: string;
  /** Lines of stdout that the runner obeys: those outside of stop-commands. */
  readonly commands: readonly string[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** The JSON report, when there is one. */
  readonly report: GateReport | undefined;
  readonly temporary: string;
}

export interface ActionRunRequest {
  readonly workspace: string;
  readonly event: string;
  readonly sha: string;
  readonly payload: unknown;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly apiUrl?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with the running process, for tests that end it. */
  readonly onStart?: (running: { readonly kill: () => void; readonly temporary: string; readonly stdout: () => string }) => void;
}

const folders: string[] = [];

/** Removes what the runs left. */
export function removeRuns(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** Runs the built action as a runner does: a process with GitHub's variables, files for event, summary and outputs. */
export async function runBuiltAction(request: ActionRunRequest): Promise<ActionRun> {
  if (!existsSync(ACTION_FILE)) throw new Error('dist/index.js is missing: run "npm run build" first.');
  const temporary = realpathSync(mkdtempSync(path.join(tmpdir(), 'modelgate-runner-')));
  folders.push(temporary);
  const files = { event: path.join(temporary, 'event.json'), summary: path.join(temporary, 'summary.md'), output: path.join(temporary, 'output') };
  writeFileSync(files.event, JSON.stringify(request.payload));
  writeFileSync(files.summary, '');
  writeFileSync(files.output, '');
  mkdirSync(path.join(temporary, 'temp'));

  const inputs = Object.fromEntries(Object.entries(request.inputs ?? {}).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]));
  const child = spawn(NODE_24, [ACTION_FILE], {
    cwd: request.workspace,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: temporary,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: request.workspace,
      GITHUB_EVENT_NAME: request.event,
      GITHUB_EVENT_PATH: files.event,
      GITHUB_SHA: request.sha,
      GITHUB_REPOSITORY: 'octo/models',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_API_URL: request.apiUrl ?? 'http://127.0.0.1:9',
      GITHUB_STEP_SUMMARY: files.summary,
      GITHUB_OUTPUT: files.output,
      RUNNER_TEMP: path.join(temporary, 'temp'),
      ...inputs,
      ...request.environment,
    },
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  request.onStart?.({ kill: () => child.kill('SIGKILL'), temporary, stdout: () => stdout });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  });

  const outputs = readOutputs(readFileSync(files.output, 'utf8'));
  const reportFile = outputs['report-path'];
  return {
    status,
    stdout,
    commands: obeyed(stdout),
    outputs,
    summary: readFileSync(files.summary, 'utf8'),
    report: reportFile === undefined ? undefined : (JSON.parse(readFileSync(reportFile, 'utf8')) as GateReport),
    temporary,
  };
}

/** `name<<delimiter`, lines, `delimiter`, as the runner reads it. */
function readOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const [, name, delimiter] = /^([^=]+)<<(.+)$/.exec(lines[index] ?? '') ?? [];
    if (name === undefined || delimiter === undefined) continue;
    const end = lines.indexOf(delimiter, index + 1);
    outputs[name] = lines.slice(index + 1, end).join('\n');
    index = end;
  }
  return outputs;
}

function obeyed(stdout: string): string[] {
  const commands: string[] = [];
  let resume: string | undefined;
  for (const line of stdout.split(/\r\n|[\n\r]/)) {
    if (resume !== undefined) {
      if (line.trim() === `::${resume}::`) resume = undefined;
      continue;
    }
    const stopped = /^\s*::stop-commands::(.+)$/.exec(line)?.[1];
    if (stopped !== undefined) resume = stopped;
    else if (/^\s*::/.test(line) || line.includes('##[')) commands.push(line);
  }
  return commands;
}
