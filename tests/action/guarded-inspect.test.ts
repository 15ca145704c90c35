import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { guardedInspect } from '../../src/action/guarded-inspect.ts';
import { sha256Of } from '../../src/artifacts/digest.ts';
import type { Inspect, InspectionRequest } from '../../src/inspection/inspection.ts';

let folder: string;
let workspace: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'modelgate-guarded-')));
  workspace = path.join(folder, 'workspace');
  mkdirSync(workspace);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const request: InspectionRequest = {
  path: 'a.onnx',
  file: '/a.onnx',
  digest: sha256Of('a'),
  size: 1,
  detectors: [{ id: 'adversarial-testing', required: false, options: {}, threshold: undefined, timeoutSeconds: 10 }],
  settings: {},
  settingsOrigin: 'none',
  seed: 0,
  engine: 'auto',
  threads: 1,
  deadlineSeconds: 10,
  memoryBytes: 1e9,
};

async function run(
  name: string,
  isPrivileged: boolean,
  inputs: { allowUntrustedExecution?: boolean; cache?: string } = {},
): Promise<{ outcomes: string[]; runs: number; said: string[] }> {
  let runs = 0;
  const said: string[] = [];
  const say = (message: string): void => void said.push(message);
  const inspect: Inspect = async ({ detectors }) => {
    runs += 1;
    return {
      format: 'onnx',
      notes: [],
      companions: [],
      results: detectors.map(({ id }) => ({ detector: id, outcome: 'clear' as const, examined: 1, seconds: 0, observations: [], measurements: [] })),
    };
  };
  const guarded = await guardedInspect({
    inspect,
    inputs: { allowUntrustedExecution: false, cache: undefined, ...inputs },
    event: { name, isPrivileged },
    workspace,
    home: path.join(folder, 'home'),
    tool: 't',
    log: { info: say, notice: say, warning: say },
  });
  const options = { signal: new AbortController().signal, onProgress: () => undefined };
  await guarded(request, options);
  const { results } = await guarded(request, options);
  return { outcomes: results.map((one) => one.outcome), runs, said };
}

describe('guardedInspect', () => {
  it('runs models where the job holds no secrets', async () => {
    expect(await run('pull_request', false)).toEqual({ outcomes: ['clear'], runs: 2, said: [] });
  });

  it('runs none beside secrets, and says so', async () => {
    const { outcomes, said } = await run('pull_request_target', true);

    expect(outcomes).toEqual(['inconclusive']);
    expect(said).toEqual(['Under pull_request_target no model is run, because the job holds secrets: detectors that need to run it are inconclusive.']);
  });

  it('runs them beside secrets when somebody asked for it by name', async () => {
    expect((await run('pull_request_target', true, { allowUntrustedExecution: true })).outcomes).toEqual(['clear']);
  });

  it('keeps results in a folder outside of the workspace, also below the home folder', async () => {
    expect((await run('push', false, { cache: path.join(folder, 'cache') })).runs).toBe(1);
    expect((await run('push', false, { cache: '~/.cache/modelgate' })).runs).toBe(1);
    expect(readdirSync(path.join(folder, 'home/.cache/modelgate'))).toHaveLength(1);
  });

  it('neither fills nor believes the cache where anybody’s files meet secrets', async () => {
    const cache = path.join(folder, 'cache');
    await run('push', false, { cache });

    expect((await run('pull_request_target', true, { cache, allowUntrustedExecution: true })).runs).toBe(2);
  });

  it.each(['.cache', 'deep/er/cache', '.', '../workspace/cache'])('refuses %s as a cache: a change could bring results of its own', async (cache) => {
    await expect(run('pull_request', false, { cache })).rejects.toMatchObject({ code: 'arguments/invalid' });
  });

  it('refuses a cache that a link leads back into the workspace', async () => {
    symlinkSync(workspace, path.join(folder, 'outside'));

    await expect(run('pull_request', false, { cache: path.join(folder, 'outside/cache') })).rejects.toMatchObject({ code: 'arguments/invalid' });
  });
});
