import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256Of } from '../../src/artifacts/digest.ts';
import { openCompanionOf } from '../../src/artifacts/open-companion.ts';
import { gateErrorOf } from './gate-error-of.ts';
import { temporaryFolder } from './temporary-folder.ts';

interface Setting {
  readonly folder: string;
  readonly outside: string;
  readonly open: ReturnType<typeof openCompanionOf>;
}

async function setting(): Promise<Setting> {
  const parent = await temporaryFolder();
  const folder = path.join(parent, 'model');
  await mkdir(path.join(folder, 'parts'), { recursive: true });
  await writeFile(path.join(folder, 'model.onnx'), 'model');
  await writeFile(path.join(folder, 'weights.bin'), 'weights');
  await writeFile(path.join(folder, 'parts', 'onnx::MatMul_1'), 'part');
  await writeFile(path.join(parent, 'secret'), 'secret');
  return { folder, outside: parent, open: openCompanionOf({ file: path.join(folder, 'model.onnx'), path: 'models/a/model.onnx' }) };
}

describe('openCompanionOf', () => {
  it('opens files in the model’s folder and below, as artifacts of their own', async () => {
    const { open } = await setting();
    const weights = await open('weights.bin');
    const part = await open('./parts/onnx::MatMul_1');

    expect([weights.path, weights.digest, weights.bytes.size]).toEqual(['models/a/weights.bin', sha256Of('weights'), 7]);
    expect(new TextDecoder().decode(await weights.bytes.read(2, 3))).toBe('igh');
    expect([part.path, part.digest]).toEqual(['models/a/parts/onnx::MatMul_1', sha256Of('part')]);
  });

  it('names a companion of a model at the root by its own name', async () => {
    const { folder } = await setting();
    const companion = await openCompanionOf({ file: path.join(folder, 'model.onnx'), path: 'model.onnx' })('weights.bin');

    expect(companion.path).toBe('weights.bin');
  });

  it('gives the same artifact for every spelling of a path, also at the same time', async () => {
    const { open } = await setting();
    const [one, two] = await Promise.all([open('weights.bin'), open('./weights.bin')]);

    expect(one).toBe(two);
    expect(await open('././weights.bin')).toBe(one);
  });

  it.each([
    ['../secret', 'the path leaves the model’s folder'],
    ['parts/../../secret', 'the path leaves the model’s folder'],
    ['parts/../weights.bin', 'the path leaves the model’s folder'],
    ['/etc/passwd', 'the path is absolute'],
    ['//server/share', 'the path is absolute'],
    ['..\\secret', 'the path holds a backslash, which is a separator on Windows only'],
    ['parts\\x', 'the path holds a backslash, which is a separator on Windows only'],
    ['C:/Windows/win.ini', 'the path names a drive'],
    ['c:weights.bin', 'the path names a drive'],
    ['', 'the path is empty'],
    ['.', 'the path names a folder'],
    ['parts//x', 'the path has an empty part'],
    ['weights.bin/', 'the path has an empty part'],
    ['weights.bin\0.txt', 'the path holds a NUL character'],
    ['missing.bin', 'there is no such file'],
    ['weights.bin/x', 'there is no such file'],
    ['parts', 'parts is a folder, not a regular file.'],
  ])('refuses %j: %s', async (location, reason) => {
    const { open } = await setting();
    const error = await gateErrorOf(() => open(location));

    expect(error.code).toBe('format/external-data');
    expect(error.message).toContain(reason);
  });

  it('refuses a path longer than any file’s, and shows only its beginning', async () => {
    const { open } = await setting();
    const error = await gateErrorOf(() => open('x'.repeat(5000)));

    expect(error.code).toBe('format/external-data');
    expect(error.message.length).toBeLessThan(200);
  });

  it('refuses links out of the folder at any component, and takes those inside', async () => {
    const { folder, outside, open } = await setting();
    await symlink('../secret', path.join(folder, 'file-out'));
    await symlink(outside, path.join(folder, 'folder-out'));
    await symlink('..', path.join(folder, 'parts', 'up'));
    await symlink('weights.bin', path.join(folder, 'inside'));
    await symlink('/dev/zero', path.join(folder, 'device'));

    for (const location of ['file-out', 'folder-out/secret', 'folder-out/model/weights.bin/../../secret', 'device']) {
      expect((await gateErrorOf(() => open(location))).code, location).toBe('format/external-data');
    }
    expect((await open('inside')).digest).toBe(sha256Of('weights'));
    expect((await open('parts/up/weights.bin')).digest).toBe(sha256Of('weights'));
  });

  it('does not take a folder whose name begins alike for the model’s', async () => {
    const { folder, outside, open } = await setting();
    await mkdir(path.join(outside, 'model-evil'));
    await writeFile(path.join(outside, 'model-evil', 'x'), 'x');
    await symlink('../model-evil/x', path.join(folder, 'x'));

    expect((await gateErrorOf(() => open('x'))).message).toContain('a link leads out of the model’s folder');
  });

  it('does not read from a file that is no longer the one it hashed', async () => {
    const { folder, open } = await setting();
    const weights = await open('weights.bin');
    await writeFile(path.join(folder, 'weights.bin'), 'another');

    expect((await gateErrorOf(() => weights.bytes.read(0, 1))).code).toBe('artifact/changed');
  });

  it('rejects a range past the end', async () => {
    const { open } = await setting();
    const weights = await open('weights.bin');

    expect((await gateErrorOf(() => weights.bytes.read(5, 3))).code).toBe('format/truncated');
  });

  it('opens a file inside the folder or throws format/external-data, for any text', async () => {
    const { open } = await setting();
    const segment = fc.constantFrom('..', '.', '', 'parts', 'weights.bin', 'secret', 'C:', '~', '\\', 'model', '\0');
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.array(segment, { maxLength: 5 }).map((parts) => parts.join('/'))), async (location) => {
        const opened = await open(location).then(
          (artifact) => artifact.digest,
          (error: unknown) => error,
        );
        if (typeof opened === 'string') expect([sha256Of('weights'), sha256Of('part'), sha256Of('model')]).toContain(opened);
        else expect(opened).toMatchObject({ code: 'format/external-data' });
      }),
      { numRuns: 300 },
    );
  });
});
