import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { trackedFiles } from '../../src/artifacts/tracked-files.ts';
import { gateErrorOf } from './gate-error-of.ts';
import { gitRepository } from './git-repository.ts';
import { temporaryFolder } from './temporary-folder.ts';

it('lists what git tracks below the root, sorted, whatever the names', async () => {
  const repository = await gitRepository();
  repository.commit({ 'b.onnx': '', 'a b.onnx': '', 'ml/line\nbreak.onnx': '', 'ml/ä.onnx': '', 'B.onnx': '' });
  writeFileSync(path.join(repository.root, 'untracked.onnx'), '');

  expect(await trackedFiles({ root: repository.root })).toEqual(['B.onnx', 'a b.onnx', 'b.onnx', 'ml/line\nbreak.onnx', 'ml/ä.onnx']);
  expect(await trackedFiles({ root: path.join(repository.root, 'ml') })).toEqual(['line\nbreak.onnx', 'ä.onnx']);
});

it('throws outside of a repository', async () => {
  const error = await gateErrorOf(async () => trackedFiles({ root: await temporaryFolder() }));

  expect([error.code, error.message]).toEqual(['changes/unknown', expect.stringContaining('is not inside a git repository')]);
});
