import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { TOOL } from '../src/version.ts';

it('the tool names itself as package.json does', () => {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

  expect(manifest).toMatchObject({ name: TOOL.name, version: TOOL.version });
});
