import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isConfigOfOtherProgram } from '../../src/inspection/is-config-of-other-program.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'modelgate-config-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function ask(text: string, name = 'config.json'): Promise<boolean> {
  await writeFile(path.join(folder, name), text);
  return isConfigOfOtherProgram(path.join(folder, name));
}

describe('the configuration of another program', () => {
  it.each(['{"port": 8080}', '// settings\n{"port": 8080,}', '{"theme": "dark", "model": "car"}'])('is what holds no key of a model: %j', async (text) => {
    expect(await ask(text)).toBe(true);
  });

  it.each(['{"model_type": "llama"}', '{"a": {"_target_": "x.Y"}}', '{"\\u0061uto_map": {}}', '{"auto_map": {}, // broken'])('is not what holds one, also in escapes and in broken JSON: %j', async (text) => {
    expect(await ask(text)).toBe(false);
  });

  it('is never a file of a name that only models use, nor one that cannot be read as JSON or at all', async () => {
    expect(await ask('{"port": 8080}', 'tokenizer_config.json')).toBe(false);
    expect(await ask('\u0080\u0003}')).toBe(false);
    expect(await isConfigOfOtherProgram(path.join(folder, 'missing', 'config.json'))).toBe(false);
  });
});
