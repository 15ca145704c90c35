import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Artifact } from '../../src/artifacts/artifact.ts';
import { sha256Of } from '../../src/artifacts/digest.ts';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import { GateError } from '../../src/errors.ts';
import type { FormatReader } from '../../src/formats/format-reader.ts';
import { identifyFormats } from '../../src/formats/identify.ts';
import { formatReaders } from '../../src/formats/index.ts';
import type { Model } from '../../src/model/model.ts';

const FORMATS = path.resolve(import.meta.dirname, '../../fixtures/formats');
const TAIL_BYTES = 65_557;

interface Expected {
  readonly accept: Readonly<Record<string, { readonly names?: readonly string[]; readonly tensors?: readonly (readonly [string, readonly number[], number])[] }>>;
  readonly reject: Readonly<Record<string, string>>;
}

/** Reads bytes as a file of a folder of fixtures, beside which its companions lie. */
export function readLibraryFile(reader: FormatReader, bytes: Uint8Array, name: string, signal = new AbortController().signal): Promise<Model> {
  const openCompanion = (relative: string): Promise<Artifact> => {
    const file = path.join(FORMATS, reader.meta.id, 'accept', relative);
    if (!existsSync(file)) return Promise.reject(new GateError({ code: 'format/external-data', message: `There is no ${relative}.` }));
    const content = new Uint8Array(readFileSync(file));
    return Promise.resolve({ path: relative, digest: sha256Of(content), bytes: memorySource(content) });
  };
  return reader.read({ path: name, digest: sha256Of(bytes), bytes: memorySource(bytes) }, { signal, openCompanion });
}

export function libraryFixture(format: string, side: 'accept' | 'odd' | 'reject', name: string): Uint8Array {
  return new Uint8Array(readFileSync(path.join(FORMATS, format, side, name)));
}

/** Full names that loading would make or call, as `expected.json` has them. */
function namesOf(model: Model): string[] {
  const names = (model.facets.code?.programs ?? []).filter(({ language }) => language !== 'python-bytecode').flatMap(({ actions }) => actions).flatMap(({ target, via }) => {
    if (target.kind !== 'name' || via === 'function') return [];
    return [target.module === '' || target.module === 'tensorflow' ? target.name : `${target.module}.${target.name}`];
  });
  return [...new Set(names)].sort();
}

/**
 * What every reader of files of Keras and TensorFlow keeps: it sees in files of the libraries what these say is in them,
 * refuses broken files by name, survives any changed byte, and stops when it is told to. `knowsItsEnd`: a file that is cut off
 * anywhere is an error; a message or a flatbuffer that ends between two parts is a smaller one.
 */
export function describeLibraryFormat(reader: FormatReader, { knowsItsEnd }: { readonly knowsItsEnd: boolean }): void {
  const { id } = reader.meta;
  const expected = JSON.parse(readFileSync(path.join(FORMATS, id, 'expected.json'), 'utf8')) as Expected;
  const accepted = Object.entries(expected.accept).map(([name, says]) => ({ name, says, bytes: libraryFixture(id, 'accept', name) }));
  const smallest = [...accepted].sort((one, other) => one.bytes.length - other.bytes.length);

  describe(`a ${reader.meta.title} file of the library`, () => {
    it.each(accepted)('$name is identified by its bytes under any name', ({ bytes }) => {
      const end = { tail: bytes.subarray(-TAIL_BYTES), size: bytes.length };

      expect(identifyFormats({ head: bytes.subarray(0, 65_536), end, path: 'weights.dat' }, formatReaders)).toEqual([reader]);
    });

    it.each(accepted)('$name holds the names and tensors that the library sees', async ({ name, bytes, says }) => {
      const model = await readLibraryFile(reader, bytes, name);

      expect(model.format).toBe(id);
      if (says.names !== undefined) expect(namesOf(model)).toEqual(says.names);
      if (says.tensors !== undefined) {
        const { tensors } = model.facets;
        const read = await Promise.all((tensors?.list ?? []).map(async (one) => [one.name, one.shape, Array.from((await tensors?.values(one.name)) ?? []).reduce((sum, value) => sum + value, 0)] as const));
        const inOrder = [...read].sort((one, other) => (one[0] < other[0] ? -1 : 1));
        expect(inOrder.map(([tensor, shape]) => [tensor, shape])).toEqual(says.tensors.map(([tensor, shape]) => [tensor, shape]));
        inOrder.forEach(([, , sum], index) => expect(sum).toBeCloseTo(says.tensors?.[index]?.[2] ?? Number.NaN, 3));
      }
    });
  });

  describe(`a broken ${reader.meta.title} file`, () => {
    it.each(Object.entries(expected.reject))('%s is %s and named', async (name, code) => {
      await expect(readLibraryFile(reader, libraryFixture(id, 'reject', name), name)).rejects.toMatchObject({ code, where: { artifact: name } });
    });

    it('gives a model or an error that says where, whatever bytes are changed', async () => {
      const { bytes, name } = smallest.find((one) => one.bytes.length > 400) ?? smallest[0] ?? { bytes: new Uint8Array(0), name: '' };
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }), async (changes) => {
          const changed = Uint8Array.from(bytes);
          for (const [at, value] of changes) changed[at] = value;
          const outcome = await readLibraryFile(reader, changed, name).catch((error: unknown) => error);
          if (outcome instanceof Error) expect(outcome).toBeInstanceOf(GateError);
          else for (const { source, range } of (outcome as Model).facets.tensors?.list ?? []) expect(range.offset + range.length).toBeLessThanOrEqual(source.size);
        }),
        { numRuns: 400, seed: 3 },
      );
    });

    it(`gives ${knowsItsEnd ? 'an error' : 'no more or an error'} for every beginning of a file`, async () => {
      const { bytes, name } = smallest.find((one) => one.bytes.length > 400) ?? smallest[0] ?? { bytes: new Uint8Array(0), name: '' };
      const whole = new Set(namesOf(await readLibraryFile(reader, bytes, name)));
      const step = Math.max(1, Math.floor(bytes.length / 500));
      for (let length = 0; length < bytes.length; length += step) {
        const outcome = await readLibraryFile(reader, bytes.slice(0, length), name).catch((error: unknown) => error);
        if (knowsItsEnd || outcome instanceof Error) expect(outcome, `cut at ${length}`).toBeInstanceOf(GateError);
        else expect(namesOf(outcome as Model).filter((one) => !whole.has(one)), `cut at ${length}`).toEqual([]);
      }
    });

    it('is not read any further when the run is cancelled', async () => {
      const controller = new AbortController();
      controller.abort();
      const { bytes, name } = smallest.at(-1) ?? { bytes: new Uint8Array(0), name: '' };

      await expect(readLibraryFile(reader, bytes, name, controller.signal)).rejects.toMatchObject({ code: 'inspection/cancelled' });
    });
  });
}
