import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { writeAtomically } from '../../src/artifacts/write-atomically.ts';
import { gateErrorOf } from './gate-error-of.ts';
import { temporaryFolder } from './temporary-folder.ts';

it('writes a new file and replaces an old one, and leaves nothing else', async () => {
  const folder = await temporaryFolder();
  const file = path.join(folder, 'report.json');
  await writeAtomically(file, 'one');
  await writeAtomically(file, new TextEncoder().encode('two'));

  expect(await readFile(file, 'utf8')).toBe('two');
  expect(await readdir(folder)).toEqual(['report.json']);
});

it('keeps the permissions of the file it replaces', async () => {
  const file = path.join(await temporaryFolder(), 'report.json');
  await writeFile(file, 'old');
  await chmod(file, 0o640);
  await writeAtomically(file, 'new');

  expect((await stat(file)).mode & 0o777).toBe(0o640);
});

it('does not write through a link, nor over what is not a file', async () => {
  const folder = await temporaryFolder();
  await writeFile(path.join(folder, 'secret'), 'secret');
  await symlink('secret', path.join(folder, 'report.json'));
  await symlink('nowhere', path.join(folder, 'dangling.json'));
  await mkdir(path.join(folder, 'folder'));

  for (const name of ['report.json', 'dangling.json', 'folder']) {
    expect((await gateErrorOf(() => writeAtomically(path.join(folder, name), 'x'))).code).toBe('output/unwritable');
  }
  expect(await readFile(path.join(folder, 'secret'), 'utf8')).toBe('secret');
  expect((await readdir(folder)).sort()).toEqual(['dangling.json', 'folder', 'report.json', 'secret']);
});

it('names the file it could not write, and cleans up', async () => {
  const folder = await temporaryFolder();
  const error = await gateErrorOf(() => writeAtomically(path.join(folder, 'missing', 'report.json'), 'x'));

  expect(error.toData()).toMatchObject({ code: 'output/unwritable', blame: 'user', where: { artifact: path.join(folder, 'missing', 'report.json') } });
  expect(await readdir(folder)).toEqual([]);
});

it('shows a reader the old content or the new one, never a part', async () => {
  const file = path.join(await temporaryFolder(), 'report.json');
  await writeAtomically(file, 'a'.repeat(1_000_000));
  let isWriting = true;
  const writing = (async () => {
    for (const letter of 'bcdefghij') await writeAtomically(file, letter.repeat(1_000_000));
    isWriting = false;
  })();
  let reads = 0;
  while (isWriting) {
    expectWhole(await readFile(file, 'utf8'), 1_000_000);
    reads += 1;
  }
  await writing;

  expect(reads).toBeGreaterThan(0);
});

it('leaves the old or the new file when it is killed at any moment', async () => {
  const folder = await temporaryFolder();
  const file = path.join(folder, 'modelgate.lock.json');
  await writeFile(file, '0'.repeat(2_000_000));
  const child = path.join(import.meta.dirname, 'write-forever.ts');

  const seen = new Set<string>();
  for (let round = 0; round < 8; round += 1) {
    await runAndKill(child, file, 7 * round);
    const content = await readFile(file, 'utf8');
    expectWhole(content, 2_000_000);
    seen.add(content.slice(0, 1));
  }

  // The kills did hit a process at work.
  expect([...seen].some((letter) => letter !== '0')).toBe(true);
  expect((await readdir(folder)).filter((name) => name !== 'modelgate.lock.json').every((name) => /^\.modelgate\.lock\.json\.[0-9a-f]{12}\.tmp$/.test(name))).toBe(true);
});

async function runAndKill(script: string, file: string, milliseconds: number): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', script, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  await sleep(milliseconds);
  const ended = new Promise<string | null>((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
  child.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');
}

function expectWhole(content: string, length: number): void {
  expect(content.length).toBe(length);
  expect(content === content.slice(0, 1).repeat(length)).toBe(true);
}
