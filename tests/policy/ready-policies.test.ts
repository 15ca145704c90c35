import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileGlobs } from '../../src/artifacts/compile-globs.ts';
import { detectors } from '../../src/detectors/index.ts';
import { formatReaders } from '../../src/formats/index.ts';
import { loadPolicy } from '../../src/policy/load-policy.ts';
import type { ResolvedPolicy } from '../../src/policy/policy.ts';
import { READY_POLICIES } from '../../src/policy/ready-policies.ts';

const folder = path.resolve(import.meta.dirname, '../../policies');
const ids = Object.keys(READY_POLICIES);

function load(id: string): Promise<ResolvedPolicy> {
  return loadPolicy({ source: { kind: 'built-in', id }, readFile: () => Promise.resolve(undefined), detectors });
}

const RANK = { pass: 0, warn: 1, fail: 2 } as const;

function actionsOf(policy: ResolvedPolicy): Readonly<Record<string, 'pass' | 'warn' | 'fail'>> {
  const { unlisted, mismatch, untrusted, unresolvedPointer } = policy.trustedSource;
  const { nothingToScan, unknownChanges, changedInHead, unrecognized } = policy;
  return { ...policy.outcomes, unlisted, mismatch, untrusted, unresolvedPointer, nothingToScan, unknownChanges, changedInHead, unrecognized };
}

describe('ready policies', () => {
  it('are the files of policies/', () => {
    expect(readdirSync(folder).filter((name) => name.endsWith('.yml')).sort()).toEqual(ids.map((id) => `${id}.yml`));
    for (const [id, text] of Object.entries(READY_POLICIES)) expect(text, `${id}: run npm run generate`).toBe(readFileSync(path.join(folder, `${id}.yml`), 'utf8'));
  });

  it.each(ids)('%s is valid, carries its own name and states every action', async (id) => {
    const policy = await load(id);

    expect(policy).toMatchObject({ id, source: `built-in:${id}` });
    expect(Object.values(actionsOf(policy)).filter((one) => !(one in RANK))).toEqual([]);
    expect(policy.trustedSource.lockfile).toBe('modelgate.lock.json');
  });

  it('grow stricter from observe to recommended to strict, action by action', async () => {
    const [observe, recommended, strict] = (await Promise.all(['observe', 'recommended', 'strict'].map(load))).map(actionsOf);

    for (const [action, verdict] of Object.entries(recommended ?? {})) {
      expect(RANK[observe?.[action] ?? 'fail'], action).toBeLessThanOrEqual(RANK[verdict]);
      expect(RANK[strict?.[action] ?? 'pass'], action).toBeGreaterThanOrEqual(RANK[verdict]);
    }
  });

  it('observe never fails', async () => {
    expect(Object.values(actionsOf(await load('observe')))).not.toContain('fail');
  });

  it.each(ids)('%s never lets pass what could not be told', async (id) => {
    const actions = actionsOf(await load(id));

    for (const action of ['error', 'inconclusive', 'unrecognized', 'unknownChanges', 'unresolvedPointer', 'changedInHead']) expect(actions[action], action).not.toBe('pass');
  });

  it('are tabled in docs/policy.md as they are', async () => {
    const page = readFileSync(path.resolve(folder, '../docs/policy.md'), 'utf8');
    const rows = [...page.matchAll(/^\| `(?:outcomes\.|trustedSource\.)?([\w-]+)` \| (\w+) \| (\w+) \| (\w+) \|$/gm)].map((row) => row.slice(1));
    const actions = (await Promise.all(['observe', 'recommended', 'strict'].map(load))).map(actionsOf);

    expect(rows.map(([action]) => action).sort()).toEqual(Object.keys(actions[0] ?? {}).sort());
    for (const [action = '', ...verdicts] of rows) expect([action, ...verdicts]).toEqual([action, ...actions.map((one) => one[action])]);
  });

  it.each(['docs/policy.md', 'README.md'])('and the policies shown in %s are valid', async (file) => {
    const page = readFileSync(path.resolve(folder, '..', file), 'utf8');
    const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? '').filter((text) => /^version: 1$/m.test(text));

    expect(examples.length).toBeGreaterThan(0);
    for (const text of examples) {
      await expect(loadPolicy({ source: { kind: 'file', path: file, text }, readFile: () => Promise.resolve(undefined), detectors })).resolves.toMatchObject({ source: file });
    }
  });

  it('take the same files, and every extension a format reader names', async () => {
    const policies = await Promise.all(ids.map(load));
    const [first] = policies;

    for (const policy of policies) expect(policy.artifacts).toEqual(first?.artifacts);
    const isIncluded = compileGlobs(first?.artifacts.include ?? []);
    const files = formatReaders.flatMap((one) => one.meta.extensions).map((extension) => `deep/er/model.${extension.replace(/^\./, '')}`);
    expect(files.filter((file) => !isIncluded(file))).toEqual([]);
    expect(['model.onnx', '.hidden/model.pkl', 'a/b.safetensors', 'w.h5', 'c.npz'].filter((file) => !isIncluded(file))).toEqual([]);
    expect(['readme.md', 'image.png', 'onnx', 'model.onnx.modelgate.yml'].filter(isIncluded)).toEqual([]);
  });

  it('run every stable detector and all that one of them weighs, the cheap ones first', async () => {
    const { detectors: resolved } = await load('recommended');
    const weighed: readonly string[] = detectors.filter(({ meta }) => meta.joins === true).flatMap(({ meta }) => meta.after ?? []);

    expect(weighed).toContain('neuron-sensitivity');
    expect(resolved.map((one) => one.id).sort()).toEqual(detectors.map((one) => one.meta).filter(({ id, lifecycle }) => lifecycle === 'stable' || weighed.includes(id)).map(({ id }) => id).sort());
    expect(resolved[0]?.id).toBe('archive-structure');
  });
});
