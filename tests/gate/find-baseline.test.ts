import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change, Changes } from '../../src/artifacts/changes.ts';
import { sha256Of } from '../../src/artifacts/digest.ts';
import type { EarlierVersions } from '../../src/artifacts/earlier-versions.ts';
import { detectors } from '../../src/detectors/index.ts';
import type { GateRequest } from '../../src/gate-request.ts';
import { findBaseline, type FoundBaseline } from '../../src/gate/find-baseline.ts';
import { indexedBaselines, type IndexedBaselines } from '../../src/gate/find-baseline/indexed-baselines.ts';
import { loadPolicy } from '../../src/policy/load-policy.ts';

let root = '';
let found: FoundBaseline | undefined;
let indexed: IndexedBaselines | undefined;
const releases: (() => Promise<void>)[] = [];
beforeEach(() => (root = realpathSync(mkdtempSync(path.join(tmpdir(), 'modelgate-baseline-test-')))));
afterEach(async () => {
  for (const release of releases.splice(0)) await release();
  rmSync(root, { recursive: true, force: true });
});

function write(file: string, content: string): string {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), content);
  return path.join(root, file);
}

const COMMIT = 'c'.repeat(40);

/** A history: what files held before the change, and what was ever approved. */
function earlierOf(before: Readonly<Record<string, string>>, approved: Readonly<Record<string, string>> = {}, isComparison = true): EarlierVersions {
  return {
    commit: isComparison ? COMMIT : undefined,
    repository: root,
    async save(file, to) {
      const content = before[file];
      if (content === undefined) return false;
      writeFileSync(to, content);
      return true;
    },
    async saveApproved(file, digest, _size, to) {
      const content = approved[file];
      if (content === undefined || sha256Of(Buffer.from(content)) !== digest) return undefined;
      writeFileSync(to, content);
      return COMMIT;
    },
  };
}

const changesOf = (...list: Change[]): Changes => ({ known: true, by: 'git', list });

interface Asked {
  readonly artifact?: { readonly path: string; readonly change?: Change };
  readonly content?: string;
  readonly named?: string;
  readonly policy?: string;
}

async function find({ artifact = { path: 'models/a.onnx' }, content = 'new', named, policy = 'detectors: {model-comparison: {}}' }: Asked, rest: Partial<GateRequest> = {}) {
  const text = `version: 1\n${policy}\n`;
  const resolved = await loadPolicy({ source: { kind: 'file', path: 'modelgate.yml', text }, readFile: async () => undefined, detectors });
  const request: GateRequest = {
    root, scope: { kind: 'paths', paths: ['.'] }, policy: resolved, lockfile: undefined, ignoredHeadChanges: [],
    samples: undefined, baseline: undefined, seed: 0, budgetSeconds: undefined, engine: 'auto', threads: 1, warnOnly: false, ...rest,
  };
  const { signal } = new AbortController();
  const ofRun = indexedBaselines(request, signal);
  indexed = ofRun;
  found = await findBaseline({ artifact, digest: sha256Of(Buffer.from(content)), named, request, indexed, signal });
  const { reference, release } = found;
  releases.push(release, () => ofRun.release());
  return reference;
}

const lockfile = (file: string, content: string): GateRequest['lockfile'] => ({
  path: path.join(root, 'modelgate.lock.json'),
  content: { version: 1, artifacts: [{ path: file, sha256: createHash('sha256').update(content).digest('hex'), size: content.length }] },
});

const contentOf = (reference: Awaited<ReturnType<typeof find>>): string => (reference?.kind === 'file' ? readFileSync(reference.file, 'utf8') : `no file: ${JSON.stringify(reference)}`);

