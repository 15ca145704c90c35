import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chatTemplate } from '../../src/formats/chat-template.ts';
import { loadingOutcome } from '../support/loading-outcome.ts';
import { readBytes } from '../support/read-code.ts';
import { textFixtures } from '../support/text-fixtures.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a chat template', () => {
  it.each(textFixtures('chat-template', 'accept'))('$name: $outcome', async ({ name, bytes, outcome, messages }) => {
    const found = await loadingOutcome(await readBytes(bytes, name));

    expect(found?.outcome).toBe(outcome);
    if (outcome === 'flagged') expect(found?.messages).toEqual(expect.arrayContaining([...messages]));
  });

  it.each(textFixtures('chat-template', 'reject'))('$name is refused', async ({ name, bytes }) => {
    await expect(readBytes(bytes, name)).rejects.toMatchObject({ code: 'format/malformed', where: { artifact: name } });
  });

  it('is recognized by its name together with what is in it', () => {
    expect(chatTemplate.match(encode('{{ x }}'), 'chat_template.jinja')).toBe('certain');
    expect(chatTemplate.match(encode('no tags'), 'notes.jinja')).toBeUndefined();
    expect(chatTemplate.match(encode('{{ x }}'), 'page.html')).toBeUndefined();
  });

  it('says where in the file it is, in bytes', async () => {
    const { programs } = (await readBytes(encode('ä{{ x.__class__ }}'), 'a.jinja')).facets.code ?? { programs: [] };

    expect(programs[0]?.actions.find(({ target }) => target.kind === 'name' && target.name === '__class__')?.offset).toBe(7);
  });

  it('is read in any state, without a crash, and what flags it is not hidden by what surrounds it', async () => {
    const around = fc.string({ unit: fc.constantFrom('a', ' ', '"', "'", '[', ']', '(', ')', '.', '|', '~', '+', ',', '\\', '\n', '{', '}', 'if', 'for', 'set', '=', 'x'), maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(around, around, async (before, behind) => {
        const text = `${before.replaceAll('{', '')}{{ x.__class__ }}${behind}`;
        const found = await loadingOutcome(await readBytes(encode(text), 'a.jinja'));
        expect(['flagged', 'inconclusive']).toContain(found?.outcome);
      }),
      { seed: 3, numRuns: 500 },
    );
  });

  it('takes time in proportion to its length, however deep its brackets are', async () => {
    const deep = `{{ ${'x['.repeat(100_000)}0${']'.repeat(100_000)} }}`;
    const wide = `{{ ${'x[y[0]] ~ '.repeat(100_000)} 1 }}`;

    expect((await loadingOutcome(await readBytes(encode(deep), 'a.jinja')))?.text).toMatch(/nested more than/);
    expect((await loadingOutcome(await readBytes(encode(wide), 'a.jinja')))?.outcome).toBe('clear');
  });
});
