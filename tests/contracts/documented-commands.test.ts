import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { runCli } from '../../src/cli/run-cli.ts';

/** Commands that the README and the guides show: each exists, has the options it is shown with, and explains the rule it names. */
const root = path.resolve(import.meta.dirname, '../..');

const pages = ['README.md', ...readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md')).map((file) => `docs/${file.split(path.sep).join('/')}`)];

const shown = pages.flatMap((page) =>
  [...readFileSync(path.join(root, page), 'utf8').matchAll(/npx modelgate ([a-z][^\n`#]*)/g)].map(([, text = '']) => [page, text.trim()] as const));

async function modelgate(args: readonly string[]): Promise<{ readonly code: number; readonly said: string }> {
  let said = '';
  const into = new Writable({ write: (chunk: Buffer, _encoding, done) => ((said += chunk.toString()), done()) });
  const code = await runCli(args, { cwd: root, environment: { CI: 'true' }, stdout: into, stderr: into, signal: new AbortController().signal });
  return { code, said };
}

it('are found', () => {
  expect(new Set(shown.map(([page]) => page)).size).toBeGreaterThan(2);
});

it.each(shown)('%s: modelgate %s', async (_page, text) => {
  const words = text.split(/\s+/);
  const first = words[0] ?? '';
  const command = ['dataset', 'policy', 'reference'].includes(first) ? words.slice(0, 2) : [first];
  const { code, said } = await modelgate([...command, '--help']);

  expect(said).toMatch(new RegExp(`^Usage: modelgate ${command.join(' ')} `));
  expect(code).toBe(0);
  for (const option of words.filter((word) => word.startsWith('--'))) expect(said).toContain(` ${option}`);
  if (first === 'explain') expect(await modelgate(words)).toMatchObject({ code: 0 });
});

it.each([[], ['scan'], ['lock'], ['verify'], ['merge'], ['dataset'], ['dataset', 'quarantine'], ['reference', 'build'], ['policy', 'check']])('the help of %s %s keeps within a hundred columns', async (...command) => {
  const { said } = await modelgate([...command, '--help']);

  expect(said.split('\n').filter((line) => line.length > 100)).toEqual([]);
});
