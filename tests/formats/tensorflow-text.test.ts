import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GateError } from '../../src/errors.ts';
import { tensorflowGraph } from '../../src/formats/tensorflow-graph.ts';
import { tensorflowSavedModel } from '../../src/formats/tensorflow-saved-model.ts';
import { tensorflowText } from '../../src/formats/tensorflow-text.ts';
import type { Model } from '../../src/model/model.ts';
import { loadingOutcome } from '../support/loading-outcome.ts';
import { readBytes } from '../support/read-code.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../../fixtures');
const FOLDER = path.join(FIXTURES, 'formats/tensorflow-text');
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const accepted = (name: string): Uint8Array => new Uint8Array(readFileSync(path.join(FOLDER, 'accept', name)));
const read = (bytes: Uint8Array, name = 'saved_model.pbtxt'): Promise<Model> => readBytes(bytes, name, tensorflowText);

interface Case {
  readonly name: string;
  readonly bytes: string;
  readonly outcome: string;
  readonly rules: readonly string[];
}

const binary = JSON.parse(readFileSync(path.join(FIXTURES, 'detectors/loading-code/tensorflow-cases.json'), 'utf8')) as Case[];
const texts = JSON.parse(readFileSync(path.join(FOLDER, 'cases.json'), 'utf8')) as { name: string; text: string }[];

/** What a model's operators do, without where they are. */
const actionsOf = ({ facets }: Model) => (facets.code?.programs ?? []).flatMap(({ actions, language }) => actions.map(({ kind, target, count, operands, node }) => ({ language, kind, target, count, operands, node })));

describe('a graph of TensorFlow as text', () => {
  it.each(texts)('is judged as the same graph in bytes: $name', async ({ name, text }) => {
    const same = binary.find((one) => one.name === name);
    const found = await loadingOutcome(await read(encode(text)));

    expect(found?.outcome).toBe(same?.outcome);
    if (same?.outcome === 'flagged') expect(found?.messages).toEqual(expect.arrayContaining([...same.rules]));
  });

  it.each([
    ['saved_model.pbtxt', 'tensorflow-saved-model/accept/vocabulary.pb', tensorflowSavedModel],
    ['graph.pbtxt', 'tensorflow-graph/accept/frozen.pb', tensorflowGraph],
  ] as const)('says what the one says that TensorFlow wrote: %s', async (name, other, reader) => {
    const text = await read(accepted(name), name);
    const bytes = await readBytes(new Uint8Array(readFileSync(path.join(FIXTURES, 'formats', other))), other, reader);

    expect(actionsOf(text)).toEqual(actionsOf(bytes));
    expect(text.facets.structure?.examined).toBe(bytes.facets.structure?.examined);
  });

  it.each([
    ['comments.pbtxt', 'flagged', ['outside-path']],
    ['escapes.pbtxt', 'flagged', ['outside-path']],
    ['angle-brackets.pbtxt', 'flagged', ['outside-path']],
    ['library-first.pbtxt', 'flagged', ['dangerous-operator']],
    ['unknown-fields.pbtxt', 'clear', []],
  ] as const)('%s: %s', async (name, outcome, messages) => {
    const found = await loadingOutcome(await read(accepted(name), name));

    expect(found?.outcome).toBe(outcome);
    expect(found?.messages).toEqual(expect.arrayContaining([...messages]));
  });

  it('names an asset of an expanded Any that lies outside of the model', async () => {
    const { structure } = (await read(accepted('collection.pbtxt'))).facets;

    expect(structure?.oddities.map(({ kind }) => kind)).toEqual(['escaping-path']);
  });

  it('says where in the text something is', async () => {
    const text = accepted('comments.pbtxt');
    const { programs } = (await read(text)).facets.code ?? { programs: [] };
    const action = programs[0]?.actions.find(({ target }) => target.kind === 'name' && target.name === 'ReadFile');

    expect(Buffer.from(text).toString('latin1', action?.offset, (action?.offset ?? 0) + 11)).toBe('{ name: "r"');
  });

  it.each(readdirSync(path.join(FOLDER, 'reject')))('%s is refused', async (name) => {
    const bytes = new Uint8Array(readFileSync(path.join(FOLDER, 'reject', name)));

    await expect(read(bytes, name)).rejects.toMatchObject({ code: expect.stringMatching(/^format\/(malformed|truncated|limit-exceeded)$/) as string, where: { artifact: name, offset: expect.any(Number) as number } });
  });

  it('every prefix of one that is cut inside of a field is refused', async () => {
    const text = 'node { name: "x" op: "Placeholder" }';
    for (let length = 5; length < text.length; length += 1) await expect(read(encode(text.slice(0, length))), text.slice(0, length)).rejects.toBeInstanceOf(GateError);
  });

  it('is recognized by its first field, and by its name where other programs have the field too', () => {
    expect(tensorflowText.match(encode('# x\n saved_model_schema_version: 1'), 'whatever')).toBe('certain');
    expect(tensorflowText.match(encode('node {\n'), 'whatever')).toBe('certain');
    expect(tensorflowText.match(encode('library {'), 'graph.pbtxt')).toBe('certain');
    expect(tensorflowText.match(encode('library {'), 'style.css')).toBeUndefined();
    expect(tensorflowText.match(encode('name: "model" platform: "x"'), 'config.pbtxt')).toBeUndefined();
    expect(tensorflowText.match(encode('node [ id 1 ]'), 'graph.gml')).toBeUndefined();
  });

  it('stops when the run is cancelled', async () => {
    const controller = new AbortController();
    controller.abort();
    const bytes = accepted('comments.pbtxt');
    const artifact = { path: 'a.pbtxt', digest: `sha256:${'0'.repeat(64)}` as const, bytes: { size: bytes.length, read: async (offset: number, length: number) => bytes.slice(offset, offset + length) } };

    await expect(tensorflowText.read(artifact, { signal: controller.signal, openCompanion: () => Promise.reject(new Error('none')) })).rejects.toMatchObject({ code: 'inspection/cancelled' });
  });

  it('is read or refused whatever is in it, and never hides a field before the fault', async () => {
    const piece = fc.constantFrom('node { ', '} ', 'name: ', '"a" ', "'b' ", 'op: "ReadFile" ', 'input: ', '[ ', '] ', ', ', '< ', '> ', '-1 ', 'attr { key: "v" value { s: "x" } } ', '# c\n', '[a.b/c.D] ', ': ', '\\', '{');
    await fc.assert(fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
      const found = await read(encode(`node { op: "PyFunc" } ${pieces.join('')}`)).then(loadingOutcome, (error: unknown) => error);
      if (found instanceof GateError) expect(found.code).toMatch(/^format\//);
      else expect(found).toMatchObject({ outcome: 'flagged' });
    }), { seed: 7, numRuns: 500 });
  });
});
