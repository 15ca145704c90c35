import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRepository, type Repository } from '../../src/action/repository.ts';
import { everything, narrowChanges } from '../../src/action/scope.ts';
import type { Changes } from '../../src/artifacts/changes.ts';
import { gitRepository, type GitRepository } from '../support/git-repository.ts';

const globs = { include: ['**/*.onnx'], exclude: ['vendor/**'] };

describe('narrowChanges', () => {
  const changes: Changes = {
    known: true,
    by: 'git',
    list: [
      { path: 'models/a.onnx', kind: 'modified' },
      { path: 'models-old/a.onnx', kind: 'modified' },
      { path: 'other/b.onnx', kind: 'renamed', previousPath: 'models/b.onnx' },
      { path: 'other/weights.bin', kind: 'modified' },
    ],
  };
  const narrowed = (...paths: readonly string[]): readonly string[] => {
    const found = narrowChanges(changes, paths, globs);
    return found.known ? found.list.map((one) => one.path) : [];
  };

  it('keeps artifacts below a folder, those that left it, and files that may be external data', () => {
    expect(narrowed('models')).toEqual(['models/a.onnx', 'other/b.onnx', 'other/weights.bin']);
    expect(narrowed('./models/')).toEqual(narrowed('models'));
  });

  it('takes files and globs', () => {
    expect(narrowed('models-old/a.onnx')).toEqual(['models-old/a.onnx', 'other/weights.bin']);
    expect(narrowed('models*/*.ONNX')).toEqual(['models/a.onnx', 'models-old/a.onnx', 'other/b.onnx', 'other/weights.bin']);
  });

  it('keeps everything without paths, and unknown changes unknown', () => {
    expect(narrowed()).toHaveLength(4);
    expect(narrowed('.')).toHaveLength(4);
    expect(narrowChanges({ known: false, reason: 'r' }, ['models'], globs)).toEqual({ known: false, reason: 'r' });
  });
});

describe('everything', () => {
  let checkout: GitRepository;
  let repository: Repository | undefined;
  beforeEach(async () => {
    checkout = gitRepository();
    checkout.write('a.ONNX', '1');
    checkout.write('vendor/b.onnx', '1');
    checkout.write('readme.md', '1');
    checkout.commit('models');
    checkout.write('untracked/c.onnx', '1');
    const opened = await openRepository({ root: checkout.root, environment: process.env });
    repository = opened.isOpen ? opened.repository : undefined;
  });
  afterEach(() => checkout.remove());

  const ask = (...paths: readonly string[]): Promise<readonly string[]> =>
    everything({ root: checkout.root, paths, globs, repository, signal: new AbortController().signal });

  it('is what git tracks and the policy takes', async () => {
    expect(await ask()).toEqual(['a.ONNX']);
  });

  it('is the whole folder where git cannot be asked', async () => {
    repository = undefined;
    expect(await ask()).toEqual(['.']);
  });

  it('is what the workflow names, tracked or not', async () => {
    expect(await ask('untracked')).toEqual(['untracked']);
    expect(await ask('**/c.*', 'a.ONNX')).toEqual(['a.ONNX', 'untracked/c.onnx']);
    expect(await ask('vendor/*.onnx')).toEqual([]);
  });
});
