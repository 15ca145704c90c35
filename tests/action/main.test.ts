import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from '../../src/action/main.ts';
import type { ActionPorts } from '../../src/action/run-action.ts';
import type { Inspect } from '../../src/inspection/inspection.ts';

let folder: string;
let workspace: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'modelgate-main-')));
  workspace = path.join(folder, 'workspace');
  mkdirSync(workspace);
  writeFileSync(path.join(workspace, 'a.onnx'), 'weights');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const allClear: Inspect = async ({ detectors }) => ({
  format: 'onnx',
  notes: [],
  companions: [],
  results: detectors.map(({ id }) => ({ detector: id, outcome: 'clear' as const, examined: 1, seconds: 0, score: 0, observations: [], measurements: [] })),
});

interface Run {
  readonly code: number;
  readonly lines: readonly string[];
  readonly outputs: Readonly<Record<string, string>>;
}

/** Everything injected: no process, no network, no repository. */
async function run(environment: Readonly<Record<string, string>> = {}, ports: Partial<ActionPorts> = {}): Promise<Run> {
  const lines: string[] = [];
  const outputs: Record<string, string> = {};
  writeFileSync(path.join(folder, 'event.json'), '{}');
  const code = await main({
    environment: {
      PATH: process.env['PATH'],
      GITHUB_WORKSPACE: workspace,
      GITHUB_EVENT_NAME: 'workflow_dispatch',
      GITHUB_EVENT_PATH: path.join(folder, 'event.json'),
      GITHUB_SHA: 'a'.repeat(40),
      GITHUB_STEP_SUMMARY: path.join(folder, 'summary.md'),
      RUNNER_TEMP: folder,
      ...environment,
    },
    stdout: () => undefined,
    setOutput: (name, value) => (outputs[name] = value),
    newToken: () => 'token',
    log: {
      info: (message) => lines.push(`info: ${message}`),
      notice: (message) => lines.push(`notice: ${message}`),
      warning: (message) => lines.push(`warning: ${message}`),
      error: (message, title) => lines.push(`error: ${title}: ${message}`),
    },
    inspect: allClear,
    tool: 'test',
    availableThreads: 1,
    connect: () => {
      throw new Error('not in this test');
    },
    now: () => 0,
    signal: new AbortController().signal,
    ...ports,
  });
  return { code, lines, outputs };
}

describe('main', () => {
  it('scans what is there, without git and without a token, and passes what the policy lets pass', async () => {
    const { code, outputs, lines } = await run();

    expect(code).toBe(0);
    expect(outputs).toMatchObject({ verdict: 'warn', artifacts: '1', scanned: '1' });
    expect(lines.at(-1)).toBe('info: The verdict is warn: 1 of 1 artifacts scanned; 1 finding. The step passes, because fail-on is fail.');
  });

  it('fails the step when the verdict is one that fail-on names', async () => {
    const { code, lines } = await run({ INPUT_POLICY: 'strict' });

    expect(code).toBe(1);
    expect(lines.at(-1)).toBe('error: modelgate: The verdict is fail: 1 of 1 artifacts scanned; 1 finding.');
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['an input is wrong', { 'INPUT_FAIL-ON': 'x' }, /^error: modelgate: arguments\/invalid: The input `fail-on`/],
    ['the working directory is outside of the workspace', { 'INPUT_WORKING-DIRECTORY': '..' }, /allowed is a folder of the workspace/],
    ['the samples are missing', { INPUT_SAMPLES: 'nowhere' }, /The input `samples` names "nowhere"/],
    ['a dataset is missing', { INPUT_DATASET: 'data\nnowhere' }, /The input `dataset` names "data"/],
    ['the policy is missing', { INPUT_POLICY: 'nowhere.yml' }, /policy\/not-found/],
    ['it does not run in a workflow', { GITHUB_WORKSPACE: '' }, /GITHUB_WORKSPACE is not set/],
    ['the event has no payload', { GITHUB_EVENT_PATH: '/nowhere' }, /changes\/unknown/],
  ])('blames the user when %s', async (_what, environment, message) => {
    const { code, lines, outputs } = await run(environment);

    expect(code).toBe(2);
    expect(lines.at(-1)).toMatch(message);
    expect(outputs).toEqual({});
    expect(readFileSync(path.join(folder, 'summary.md'), 'utf8')).toContain('Nothing was decided, so the step fails.');
  });

  it('takes the blame for what it did not expect, and fails', async () => {
    const { code, lines } = await run({ INPUT_TOKEN: 't', GITHUB_REPOSITORY: 'o/r' });

    expect(code).toBe(3);
    expect(lines.at(-1)).toContain('modelgate: internal/unexpected: not in this test');
  });

  it('never passes a run that was stopped', async () => {
    const cancellation = new AbortController();
    const inspect: Inspect = async (request, options) => {
      cancellation.abort();
      return allClear(request, options);
    };
    const { code, lines, outputs } = await run({ INPUT_POLICY: 'observe' }, { inspect, signal: cancellation.signal });

    expect(code).toBe(2);
    expect(lines.at(-1)).toContain('inspection/cancelled');
    expect(outputs).toEqual({});
  });

  it('lets no file name break a line of the log', async () => {
    writeFileSync(path.join(workspace, 'x\n::error::owned.onnx'), 'weights');
    const { lines } = await run({ INPUT_PATHS: 'x*' });

    expect(lines.join('')).not.toContain('\n');
  });

  it('scans nothing, and says so, when a branch is deleted', async () => {
    const { code, lines, outputs } = await run({ GITHUB_EVENT_NAME: 'push', GITHUB_EVENT_PATH: writeEvent({ deleted: true }) });

    expect(code).toBe(0);
    expect(outputs['verdict']).toBe('pass');
    expect(lines.at(-1)).toBe('info: The verdict is pass: nothing changed, so nothing was scanned.');
  });
});

function writeEvent(payload: unknown): string {
  const file = path.join(folder, 'other-event.json');
  writeFileSync(file, JSON.stringify(payload));
  return file;
}
