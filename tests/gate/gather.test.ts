import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change } from '../../src/artifacts/changes.ts';
import { detectors } from '../../src/detectors/index.ts';
import type { GateRequest } from '../../src/gate-request.ts';
import { runGate } from '../../src/gate.ts';
import type { Inspect, Inspection } from '../../src/inspection/inspection.ts';
import { loadPolicy } from '../../src/policy/load-policy.ts';
import type { ResolvedPolicy } from '../../src/policy/policy.ts';
import type { Result } from '../../src/report.ts';

/** The gate on real files with an inspection that is a plain function: what is decided from what is known. */
let root = '';

beforeEach(() => (root = realpathSync(mkdtempSync(path.join(tmpdir(), 'modelgate-gather-')))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, content: string): string {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), content);
  return createHash('sha256').update(content).digest('hex');
}

const policyOf = (id: string): Promise<ResolvedPolicy> => loadPolicy({ source: { kind: 'built-in', id }, readFile: async () => undefined, detectors });

async function gate(inspect: Inspect, request: Partial<GateRequest> & { readonly policyId?: string } = {}) {
  const { policyId = 'strict', ...rest } = request;
  return runGate(
    {
      root,
      scope: { kind: 'paths', paths: ['.'] },
      policy: await policyOf(policyId),
      lockfile: undefined,
      ignoredHeadChanges: [],
      samples: undefined, baseline: undefined, seed: 0, budgetSeconds: undefined, engine: 'auto', threads: 2, warnOnly: false,
      ...rest,
    },
    { inspect, now: () => 0, signal: new AbortController().signal, onProgress: () => undefined },
  );
}

const clear = (id: string): Result => ({ detector: id, outcome: 'clear', score: 0.1, examined: 1, seconds: 0, observations: [], measurements: [] });

function inspectionOf(ids: readonly string[], rest: Partial<Inspection> = {}): Inspection {
  return { format: 'onnx', notes: [], companions: [], results: ids.map(clear), ...rest };
}

const allClear: Inspect = async ({ detectors: wanted }) => inspectionOf(wanted.map((one) => one.id));

const changesOf = (...list: Change[]): GateRequest['scope'] => ({ kind: 'changes', changes: { known: true, by: 'git', list } });

