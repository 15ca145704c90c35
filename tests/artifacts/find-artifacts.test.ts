import { execFileSync } from 'node:child_process';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findArtifacts, type FindArtifactsRequest } from '../../src/artifacts/find-artifacts.ts';
import { gateErrorOf } from './gate-error-of.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Files (empty) and, where a value is given, links to it. */
async function tree(root: string, entries: Readonly<Record<string, string | undefined>>): Promise<void> {
  for (const [file, target] of Object.entries(entries)) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    if (target === undefined) await writeFile(path.join(root, file), '');
    else await symlink(target, path.join(root, file));
  }
}

const find = (root: string, request: Partial<FindArtifactsRequest> = {}) =>
  findArtifacts({ root, paths: ['.'], include: ['**/*.onnx'], exclude: [], ...request });

describe('findArtifacts', () => {
  it('finds what the globs take, in the order of code units, and skips .git and node_modules', async () => {
    const root = await temporaryFolder();
    await tree(root, {
      'b/model.onnx': undefined,
      'B/model.ONNX': undefined,
      'a.onnx': undefined,
      '.hidden/.model.onnx': undefined,
      'ä/x.onnx': undefined,
      'readme.md': undefined,
      '.git/objects/x.onnx': undefined,
      'node_modules/p/x.onnx': undefined,
      'deep/node_modules/x.onnx': undefined,
      'old/x.onnx': undefined,
    });

    expect(await find(root, { exclude: ['old/**'] })).toEqual({
      artifacts: ['.hidden/.model.onnx', 'B/model.ONNX', 'a.onnx', 'b/model.onnx', 'ä/x.onnx'],
      problems: [],
    });
  });

  it('takes a named file whatever the globs say, and walks a named folder though it is skipped elsewhere', async () => {
    const root = await temporaryFolder();
    await tree(root, { 'weights.bin': undefined, 'node_modules/p/x.onnx': undefined, 'models/a.onnx': undefined, 'models/b.txt': undefined });
    const found = await find(root, { paths: ['weights.bin', './models/', 'models/b.txt', 'node_modules', 'models/a.onnx'], exclude: ['weights.*'] });

    expect(found).toEqual({ artifacts: ['models/a.onnx', 'models/b.txt', 'node_modules/p/x.onnx', 'weights.bin'], problems: [] });
  });

  it('says what is wrong with a path that is not there', async () => {
    const root = await temporaryFolder();
    const { problems } = await find(root, { paths: ['missing.onnx'] });

    expect(problems).toMatchObject([{ path: 'missing.onnx', error: { code: 'artifact/unreadable', message: 'missing.onnx does not exist.' } }]);
  });

  it('follows links that stay inside, to files and to folders, under the link’s name', async () => {
    const root = await temporaryFolder();
    await tree(root, { 'blobs/0123': undefined, 'snapshots/main/model.onnx': '../../blobs/0123', 'data/x.onnx': undefined, 'models': 'data' });

    expect(await find(root)).toEqual({ artifacts: ['data/x.onnx', 'models/x.onnx', 'snapshots/main/model.onnx'], problems: [] });
  });

  it('refuses links that leave the root, and reports those that lead nowhere', async () => {
    const outside = await temporaryFolder();
    const root = await temporaryFolder();
    await tree(outside, { 'secret.onnx': undefined, 'notes.txt': undefined });
    await tree(root, {
      'file.onnx': path.join(outside, 'secret.onnx'),
      'folder': outside,
      'relative.onnx': `../${path.basename(outside)}/secret.onnx`,
      'hop': 'folder',
      'nowhere.onnx': 'gone',
      'self.onnx': 'self.onnx',
      'nowhere.txt': 'gone',
      'notes.txt': path.join(outside, 'notes.txt'),
      'device.onnx': '/dev/zero',
    });
    const found = await find(root);

    expect(found.artifacts).toEqual([]);
    expect(found.problems.map(({ path: file, error }) => `${file}: ${error.message}`)).toEqual([
      'device.onnx: The link device.onnx leaves the folder under test.',
      'file.onnx: The link file.onnx leaves the folder under test.',
      'folder: The link folder leaves the folder under test.',
      'hop: The link hop leaves the folder under test.',
      'nowhere.onnx: The link nowhere.onnx leads nowhere: its target does not exist.',
      'relative.onnx: The link relative.onnx leaves the folder under test.',
      'self.onnx: The link self.onnx leads nowhere: its target is a link in a loop.',
    ]);
    expect((await find(root, { paths: ['file.onnx', 'folder'] })).artifacts).toEqual([]);
    expect((await find(root, { exclude: ['**'] })).problems).toEqual([]);
  });

  it('does not mistake a sibling folder whose name begins alike for the inside', async () => {
    const parent = await temporaryFolder();
    await tree(parent, { 'root-evil/x.onnx': undefined, 'root/link.onnx': '../root-evil/x.onnx' });

    expect((await find(path.join(parent, 'root'))).problems).toHaveLength(1);
  });

  it('comes to an end where links lead in circles', async () => {
    const root = await temporaryFolder();
    await tree(root, { 'a/x.onnx': undefined, 'a/up': '..', 'a/self': '.', 'b/to-a': '../a', 'a/to-b': '../b' });
    const found = await find(root);

    expect(found.problems).toEqual([]);
    expect(found.artifacts).toEqual(['a/x.onnx', 'b/to-a/x.onnx']);
  });

  it('ends with an error, not with a shorter list, where there is too much to look through', async () => {
    const root = await temporaryFolder();
    // Each folder holds two links to the next: 2^16 ways to the end.
    for (let level = 0; level < 16; level += 1) {
      await tree(root, { [`d${level}/x.onnx`]: undefined, [`d${level}/l`]: `../d${level + 1}`, [`d${level}/m`]: `../d${level + 1}` });
    }
    await mkdir(path.join(root, 'd16'));
    const error = await gateErrorOf(() => find(root, { maxEntries: 5000 }));

    expect([error.code, error.blame]).toEqual(['arguments/invalid', 'user']);
  });

  it('reports folders that lie too deep instead of passing over them', async () => {
    const root = await temporaryFolder();
    await tree(root, { '1/2/3/x.onnx': undefined, '1/2/y.onnx': undefined });

    expect(await find(root, { maxDepth: 3 })).toMatchObject({ artifacts: ['1/2/y.onnx'], problems: [{ path: '1/2/3' }] });
    expect((await find(root, { maxDepth: 4 })).artifacts).toEqual(['1/2/3/x.onnx', '1/2/y.onnx']);
  });

  it('reports pipes, and names that are not UTF-8, where an artifact would be', async () => {
    const root = await temporaryFolder();
    execFileSync('mkfifo', [path.join(root, 'pipe.onnx'), path.join(root, 'pipe.txt')]);
    await writeFile(Buffer.concat([Buffer.from(`${root}/bad-`), Buffer.from([0xff]), Buffer.from('.onnx')]), '');
    const { artifacts, problems } = await find(root);

    expect(artifacts).toEqual([]);
    expect(problems.map((one) => one.error.message)).toEqual([
      'The name of bad-\uFFFD.onnx is not valid UTF-8, so it cannot be reported.',
      'pipe.onnx is neither a file nor a folder.',
    ]);
  });

  it.skipIf(process.getuid?.() === 0)('reports a folder that may not be read', async () => {
    const root = await temporaryFolder();
    await tree(root, { 'locked/x.onnx': undefined });
    await chmod(path.join(root, 'locked'), 0);
    const { problems } = await find(root);
    await chmod(path.join(root, 'locked'), 0o700);

    expect(problems).toMatchObject([{ path: 'locked', error: { message: 'The folder locked may not be read by this user.' } }]);
  });

  it('takes what the user names outside of the root', async () => {
    const parent = await temporaryFolder();
    await tree(parent, { 'zoo/a.onnx': undefined, 'zoo/link.onnx': 'a.onnx', 'zoo/out.onnx': '../x.onnx', 'x.onnx': undefined, 'root/readme.md': undefined });
    const found = await find(path.join(parent, 'root'), { paths: ['../zoo'] });

    expect(found.artifacts).toEqual(['../zoo/a.onnx', '../zoo/link.onnx']);
    expect(found.problems.map((one) => one.path)).toEqual(['../zoo/out.onnx']);
  });

  it('stops when it is cancelled', async () => {
    const root = await temporaryFolder();
    await tree(root, { 'a.onnx': undefined });

    expect((await gateErrorOf(() => find(root, { signal: AbortSignal.abort() }))).code).toBe('inspection/cancelled');
  });

  it('finds every file with the extension in any tree, whatever the names', async () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
      .map((text) => text.replaceAll('/', '_').replaceAll('\0', '_'))
      .filter((text) => text !== '.' && text !== '..' && text.toLowerCase() !== '.git' && Buffer.byteLength(text) < 200);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.array(name, { maxLength: 3 }), name), { maxLength: 6 }), async (files) => {
        const root = await temporaryFolder();
        const expected = new Set<string>();
        for (const [folders, base] of files) {
          const file = [...folders, `${base}.onnx`].join('/');
          // A name may be a file in one path and a folder in another; the second of the two is left out.
          const isWritten = await tree(root, { [file]: undefined }).then(
            () => true,
            () => false,
          );
          if (isWritten) expected.add(file);
        }

        expect(await find(root)).toEqual({ artifacts: [...expected].sort(), problems: [] });
      }),
      { numRuns: 60 },
    );
  });
});
