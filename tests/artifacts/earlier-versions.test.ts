import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { earlierVersions } from '../../src/artifacts/earlier-versions.ts';
import { sha256Of } from '../../src/artifacts/digest.ts';
import { gitRepository, runGitIn, type GitRepository } from '../support/git-repository.ts';

let repository: GitRepository;
let folder: string;
let to: string;
beforeEach(() => {
  repository = gitRepository();
  folder = mkdtempSync(path.join(tmpdir(), 'modelgate-earlier-'));
  to = path.join(folder, 'earlier');
});
afterEach(() => {
  repository.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Bytes that no filter and no end-of-line conversion may touch. */
const first = Buffer.concat([Buffer.from('first\r\n\0'), Buffer.alloc(200_000, 7)]);
const digestOf = (bytes: Uint8Array) => sha256Of(bytes);

function pointerTo(bytes: Uint8Array): string {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${bytes.byteLength}\n`;
}

/** base → (head | later base), as a pull request that its target moved on from. */
function forked(): { readonly fork: string; readonly base: string } {
  repository.write('models/a.onnx', first);
  const fork = repository.commit('fork');
  repository.write('models/a.onnx', 'later on main');
  const base = repository.commit('base');
  repository.git('checkout', '--quiet', '-b', 'change', fork);
  repository.write('models/a.onnx', 'head');
  repository.write('models/new.onnx', 'new');
  repository.commit('head');
  return { fork, base };
}

describe('earlierVersions.save', () => {
  it('writes the file as the change found it: at the merge base, byte for byte', async () => {
    const { fork, base } = forked();
    const earlier = await earlierVersions({ root: repository.root, base });

    expect(earlier.commit).toBe(fork);
    expect(earlier.repository).toBe(repository.root);
    expect(await earlier.save('models/a.onnx', to)).toBe(true);
    expect(readFileSync(to).equals(first)).toBe(true);
  });

  it('takes the base itself for a push', async () => {
    const { base } = forked();
    const earlier = await earlierVersions({ root: repository.root, base, isDirect: true });

    expect(earlier.commit).toBe(base);
    await earlier.save('models/a.onnx', to);
    expect(readFileSync(to, 'utf8')).toBe('later on main');
  });

  it('says of a file that the change brings that there was none, and writes nothing', async () => {
    const { base } = forked();

    expect(await (await earlierVersions({ root: repository.root, base })).save('models/new.onnx', to)).toBe(false);
    expect(existsSync(to)).toBe(false);
  });

  it('knows nothing earlier outside of a comparison and outside of a repository', async () => {
    forked();

    expect(await (await earlierVersions({ root: repository.root })).save('models/a.onnx', to)).toBe(false);
    expect(await earlierVersions({ root: folder })).toMatchObject({ commit: undefined, repository: undefined });
  });

  it('throws for a commit that is not here, which is not the same as a file that was not there', async () => {
    forked();
    const earlier = await earlierVersions({ root: repository.root, base: 'a'.repeat(40) });

    await expect(earlier.save('models/a.onnx', to)).rejects.toMatchObject({ code: 'changes/unknown' });
  });

  it('puts the file that a Git LFS pointer names in its place, where git-lfs has it', async () => {
    repository.write('models/a.onnx', pointerTo(first));
    const base = repository.commit('pointer');
    const earlier = await earlierVersions({ root: repository.root, base });
    await expect(earlier.save('models/a.onnx', to)).rejects.toMatchObject({ code: 'artifact/pointer' });

    const sha256 = digestOf(first).slice('sha256:'.length);
    const kept = path.join(repository.root, '.git/lfs/objects', sha256.slice(0, 2), sha256.slice(2, 4));
    mkdirSync(kept, { recursive: true });
    writeFileSync(path.join(kept, sha256), Buffer.alloc(first.byteLength, 8));
    await expect(earlier.save('models/a.onnx', to)).rejects.toMatchObject({ code: 'artifact/pointer' });

    writeFileSync(path.join(kept, sha256), first);
    expect(await earlier.save('models/a.onnx', to)).toBe(true);
    expect(readFileSync(to).equals(first)).toBe(true);
  });

  it('has a lacking object fetched, from a clone that was filtered', async () => {
    const { fork } = forked();
    repository.git('config', 'uploadpack.allowFilter', 'true');
    repository.git('config', 'uploadpack.allowAnySHA1InWant', 'true');
    const clone = path.join(folder, 'clone');
    runGitIn(folder, 'clone', '--quiet', '--filter=blob:limit=1k', '--no-checkout', `file://${repository.root}`, clone);
    const asked: string[] = [];
    const fetchObject = async (id: string): Promise<void> => {
      asked.push(id);
      runGitIn(clone, 'fetch', '--quiet', '--depth=1', '--no-tags', '--no-write-fetch-head', '--filter=blob:limit=1m', 'origin', id);
    };

    await expect((await earlierVersions({ root: clone, base: fork, isDirect: true })).save('models/a.onnx', to)).rejects.toMatchObject({ code: 'changes/unknown' });
    expect(await (await earlierVersions({ root: clone, base: fork, isDirect: true, fetchObject })).save('models/a.onnx', to)).toBe(true);
    expect(asked).toHaveLength(1);
    expect(readFileSync(to).equals(first)).toBe(true);
  });
});

describe('earlierVersions.saveApproved', () => {
  it('finds the version with a digest in the history, whatever came since', async () => {
    const { fork } = forked();
    const earlier = await earlierVersions({ root: repository.root });

    expect(await earlier.saveApproved('models/a.onnx', digestOf(first), first.byteLength, to)).toBe(fork);
    expect(readFileSync(to).equals(first)).toBe(true);
  });

  it('finds nothing for a digest that no version has, also when one has the size', async () => {
    forked();
    const earlier = await earlierVersions({ root: repository.root });

    expect(await earlier.saveApproved('models/a.onnx', digestOf(Buffer.alloc(first.byteLength)), first.byteLength, to)).toBeUndefined();
    expect(existsSync(to)).toBe(false);
  });

  it('throws when a version that may be the one cannot be read', async () => {
    repository.write('models/a.onnx', pointerTo(first));
    repository.commit('pointer');
    repository.write('models/a.onnx', 'head');
    repository.commit('head');

    await expect((await earlierVersions({ root: repository.root })).saveApproved('models/a.onnx', digestOf(first), first.byteLength, to)).rejects.toMatchObject({ code: 'artifact/pointer' });
  });
});
