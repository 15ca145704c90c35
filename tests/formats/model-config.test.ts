import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import { openCompanionOf } from '../../src/artifacts/open-companion.ts';
import { GateError } from '../../src/errors.ts';
import { modelConfig } from '../../src/formats/model-config.ts';
import { loadingOutcome } from '../support/loading-outcome.ts';
import { readBytes } from '../support/read-code.ts';
import { textFixtures } from '../support/text-fixtures.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Reads a configuration with Python files beside it. */
async function readBeside(config: unknown, files: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'modelgate-config-'));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
    const bytes = encode(JSON.stringify(config));
    const model = await modelConfig.read(
      { path: 'config.json', digest: `sha256:${'0'.repeat(64)}`, bytes: memorySource(bytes) },
      { signal: new AbortController().signal, openCompanion: openCompanionOf({ file: path.join(folder, 'config.json'), path: 'config.json' }) },
    );
    return { model, outcome: await loadingOutcome(model) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const AUTO_MAP = { model_type: 'own', auto_map: { AutoModel: 'modeling_own.OwnModel' } };

describe('a configuration', () => {
  it.each(textFixtures('model-config', 'accept'))('$name: $outcome', async ({ name, bytes, outcome, messages }) => {
    const found = await loadingOutcome(await readBytes(bytes, name.replace(/^.*\.(\w+\.json)$/, '$1').replace('MANIFEST', 'm.mar!/MAR-INF/MANIFEST'), modelConfig));

    expect(found?.outcome ?? null).toBe(outcome);
    if (outcome === 'flagged') expect(found?.messages).toEqual(messages);
  });

  it.each(textFixtures('model-config', 'reject'))('$name is refused with an offset', async ({ name, bytes }) => {
    await expect(readBytes(bytes, name, modelConfig)).rejects.toMatchObject({ where: { artifact: name, offset: expect.any(Number) as number } });
  });

  it('every proper prefix of one is refused', async () => {
    const text = '{"model_type": "x", "a": [1, {"b": null}]}';
    for (let length = 25; length < text.length; length += 1) {
      await expect(readBytes(encode(text.slice(0, length)), 'config.json', modelConfig), text.slice(0, length)).rejects.toBeInstanceOf(GateError);
    }
  });

  it('is recognized by its name, or under any name by a key that makes a loader run something', () => {
    expect(modelConfig.match(encode('{"port": 80}'), 'a/config.json')).toBe('certain');
    expect(modelConfig.match(encode('{"chat_template": ""}'), 'whatever.json')).toBe('certain');
    expect(modelConfig.match(encode('{"port": 80}'), 'whatever.json')).toBeUndefined();
    expect(modelConfig.match(encode('{"class_name": "Functional", "config": {}}'), 'config.json')).toBeUndefined();
    expect(modelConfig.match(encode('{"class_name": "Functional", "config": {}, "auto_map": {}}'), 'config.json')).toBe('certain');
    expect(modelConfig.match(encode('port: 80'), 'config.json')).toBeUndefined();
  });

  it('tells keys that are there twice', async () => {
    const { structure } = (await readBytes(encode('{"ä": 1, "a": {"b": 1, "b": 2}}'), 'config.json', modelConfig)).facets;

    expect(structure?.oddities).toMatchObject([{ kind: 'duplicate-key', place: 'key "b"', bytes: { offset: 24, length: 3 } }]);
  });

  it('reads JSON as JSON.parse does, whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 4 }), async (text) => {
        await expect(readBytes(encode(`{"model_type": ${text}}`), 'config.json', modelConfig)).resolves.toMatchObject({ format: 'model-config' });
      }),
      { seed: 4, numRuns: 300 },
    );
  });
});

describe('Python files beside a configuration', () => {
  it('are read with it, and what they import from beside themselves too', async () => {
    const { model, outcome } = await readBeside(AUTO_MAP, { 'modeling_own.py': 'from .layers import Own\nfrom . import other\n', 'layers.py': 'import os as o\no.system("echo inert")\n', 'other.py': 'import torch\n' });

    expect(model.companions.map(({ path: file }) => file)).toEqual(['modeling_own.py', 'layers.py', 'other.py']);
    expect(outcome).toMatchObject({ outcome: 'flagged', messages: ['dangerous-call', 'remote-code'] });
    expect(outcome?.text).toContain('line 2: o.system');
  });

  it('that are harmless as far as one sees are still code that nobody vouches for', async () => {
    const { outcome } = await readBeside(AUTO_MAP, { 'modeling_own.py': 'import torch\nclass OwnModel: pass\n' });

    expect(outcome).toMatchObject({ outcome: 'inconclusive' });
  });

  it('that are not there are said to be missing', async () => {
    const { outcome } = await readBeside(AUTO_MAP, {});

    expect(outcome?.text).toMatch(/modeling_own\.py, which loading with trust_remote_code runs, was not read/);
  });

  it('that nothing names concern nobody', async () => {
    const { model, outcome } = await readBeside({ model_type: 'llama' }, { 'modeling_own.py': 'import os\nos.system("echo inert")\n' });

    expect(model.companions).toEqual([]);
    expect(outcome).toBeUndefined();
  });
});
