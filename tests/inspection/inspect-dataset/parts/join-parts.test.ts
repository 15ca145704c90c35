import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { RawRecord } from '../../../../src/datasets/dataset-reader.ts';
import type { OpenedRecords } from '../../../../src/datasets/open-dataset.ts';
import { GateError } from '../../../../src/errors.ts';
import { joinParts } from '../../../../src/inspection/inspect-dataset/parts/join-parts.ts';
import { writePart } from '../../../../src/inspection/inspect-dataset/parts/write-part.ts';
import type { DatasetSample, SampleContent } from '../../../../src/model/dataset.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'modelgate-join-parts-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const { signal } = new AbortController();

function recordsOf(contents: readonly (SampleContent | undefined)[], kind: SampleContent['kind']): OpenedRecords {
  const all = contents.map((content, at): RawRecord => {
    const place = { file: 'data', record: at };
    if (content === undefined) return { broken: { place, error: new GateError({ code: 'dataset/invalid', message: `Record ${String(at)} is broken.` }).toData() } };
    return { sample: { id: `data#${String(at)}`, label: `class ${String(at % 3)}`, place, content } };
  });
  return {
    stream: { kind, columns: kind === 'row' ? ['a', 'b'] : [], claimed: new Set(['data']), notes: ['From a test.'], async *records() { yield* all; } },
    format: 'dataset/test', broken: [], notes: [],
  };
}

async function writtenParts(records: OpenedRecords, count: number): Promise<string[]> {
  const files: string[] = [];
  for (let index = 1; index <= count; index += 1) {
    const file = path.join(folder, `${String(index)}.part`);
    await writePart({ file, part: { index, count }, dataset: `sha256:${'0'.repeat(64)}`, records, signal, onProgress: () => undefined });
    files.push(file);
  }
  return files;
}

async function samplesOf(files: readonly string[]): Promise<{ samples: DatasetSample[]; broken: number }> {
  const { facet } = await joinParts(files, signal, () => undefined);
  const samples: DatasetSample[] = [];
  for await (const one of facet.samples(signal)) samples.push(one);
  return { samples, broken: facet.brokenCount };
}

const number = fc.double({ noNaN: false }).map((value) => (Object.is(value, -0) ? 0 : value));
const contents: Readonly<Record<SampleContent['kind'], fc.Arbitrary<SampleContent>>> = {
  text: fc.string({ unit: 'binary' }).map((text) => ({ kind: 'text', text })),
  row: fc.tuple(fc.oneof(number, fc.constant(null)), fc.string()).map((values) => ({ kind: 'row', values })),
  series: fc.array(fc.float({ noNaN: true }), { minLength: 4, maxLength: 4 }).map((values) => ({ kind: 'series', channels: 2, length: 2, values: Float32Array.from(values) })),
  image: fc.uint8Array({ minLength: 12, maxLength: 12 }).map((pixels) => ({ kind: 'image', channels: 3, height: 2, width: 2, pixels: Uint8Array.from(pixels) })),
};

describe('joinParts', () => {
  it.each(Object.keys(contents) as (keyof typeof contents)[])('gives every %s back in its place, however many parts there are, and counts the broken ones', async (kind) => {
    await fc.assert(fc.asyncProperty(fc.array(fc.option(contents[kind], { nil: undefined, freq: 5 }), { minLength: 1, maxLength: 12 }), fc.integer({ min: 2, max: 5 }), async (list, count) => {
      fc.pre(list.some((one) => one !== undefined));
      const { samples, broken } = await samplesOf(await writtenParts(recordsOf(list, kind), count));

      expect(samples.map(({ id, content }) => ({ id, content }))).toEqual(list.flatMap((content, at) => (content === undefined ? [] : [{ id: `data#${String(at)}`, content }])));
      expect(broken).toBe(list.filter((one) => one === undefined).length);
    }), { numRuns: 20 });
  });

  const texts = Array.from({ length: 5 }, (_, at): SampleContent => ({ kind: 'text', text: `text ${String(at)}` }));

  it('takes no part that was cut off, wherever', async () => {
    const files = await writtenParts(recordsOf(texts, 'text'), 2);
    const whole = readFileSync(files[1] as string);
    const cut = path.join(folder, 'cut.part');
    for (let length = 0; length < whole.byteLength; length += 1) {
      writeFileSync(cut, whole.subarray(0, length));
      await expect(samplesOf([files[0] as string, cut]), `${String(length)} of ${String(whole.byteLength)} bytes`).rejects.toMatchObject({ code: 'arguments/invalid' });
    }
  });

  it('takes no parts in another order, no part twice, and none of another dataset', async () => {
    const [first, second] = (await writtenParts(recordsOf(texts, 'text'), 2)) as [string, string];
    const longer = path.join(folder, 'longer.part');
    await writePart({ file: longer, part: { index: 2, count: 2 }, dataset: `sha256:${'0'.repeat(64)}`, records: recordsOf([...texts, ...texts], 'text'), signal, onProgress: () => undefined });

    for (const files of [[second, first], [first, first], [first], [first, longer], [first, second, second]]) {
      await expect(samplesOf(files), files.map((one) => path.basename(one)).join(' ')).rejects.toMatchObject({ code: 'arguments/invalid' });
    }
  });

  it('reads a part with any byte changed or says that it is damaged', async () => {
    const [first, second] = (await writtenParts(recordsOf(texts, 'text'), 2)) as [string, string];
    const whole = readFileSync(second);
    const changed = path.join(folder, 'changed.part');
    await fc.assert(fc.asyncProperty(fc.nat({ max: whole.byteLength - 1 }), fc.integer({ min: 1, max: 255 }), async (at, by) => {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] as number) ^ by;
      writeFileSync(changed, bytes);
      const error = await samplesOf([first, changed]).then(() => undefined, (thrown: unknown) => thrown);
      if (error !== undefined) expect(error).toMatchObject({ code: expect.stringMatching(/^(arguments|dataset)\//) as unknown });
    }), { numRuns: 300 });
  });
});
