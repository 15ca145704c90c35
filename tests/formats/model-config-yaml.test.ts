import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GateError } from '../../src/errors.ts';
import { modelConfigYaml } from '../../src/formats/model-config-yaml.ts';
import { loadingOutcome } from '../support/loading-outcome.ts';
import { readBytes } from '../support/read-code.ts';
import { textFixtures } from '../support/text-fixtures.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a configuration in YAML', () => {
  it.each(textFixtures('model-config-yaml', 'accept'))('$name: $outcome', async ({ name, bytes, outcome, messages }) => {
    const found = await loadingOutcome(await readBytes(bytes, name, modelConfigYaml));

    expect(found?.outcome ?? null).toBe(outcome);
    if (outcome === 'flagged') expect(found?.messages).toEqual(messages);
  });

  it.each(textFixtures('model-config-yaml', 'reject'))('$name is refused with an offset', async ({ name, bytes }) => {
    await expect(readBytes(bytes, name, modelConfigYaml)).rejects.toMatchObject({ where: { artifact: name, offset: expect.any(Number) as number } });
  });

  it('is recognized by its name, or under any name by what makes a loader run something', () => {
    expect(modelConfigYaml.match(encode('a: 1'), 'm.nemo!/model_config.yaml')).toBe('certain');
    expect(modelConfigYaml.match(encode('a:\n  _target_: x.Y'), 'train.yml')).toBe('certain');
    expect(modelConfigYaml.match(encode('a: !!python/object:x.Y {}'), 'train.yml')).toBe('certain');
    expect(modelConfigYaml.match(encode('on: push'), 'train.yml')).toBeUndefined();
    expect(modelConfigYaml.match(encode('a: 1'), 'model_config.txt')).toBeUndefined();
  });

  it('does not follow aliases, so that nothing grows', async () => {
    const levels = Array.from({ length: 30 }, (_, level) => `l${String(level + 1)}: &l${String(level + 1)} [${Array.from({ length: 9 }, () => `*l${String(level)}`).join(', ')}]`);

    expect((await readBytes(encode(`l0: &l0 [x]\n${levels.join('\n')}\n`), 'model_config.yaml', modelConfigYaml)).facets.structure?.examined).toBe(31);
  });

  it('gives a model or an error for any text', async () => {
    await fc.assert(fc.asyncProperty(fc.string({ unit: fc.constantFrom('a', ':', ' ', '\n', '-', '[', ']', '{', '}', '!', '&', '*', '"', '|', '#', '_target_'), maxLength: 60 }), async (text) => {
      const model = await readBytes(encode(text), 'model_config.yaml', modelConfigYaml).catch((error: unknown) => error);
      if (model instanceof Error) expect(model).toBeInstanceOf(GateError);
    }), { seed: 8, numRuns: 500 });
  });
});