describe('gatherEvidence', () => {
  it('keeps the findings about a file that a model names as its external data', async () => {
    write('a.onnx', 'a');
    const digest = write('b.onnx', 'b');
    const flagged: Result = {
      ...clear('output-layer-outlier'), outcome: 'flagged',
      observations: [{ rule: 'output-layer-outlier/x', severity: 'high', text: 'seen', data: {}, location: {} }],
    };

    const report = await gate(async ({ path: file, detectors: wanted }) =>
      file === 'a.onnx'
        ? inspectionOf(wanted.map((one) => one.id), { companions: [{ path: 'b.onnx', digest: `sha256:${digest}`, size: 1 }] })
        : inspectionOf(wanted.map((one) => one.id), { results: wanted.map((one) => (one.id === 'output-layer-outlier' ? flagged : clear(one.id))) }),
    );

    const row = report.artifacts.find((one) => one.path === 'b.onnx');
    expect(row?.container).toBeUndefined();
    expect(row?.results.map((one) => one.outcome)).toContain('flagged');
  });

  it('lists external data once, as a member of its model, when nothing else is known of it', async () => {
    write('a.onnx', 'a');
    const digest = write('weights.bin', 'w');
    const error = { code: 'format/unrecognized', message: 'no reader', blame: 'artifact' } as const;

    const report = await gate(async ({ path: file, detectors: wanted }) =>
      file === 'a.onnx'
        ? inspectionOf(wanted.map((one) => one.id), { companions: [{ path: 'weights.bin', digest: `sha256:${digest}`, size: 1 }] })
        : { notes: [], companions: [], results: [], error },
    );

    expect(report.artifacts.map((one) => [one.path, one.container])).toEqual([['a.onnx', undefined], ['weights.bin', 'a.onnx']]);
  });

  it('scans an unchanged model whose external data changed', async () => {
    write('models/a.onnx', 'a');
    write('models/other.onnx', 'o');
    const digest = write('models/weights.data', 'w');
    const asked: string[] = [];
    const inspect: Inspect = async ({ path: file, detectors: wanted }) => {
      if (wanted.length > 0) asked.push(file);
      const companions = file === 'models/a.onnx' ? [{ path: 'models/weights.data', digest: `sha256:${digest}` as const, size: 1 }] : [];
      return inspectionOf(wanted.map((one) => one.id), { companions });
    };

    await gate(inspect, { scope: changesOf({ path: 'models/weights.data', kind: 'modified' }) });

    expect(asked).toEqual(['models/a.onnx']);
  });

  it('scans an unchanged configuration whose Python file changed, and none of another program', async () => {
    write('models/config.json', '{"auto_map": {"AutoModel": "modeling_x.X"}}');
    write('models/app/config.json', '{"port": 8080}');
    const digest = write('models/modeling_x.py', 'import torch');
    const asked: string[] = [];
    const inspect: Inspect = async ({ path: file, detectors: wanted }) => {
      if (wanted.length > 0) asked.push(file);
      return inspectionOf(wanted.map((one) => one.id), { companions: [{ path: 'models/modeling_x.py', digest: `sha256:${digest}` as const, size: 1 }] });
    };

    await gate(inspect, { scope: changesOf({ path: 'models/modeling_x.py', kind: 'modified' }, { path: 'models/app/x.txt', kind: 'modified' }), policyId: 'recommended' });

    expect(asked).toEqual(['models/config.json']);
  });

  it('passes over the configuration of another program, and says so, unless it is named', async () => {
    write('app/config.json', '{"port": 8080}');
    const inspect: Inspect = async ({ detectors: wanted }) => inspectionOf(wanted.map((one) => one.id), { format: 'model-config' });

    const below = await gate(inspect, { policyId: 'recommended' });
    const named = await gate(inspect, { policyId: 'recommended', scope: { kind: 'paths', paths: ['app/config.json'] } });

    expect(below.coverage.skipped).toEqual([{ path: 'app/config.json', reason: 'the configuration of another program than a model' }]);
    expect(named.artifacts.map((one) => one.path)).toEqual(['app/config.json']);
  });

  it('takes a file by a name that others have when it begins like a model, and lists the rest as skipped but for what belongs to a model', async () => {
    write('data/pickled.dat', "cos\nsystem\n(S'echo inert'\ntR.");
    write('data/table.dat', '1 2 3\n');
    write('models/a.onnx', 'a');
    const digest = write('models/a.onnx.data', '\0\0\0\0');
    const inspect: Inspect = async ({ path: file, detectors: wanted }) =>
      inspectionOf(wanted.map((one) => one.id), file === 'models/a.onnx' ? { companions: [{ path: 'models/a.onnx.data', digest: `sha256:${digest}` as const, size: 4 }] } : {});

    const report = await gate(inspect, { policyId: 'recommended' });

    expect(report.artifacts.map((one) => one.path)).toEqual(expect.arrayContaining(['data/pickled.dat', 'models/a.onnx', 'models/a.onnx.data']));
    expect(report.coverage.skipped).toEqual([{ path: 'data/table.dat', reason: 'begins like no model, and its name is one that other files have' }]);
  });

  it('scans an unchanged model that no longer says what it is made of when a file beside it changed', async () => {
    write('models/A.ONNX', 'a');
    const asked: string[] = [];
    const inspect: Inspect = async ({ path: file, detectors: wanted }) => {
      if (wanted.length > 0) asked.push(file);
      return { notes: [], companions: [], results: [], error: { code: 'format/external-data', message: 'gone', blame: 'artifact' } };
    };

    const report = await gate(inspect, { scope: changesOf({ path: 'models/weights.data', kind: 'modified' }) });

    expect(asked).toEqual(['models/A.ONNX']);
    expect(report.verdict).toBe('fail');
  });

  it('keeps the finding about a file no reader recognizes when a model names it, unless it is named as data', async () => {
    write('a.onnx', 'a');
    const digest = write('evil.pt', 'e');
    const error = { code: 'format/unrecognized', message: 'no reader', blame: 'artifact' } as const;

    const report = await gate(async ({ path: file, detectors: wanted }) =>
      file === 'a.onnx'
        ? inspectionOf(wanted.map((one) => one.id), { companions: [{ path: 'evil.pt', digest: `sha256:${digest}`, size: 1 }] })
        : { notes: [], companions: [], results: [], error },
    );

    expect(report.artifacts.find((one) => one.path === 'evil.pt')?.findings.map((one) => one.rule)).toContain('gate/unrecognized');
  });

  it('calls a Git LFS pointer approved only when the lockfile lists its digest and size, and otherwise cannot tell', async () => {
    const oid = 'a'.repeat(64);
    write('a.onnx', `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize 12345\n`);
    const never: Inspect = () => Promise.reject(new Error('a pointer is not inspected'));
    const lockfile = { path: path.join(root, 'modelgate.lock.json'), content: { version: 1 as const, artifacts: [{ path: 'a.onnx', sha256: oid, size: 12345 }] } };

    const unknown = await gate(never, { policyId: 'recommended' });
    const approved = await gate(never, { policyId: 'recommended', lockfile });

    expect(unknown.artifacts[0]).toMatchObject({ digest: `sha256:${oid}`, verdict: 'warn', provenance: { outcome: 'inconclusive' } });
    expect(unknown.coverage.scanned).toBe(0);
    expect(approved.artifacts[0]).toMatchObject({ provenance: { outcome: 'clear' } });
    expect((await gate(never, { policyId: 'strict' })).verdict).toBe('fail');
  });

  it('scans everything and says so when the changes are unknown', async () => {
    write('a.onnx', 'a');

    const report = await gate(allClear, { policyId: 'recommended', scope: { kind: 'changes', changes: { known: false, reason: 'the base commit is not here' } } });

    expect(report.artifacts.map((one) => one.path)).toEqual(['a.onnx']);
    expect(report.findings.map((one) => one.rule)).toContain('gate/changes-unknown');
    expect(report.verdict).toBe('warn');
  });

  it('says that a deleted artifact is still approved', async () => {
    const lockfile = { path: path.join(root, 'modelgate.lock.json'), content: { version: 1 as const, artifacts: [{ path: 'gone.onnx', sha256: 'b'.repeat(64), size: 1 }] } };

    const report = await gate(allClear, { policyId: 'recommended', lockfile, scope: changesOf({ path: 'gone.onnx', kind: 'deleted' }) });

    expect(report.findings.map((one) => one.rule)).toContain('gate/deleted-but-listed');
  });

  it('reports what a used-up budget left out as could-not-tell, never as clear', async () => {
    write('a.onnx', 'a');
    const never: Inspect = () => Promise.reject(new Error('there is no time left'));
    let time = 0;

    const report = await runGate(
      {
        root, scope: { kind: 'paths', paths: ['.'] }, policy: await policyOf('strict'), lockfile: undefined, ignoredHeadChanges: [],
        samples: undefined, baseline: undefined, seed: 0, budgetSeconds: 1, engine: 'auto', threads: 1, warnOnly: false,
      },
      { inspect: never, now: () => (time += 5000), signal: new AbortController().signal, onProgress: () => undefined },
    );

    expect(report.verdict).toBe('fail');
    expect(report.artifacts[0]?.results.every((one) => one.outcome === 'inconclusive')).toBe(true);
    expect(report.findings.map((one) => one.rule)).toContain('gate/budget-reached');
  });

  it('takes no samples from a sidecar', async () => {
    write('a.onnx', 'a');
    write('a.onnx.modelgate.yml', 'samples: my-own-images\n');

    const report = await gate(allClear);

    expect(report.verdict).toBe('fail');
    expect(report.artifacts[0]?.error?.message).toContain('samples');
  });

  it('splits the artifacts over shards without losing one', async () => {
    for (const name of ['a', 'b', 'c']) write(`${name}.onnx`, name);

    const parts = await Promise.all([1, 2].map((index) => gate(allClear, { shard: { index, count: 2 } })));

    expect(parts.flatMap((one) => one.artifacts.map((row) => row.path)).sort()).toEqual(['a.onnx', 'b.onnx', 'c.onnx']);
    expect(parts.map((one) => one.coverage.skipped.length)).toEqual([1, 2]);
  });
});
