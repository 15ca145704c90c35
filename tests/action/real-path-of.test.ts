import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { isInside } from '../../src/artifacts/is-inside.ts';
import { realPathOf } from '../../src/action/real-path-of.ts';

it('follows the links in the part of a path that exists', async () => {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'modelgate-real-')));
  mkdirSync(path.join(folder, 'a'));
  symlinkSync(path.join(folder, 'a'), path.join(folder, 'link'));

  expect(await realPathOf(path.join(folder, 'link/not/there'))).toBe(path.join(folder, 'a/not/there'));
  expect(isInside(path.join(folder, 'a'), await realPathOf(path.join(folder, 'link')))).toBe(true);
  expect(isInside(path.join(folder, 'a'), path.join(folder, 'ab'))).toBe(false);
  expect(isInside(path.join(folder, 'a'), path.join(folder, 'a/..b'))).toBe(true);
  rmSync(folder, { recursive: true });
});
