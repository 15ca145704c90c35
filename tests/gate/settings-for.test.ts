import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { detectors } from '../../src/detectors/index.ts';
import type { GateRequest } from '../../src/gate-request.ts';
import { settingsFor } from '../../src/gate/settings-for.ts';
import { loadPolicy } from '../../src/policy/load-policy.ts';

let root = '';

beforeEach(() => (root = realpathSync(mkdtempSync(path.join(tmpdir(), 'modelgate-settings-')))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function requestOf(rest: Partial<GateRequest> = {}): Promise<GateRequest> {
  const text = 'version: 1\nmodels:\n  - {match: "a.onnx", samples: data/clean}\n';
  const policy = await loadPolicy({ source: { kind: 'file', path: 'modelgate.yml', text }, readFile: async () => undefined, detectors });
  return {
    root, scope: { kind: 'paths', paths: ['.'] }, policy, lockfile: undefined, ignoredHeadChanges: [],
    samples: undefined, baseline: undefined, seed: 0, budgetSeconds: undefined, engine: 'auto', threads: 1, warnOnly: false, ...rest,
  };
}

describe('settingsFor', () => {
  it('takes samples from the run, then from the policy, as absolute paths', async () => {
    expect((await settingsFor('a.onnx', await requestOf())).settings.samples).toBe(path.join(root, 'data/clean'));
    expect((await settingsFor('a.onnx', await requestOf({ samples: '/elsewhere' }))).settings.samples).toBe('/elsewhere');
    expect((await settingsFor('b.onnx', await requestOf())).settings.samples).toBeUndefined();
  });

  it('reads what a sidecar says of the input', async () => {
    writeFileSync(path.join(root, 'b.onnx.modelgate.yml'), 'input: {range: [0, 255]}\n');

    expect(await settingsFor('b.onnx', await requestOf())).toMatchObject({ settings: { input: { range: [0, 255] } }, origin: 'sidecar' });
  });

  it('reads no sidecar that is a link out of the root, a link to nothing, a device or a large file', async () => {
    const outside = mkdtempSync(path.join(tmpdir(), 'modelgate-outside-'));
    writeFileSync(path.join(outside, 'secret'), 'token: hunter2\n');
    for (const [name, target] of [['secret', path.join(outside, 'secret')], ['nothing', 'nowhere'], ['device', '/dev/zero']] as const) {
      symlinkSync(target, path.join(root, `${name}.onnx.modelgate.yml`));
    }
    writeFileSync(path.join(root, 'large.onnx.modelgate.yml'), `# ${'x'.repeat(70_000)}\n`);

    for (const name of ['secret', 'nothing', 'device', 'large']) {
      const error: unknown = await settingsFor(`${name}.onnx`, await requestOf()).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'policy/invalid' });
      expect(String(error)).not.toContain('hunter2');
    }
    rmSync(outside, { recursive: true });
  });
});
