import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { identifyFormat } from '../../src/formats/identify.ts';
import { formatReaders } from '../../src/formats/index.ts';
import { kerasV3 } from '../../src/formats/keras-v3.ts';
import { describeLibraryFormat, libraryFixture, readLibraryFile } from './describe-library-format.ts';

describeLibraryFormat(kerasV3, { knowsItsEnd: true });

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a Keras configuration', () => {
  it('in a .keras archive is one under the name by which Keras opens it, whatever comes first', () => {
    const padded = bytesOf(`{"note": "${'x'.repeat(70_000)}", "class_name": "Sequential", "config": {}}`);

    expect(identifyFormat(padded.subarray(0, 4096), 'model.keras!/config.json', formatReaders)).toBe(kerasV3);
    expect(() => identifyFormat(padded.subarray(0, 4096), 'model.keras!/metadata.json', formatReaders)).toThrow(/JSON/);
  });

  it.each(['{"keras_version": "3.15.1", "date_saved": "2026-11-26"}', '{"architectures": ["BertModel"], "config": {"class": "name"}}', '["class_name", "config"]', '{"_class_name": "UNet2DConditionModel", "act_fn": "silu"}'])('is not what only resembles one: %s', (text) => {
    expect(kerasV3.match(bytesOf(text), 'config.json')).toBeUndefined();
  });

  it('with a key that is there twice says so, and both are followed', async () => {
    const { facets } = await readLibraryFile(kerasV3, bytesOf('{"class_name": "Sequential", "class_name": "Functional", "config": {}}'), 'config.json');

    expect(facets.structure?.oddities).toMatchObject([{ kind: 'duplicate-key', bytes: { offset: 29 } }]);
    expect(facets.code?.programs[0]?.actions.map(({ target }) => (target.kind === 'name' ? target.name : ''))).toEqual(['Sequential', 'Functional']);
  });

  it('says of each object which layer it is', async () => {
    const { facets } = await readLibraryFile(kerasV3, libraryFixture('keras-v3', 'accept', 'functional.json'), 'config.json');

    expect(facets.code?.programs[0]?.actions.find(({ target }) => target.kind === 'name' && target.name === 'LSTM')).toMatchObject({ node: 'config.layers[1].config.layer "forward_lstm"', count: 2 });
  });

  it('shows the names and texts of a function that it holds', async () => {
    const cases = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../fixtures/detectors/loading-code/keras-cases.json'), 'utf8')) as { name: string; bytes: string }[];
    const command = cases.find(({ name }) => name === 'Lambda layer with a command');
    const { facets } = await readLibraryFile(kerasV3, Buffer.from(command?.bytes ?? '', 'base64'), 'config.json');

    expect(facets.code?.programs[1]).toMatchObject({ language: 'python-bytecode', actions: [{ text: 'names: os, system; texts: "echo inert", "x", "model.py", "f" (Python 3.11 or later)' }, {}] });
  });
});