describe('findBaseline', () => {
  it('looks for none where no enabled detector compares', async () => {
    expect(await find({ named: write('old.onnx', 'old'), policy: 'detectors: {model-comparison: {enabled: false}}' })).toBeUndefined();
  });

  it('takes the file that was named, as it is on disk', async () => {
    const reference = await find({ named: write('old.onnx', 'old') }, { earlier: earlierOf({ 'models/a.onnx': 'before' }) });

    expect(contentOf(reference)).toBe('old');
    expect(reference).toMatchObject({ description: 'old.onnx as named', digest: sha256Of(Buffer.from('old')), hasCompanions: true });
  });

  it('takes a named file from before the change that touches it, and none that the change brings', async () => {
    const named = write('old.onnx', 'made to fit');
    const changes = changesOf({ path: 'old.onnx', kind: 'modified' });

    expect(contentOf(await find({ named }, { changes, earlier: earlierOf({ 'old.onnx': 'old' }) }))).toBe('old');
    expect(await find({ named }, { changes, earlier: earlierOf({}) })).toMatchObject({ kind: 'problem', reason: expect.stringContaining('brought by the change') as string });
    expect(await find({ named }, { changes })).toMatchObject({ kind: 'problem', reason: expect.stringContaining('not trusted') as string });
  });

  it('trusts nothing in the repository when it is not known what changed', async () => {
    const named = write('old.onnx', 'made to fit');

    expect(contentOf(await find({ named }, { changes: { known: false, reason: 'shallow' }, earlier: earlierOf({ 'old.onnx': 'old' }) }))).toBe('old');
  });

  it('is not led to a touched file by a link, nor by a folder that became one', async () => {
    write('elsewhere/planted.onnx', 'planted');
    symlinkSync(path.join(root, 'elsewhere/planted.onnx'), path.join(root, 'old.onnx'));
    symlinkSync(path.join(root, 'elsewhere'), path.join(root, 'trusted'));
    const changes = (file: string) => changesOf({ path: file, kind: 'added' });
    const earlier = earlierOf({});

    for (const [named, touched] of [['old.onnx', 'elsewhere/planted.onnx'], ['old.onnx', 'old.onnx'], ['trusted/planted.onnx', 'trusted']] as const) {
      expect(await find({ named: path.join(root, named) }, { changes: changes(touched), earlier })).toMatchObject({ kind: 'problem' });
    }
  });

  it('does not read external data of a named file that the change touches', async () => {
    const named = write('trusted/old.onnx', 'old');

    expect(await find({ named }, { changes: changesOf({ path: 'trusted/old.data', kind: 'modified' }), earlier: earlierOf({}) })).toMatchObject({ refusedCompanions: ['old.data'] });
  });

  it('takes the version that the lockfile approves from the history', async () => {
    const earlier = earlierOf({ 'models/a.onnx': 'before' }, { 'models/a.onnx': 'approved' });
    const reference = await find({}, { lockfile: lockfile('models/a.onnx', 'approved'), earlier });

    expect(contentOf(reference)).toBe('approved');
    expect(reference).toMatchObject({ description: expect.stringContaining('as the lockfile approves it, from commit cccccccccccc') as string, hasCompanions: false });
  });

  it('follows a rename to what was approved under the old name', async () => {
    const artifact = { path: 'models/b.onnx', change: { path: 'models/b.onnx', kind: 'renamed', previousPath: 'models/a.onnx' } as const };

    expect(contentOf(await find({ artifact }, { lockfile: lockfile('models/a.onnx', 'approved'), earlier: earlierOf({}, { 'models/a.onnx': 'approved' }) }))).toBe('approved');
    expect(contentOf(await find({ artifact }, { earlier: earlierOf({ 'models/a.onnx': 'before' }) }))).toBe('before');
  });

  it('compares the approved version with nothing', async () => {
    expect(await find({ content: 'approved' }, { lockfile: lockfile('models/a.onnx', 'approved'), earlier: earlierOf({ 'models/a.onnx': 'before' }) })).toMatchObject({ kind: 'none' });
  });

  it('says so when the approved version is nowhere to be found, unless the change says what was before', async () => {
    const approved = lockfile('models/a.onnx', 'approved');

    expect(await find({}, { lockfile: approved, earlier: earlierOf({}, {}, false) })).toMatchObject({ kind: 'problem', reason: expect.stringContaining('fetch-depth: 0') as string });
    expect(contentOf(await find({}, { lockfile: approved, earlier: earlierOf({ 'models/a.onnx': 'before' }) }))).toBe('before');
  });

  it('takes the version before the change, and says of a new file that there is none and how to name one', async () => {
    const reference = await find({}, { earlier: earlierOf({ 'models/a.onnx': 'before' }) });

    expect(contentOf(reference)).toBe('before');
    expect(reference).toMatchObject({ description: 'models/a.onnx at commit cccccccccccc, which the change starts from' });
    expect(await find({}, { earlier: earlierOf({}) })).toMatchObject({ kind: 'none', reason: expect.stringContaining('--baseline') as string });
    expect(await find({})).toMatchObject({ kind: 'none', reason: expect.stringContaining('--baseline') as string });
  });

  it('makes a problem of what cannot be read, a pointer or a history that throws', async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12\n`;
    const failing: EarlierVersions = { ...earlierOf({}), save: () => Promise.reject(new Error('disk full')) };

    expect(await find({ named: path.join(root, 'missing.onnx') })).toMatchObject({ kind: 'problem' });
    expect(await find({ named: write('old.onnx', pointer) })).toMatchObject({ kind: 'problem', reason: expect.stringContaining('pointer') as string });
    expect(await find({}, { earlier: failing })).toMatchObject({ kind: 'problem', reason: expect.stringContaining('disk full') as string });
  });

  it('leaves nothing behind', async () => {
    const reference = await find({}, { earlier: earlierOf({ 'models/a.onnx': 'before' }) });
    const file = reference?.kind === 'file' ? reference.file : '';
    expect(existsSync(file)).toBe(true);
    await found?.release();

    expect(existsSync(path.dirname(file))).toBe(false);
  });
});

const PARTS = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;
const indexOf = (...files: readonly string[]): string => JSON.stringify({ weight_map: Object.fromEntries(files.map((file, at) => [`t${String(at)}`, file])) });
const INDEX = 'model.safetensors.index.json';

describe('findBaseline of a model in several files', () => {
  const partsOf = (reference: Awaited<ReturnType<typeof find>>): Readonly<Record<string, string>> => {
    if (reference?.kind !== 'index') throw new Error(`no index: ${JSON.stringify(reference)}`);
    return Object.fromEntries(reference.parts.map(({ name, file }) => [name, readFileSync(file, 'utf8')]));
  };
  const writeOld = (): string => {
    for (const part of PARTS) write(`old/${part}`, `old ${part}`);
    return write(`old/${INDEX}`, indexOf(...PARTS));
  };
  const asWritten = Object.fromEntries(PARTS.map((part) => [part, `old ${part}`]));

  it('takes a named index, or the folder of one, with every file of it, each with its digest', async () => {
    const named = writeOld();
    const reference = await find({ named });

    expect(partsOf(reference)).toEqual(asWritten);
    expect(reference).toMatchObject({ description: `old/${INDEX} as named, with its 2 files`, parts: PARTS.map((part) => ({ name: part, digest: sha256Of(Buffer.from(`old ${part}`)) })) });
    expect(await find({ named: path.dirname(named) })).toEqual(reference);
  });

  it('has another digest when any of its files is another', async () => {
    const named = writeOld();
    const before = await find({ named });
    write(`old/${PARTS[1]}`, 'other weights');

    expect(await find({ named })).not.toMatchObject({ digest: before?.kind === 'index' ? before.digest : '' });
  });

  it('takes what the change touches as it was before, file by file, and trusts nothing that it brings', async () => {
    const named = writeOld();
    const before = { [`old/${PARTS[0]}`]: 'before', [`old/${INDEX}`]: indexOf(...PARTS) };

    expect(partsOf(await find({ named }, { changes: changesOf({ path: `old/${PARTS[0]}`, kind: 'modified' }), earlier: earlierOf(before) }))).toEqual({ ...asWritten, [PARTS[0]]: 'before' });
    for (const touched of [PARTS[0], INDEX]) {
      expect(await find({ named }, { changes: changesOf({ path: `old/${touched}`, kind: 'added' }), earlier: earlierOf({}) })).toMatchObject({ kind: 'problem', reason: expect.stringContaining('brought by the change') as string });
    }
  });

  it('finds files that the change deleted, with the index as it was', async () => {
    const named = write(`old/${INDEX}`, indexOf('model-00001-of-00001.safetensors'));
    const before = { ...Object.fromEntries(PARTS.map((part) => [`old/${part}`, 'before'])), [`old/${INDEX}`]: indexOf(...PARTS) };
    const changes = changesOf({ path: `old/${INDEX}`, kind: 'modified' }, ...PARTS.map((part): Change => ({ path: `old/${part}`, kind: 'deleted' })));

    expect(partsOf(await find({ named }, { changes, earlier: earlierOf(before) }))).toEqual(Object.fromEntries(PARTS.map((part) => [part, 'before'])));
  });

  it('compares a file with the whole earlier version when the change touches the index, because tensors may have moved', async () => {
    const artifact = { path: 'models/model-00001-of-00003.safetensors', change: { path: 'models/model-00001-of-00003.safetensors', kind: 'added' } as const };
    const before = { ...Object.fromEntries(PARTS.map((part) => [`models/${part}`, 'before'])), [`models/${INDEX}`]: indexOf(...PARTS) };
    const changes = changesOf(artifact.change, { path: `models/${INDEX}`, kind: 'modified' }, ...PARTS.map((part): Change => ({ path: `models/${part}`, kind: 'deleted' })));

    expect(partsOf(await find({ artifact }, { changes, earlier: earlierOf(before) }))).toEqual(Object.fromEntries(PARTS.map((part) => [part, 'before'])));
    expect(await find({ artifact }, { changes, earlier: earlierOf({}) })).toMatchObject({ kind: 'none' });
  });

  it('compares file by file where the index is as it was', async () => {
    const artifact = { path: `models/${PARTS[0]}` };
    const changes = changesOf({ path: `models/${PARTS[0]}`, kind: 'modified' });

    expect(contentOf(await find({ artifact }, { changes, earlier: earlierOf({ [`models/${PARTS[0]}`]: 'before', [`models/${INDEX}`]: indexOf(...PARTS) }) }))).toBe('before');
  });

  it.each<[string, () => string, string]>([
    ['lacks a file', () => write(`gone/${INDEX}`, indexOf(...PARTS)), 'it does not exist'],
    ['names a file outside', () => write(`out/${INDEX}`, indexOf('../old/a.safetensors')), 'leaves the folder'],
    ['has a gap', () => write(`gap/${INDEX}`, indexOf(PARTS[1])), 'No tensor lies in part 00001 of 2'],
    ['is none', () => write(`none/${INDEX}`, '[]'), 'no weight_map'],
    ['lies in no folder with one', () => path.dirname(write('single/model.safetensors', 'one')), 'without the index'],
    ['has a pointer for a file', () => {
      write(`lfs/${PARTS[0]}`, `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12\n`);
      return write(`lfs/${INDEX}`, indexOf(PARTS[0], PARTS[1]));
    }, 'pointer'],
    ['has a link out for a file', () => {
      write('elsewhere.safetensors', 'secret');
      mkdirSync(path.join(root, 'link'), { recursive: true });
      symlinkSync(path.join(root, 'elsewhere.safetensors'), path.join(root, 'link/a.safetensors'));
      return write(`link/${INDEX}`, indexOf('a.safetensors'));
    }, 'leads out of the model’s folder'],
  ])('makes a problem of an index that %s', async (_, make, reason) => {
    expect(await find({ named: make() })).toMatchObject({ kind: 'problem', reason: expect.stringContaining(reason) as string });
  });

  it('is looked up once a run, and leaves nothing behind', async () => {
    const named = writeOld();
    const reference = await find({ named }, { changes: changesOf({ path: `old/${PARTS[0]}`, kind: 'modified' }), earlier: earlierOf({ [`old/${PARTS[0]}`]: 'before' }) });
    const [part] = reference?.kind === 'index' ? reference.parts : [];
    write(`old/${PARTS[1]}`, 'other weights');

    expect(await indexed?.at(named)).toBe(reference);
    await indexed?.release();
    expect(existsSync(part?.file ?? '')).toBe(false);
    expect(existsSync(path.join(root, 'old', PARTS[1]))).toBe(true);
  });
});
