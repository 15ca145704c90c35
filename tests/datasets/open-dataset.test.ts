import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { encode } from 'fast-png';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { datasetFiles } from '../../src/artifacts/dataset-files.ts';
import { openDataset, type OpenedDataset } from '../../src/datasets/open-dataset.ts';
import type { DatasetSettings } from '../../src/datasets/dataset-settings.ts';
import { maskedCrc32c } from '../../src/datasets/readers/tfrecord/crc32c.ts';
import { GateError } from '../../src/errors.ts';
import type { DatasetSample } from '../../src/model/dataset.ts';
import { openNpy } from '../../src/datasets/arrays/npy.ts';
import { temporaryFolder } from '../artifacts/temporary-folder.ts';
import { fixtureBytes, fixturePath } from './fixture-files.ts';

const signal = new AbortController().signal;

async function open(dataset: string, settings: DatasetSettings = {}): Promise<OpenedDataset & { readonly samples: readonly DatasetSample[] }> {
  const opened = await openDataset({ files: await datasetFiles(dataset, { signal }), settings, signal });
  const samples: DatasetSample[] = [];
  for await (const one of opened.facet.samples(signal)) samples.push(one);
  expect(samples).toHaveLength(opened.facet.count);
  expect(new Set(samples.map(({ id }) => id)).size, 'ids are unique').toBe(samples.length);
  return { ...opened, samples };
}

async function folderOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
  return folder;
}

function png(value: number, channels: 1 | 3 = 3, width = 3, height = 2): Uint8Array {
  return encode({ width, height, channels, depth: 8, data: Uint8Array.from({ length: width * height * channels }, (_, at) => (value + at) % 256) });
}

const namesOf = ({ facet, samples }: Awaited<ReturnType<typeof open>>): (string | undefined)[] => samples.map(({ label }) => (label === undefined ? undefined : facet.classNames[label]));

describe('openDataset reads', () => {
  it('image folders: a folder a class, a path an id, the file’s digest the sample’s', async () => {
    const folder = await folderOf({ 'cat/b.png': png(1), 'cat/a.png': png(2), 'dog/a.png': png(3), 'README.md': 'text' });
    const opened = await open(folder);

    expect([opened.format, opened.facet.kind, opened.facet.classNames, opened.facet.classCounts]).toEqual(['dataset/image-folder', 'image', ['cat', 'dog'], [2, 1]]);
    expect(opened.samples.map(({ id }) => id)).toEqual(['cat/a.png', 'cat/b.png', 'dog/a.png']);
    const { content } = opened.samples[0] as DatasetSample;
    if (content.kind !== 'image') throw new Error('no image');
    // Channels first: all red values, then all green ones.
    expect([...content.pixels]).toEqual([0, 1, 2].flatMap((channel) => Array.from({ length: 6 }, (_, pixel) => 2 + 3 * pixel + channel)));
    expect(content.encoding?.traits.get('color type')).toBe('2');
    expect(opened.samples[0]?.digest).toBe((await datasetFiles(folder, { signal })).list.find((one) => one.path === 'cat/a.png')?.digest);
  });

  it('splits above class folders, and labels files before folders', async () => {
    const split = await open(await folderOf({ 'train/cat/1.png': png(1), 'train/dog/1.png': png(2), 'test/cat/1.png': png(3) }));
    const listed = await open(await folderOf({ 'images/1.png': png(1), 'images/2.png': png(2), 'labels.csv': 'file,label\nimages/1.png,eel\nimages/2.png,cat\n' }));

    expect(namesOf(split)).toEqual(['cat', 'cat', 'dog']);
    expect(namesOf(listed)).toEqual(['eel', 'cat']);
  });

  it('NumPy arrays, with the class numbers as they are and every split', async () => {
    expect((await open(fixturePath('datasets', 'compressed.npz'))).format).toBe('dataset/arrays');
  });

  it('IDX files, packed and not, whose labels are found by the name', async () => {
    const opened = await open(fixturePath('datasets', 'training', 'idx'));

    expect([opened.format, opened.facet.count, namesOf(opened)]).toEqual(['dataset/idx', 3, ['2', '0', '1']]);
    expect(opened.samples[0]).toMatchObject({ id: 'train-images-idx3-ubyte.gz#0', content: { height: 5, width: 4, channels: 1 } });
  });

  it('CIFAR batches, binary and as pickles of two protocols, to the pixels that NumPy wrote', async () => {
    const pixels = openNpy(fixtureBytes('datasets', 'training', 'cifar-pixels.npy'));
    const [binary, pickled] = [await open(fixturePath('datasets', 'training', 'cifar-binary')), await open(fixturePath('datasets', 'training', 'cifar-pickle'))];

    expect([binary.format, pickled.format]).toEqual(['dataset/cifar-binary', 'dataset/cifar-pickle']);
    expect([namesOf(binary), namesOf(pickled)]).toEqual([['cat', 'truck'], ['cat', 'truck', 'cat', 'truck']]);
    for (const { samples } of [binary, pickled]) {
      for (const [at, { content }] of samples.entries()) expect([...(content.kind === 'image' ? content.pixels : [])]).toEqual([...pixels.row(at % 2)]);
    }
    expect(binary.samples[0]?.digest).toBe(pickled.samples[0]?.digest);
  });

  it('tables: one text and one label column are texts, others rows', async () => {
    const texts = await open(await folderOf({ 'train.csv': 'id,text,label\n1,"two\nlines, ""quoted""",pos\n2,plain,neg\n' }));
    const rows = await open(await folderOf({ 'a.tsv': 'width\theight\ty\n1.5\t2\t0\n\t3\t1\n' }));
    const lines = await open(await folderOf({ 'a.jsonl': '{"review":"good","stars":5}\n{"review":"bad","stars":1}\n' }), { labelColumn: 'stars' });

    expect(texts.samples.map(({ content }) => content)).toEqual([{ kind: 'text', text: 'two\nlines, "quoted"' }, { kind: 'text', text: 'plain' }]);
    expect(namesOf(texts)).toEqual(['pos', 'neg']);
    expect([rows.facet.columns, rows.samples.map(({ content }) => content)]).toEqual([['width', 'height'], [{ kind: 'row', values: [1.5, 2] }, { kind: 'row', values: [null, 3] }]]);
    expect([lines.facet.kind, namesOf(lines)]).toEqual(['text', ['5', '1']]);
  });

  it('Parquet shards, with the class names that the datasets library leaves in them', async () => {
    const description = JSON.stringify({ info: { features: { label: { names: ['neg', 'pos'], _type: 'ClassLabel' }, text: { dtype: 'string', _type: 'Value' } } } });
    const buffer = parquetWriteBuffer({
      columnData: [{ name: 'text', data: ['a', 'b', 'c'], type: 'STRING' }, { name: 'label', data: [1, 0, 1], type: 'INT32' }],
      kvMetadata: [{ key: 'huggingface', value: description }],
    });
    const opened = await open(await folderOf({ 'data/train-00000-of-00001.parquet': new Uint8Array(buffer), 'README.md': 'card' }));

    expect([opened.format, namesOf(opened), opened.samples[0]?.id]).toEqual(['dataset/parquet', ['pos', 'neg', 'pos'], 'data/train-00000-of-00001.parquet#0']);
  });

  it('images inside of Parquet files', async () => {
    const buffer = parquetWriteBuffer({
      schema: [
        { name: 'root', num_children: 2 },
        { name: 'image', num_children: 2, repetition_type: 'OPTIONAL' },
        { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
        { name: 'path', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
        { name: 'label', type: 'INT32', repetition_type: 'OPTIONAL' },
      ],
      columnData: [{ name: 'image', data: [{ bytes: png(1), path: 'a' }, { bytes: new Uint8Array([1, 2]), path: 'b' }] }, { name: 'label', data: [4, 2] }],
    });
    const opened = await open(await folderOf({ 'train.parquet': new Uint8Array(buffer) }));

    expect([opened.facet.kind, opened.facet.count, opened.facet.brokenCount, namesOf(opened)]).toEqual(['image', 1, 1, ['4']]);
    expect(opened.facet.broken[0]).toMatchObject({ place: { file: 'train.parquet', record: 1 } });
  });

  it.each(['stream', 'file'] as const)('Arrow as a %s', async (form) => {
    const bytes = tableToIPC(tableFromArrays({ text: ['x', 'y'], label: Int32Array.from([1, 0]) }), form);
    const opened = await open(await folderOf({ 'data-00000-of-00001.arrow': bytes, 'dataset_info.json': '{}' }));

    expect([opened.format, opened.samples.map(({ content }) => content), namesOf(opened)]).toEqual(['dataset/arrow', [{ kind: 'text', text: 'x' }, { kind: 'text', text: 'y' }], ['1', '0']]);
  });

  it('TFRecord files of tf.train.Example, and reports a record with a wrong checksum', async () => {
    const good = tfRecord(example({ 'image/encoded': png(7), 'image/class/label': 3 }));
    const bad = Uint8Array.from(good);
    bad[bad.length - 1] = (bad[bad.length - 1] ?? 0) ^ 1;
    const opened = await open(await folderOf({ 'train-00000-of-00001': Buffer.concat([good, bad, good]) }));

    expect([opened.format, opened.facet.kind, namesOf(opened), opened.facet.brokenCount]).toEqual(['dataset/tfrecord', 'image', ['3', '3'], 1]);
    expect(opened.facet.broken[0]?.place).toEqual({ file: 'train-00000-of-00001', record: 1 });
    // The check value of CRC-32C for "123456789" (RFC 3720, appendix B.4 has others), masked.
    expect(maskedCrc32c(Buffer.from('123456789'))).toBe((((0xe3069283 >>> 15) | (0xe3069283 << 17)) + 0xa282ead8) >>> 0);
  });

  it.each([
    ['bytes', (values: readonly number[]) => Uint8Array.from(values)],
    ['integers', (values: readonly number[]) => ({ integers: values })],
    ['floating-point numbers from 0 to 1', (values: readonly number[]) => ({ floats: values.map((one) => one / 255) })],
    ['floating-point numbers from 0 to 255', (values: readonly number[]) => ({ floats: values })],
  ] as const)('TFRecord files with raw pixels as %s, black images too', async (_what, stored) => {
    const values = Array.from({ length: 2 * 3 * 3 }, (_, at) => 13 * at);
    const record = (pixels: readonly number[], label: number): Buffer => tfRecord(example({ label, height: 2, width: 3, depth: 3, image_raw: stored(pixels) }));
    const black = values.map(() => 0);
    const opened = await open(await folderOf({ 'train.tfrecord': Buffer.concat([record(values, 1), record(black, 0), record(values.slice(1), 1)]) }));

    expect([opened.facet.kind, namesOf(opened), opened.facet.broken.map(({ place }) => place.record)]).toEqual(['image', ['1', '0'], [2]]);
    expect(opened.facet.broken[0]?.error.message).toMatch(/17 values and says 2x3x3/);
    // Row by row with the channels of a pixel beside each other in the file, channels first here.
    expect(opened.samples[0]?.content).toMatchObject({ channels: 3, height: 2, width: 3, pixels: Uint8Array.from([0, 1, 2].flatMap((channel) => Array.from({ length: 6 }, (_, pixel) => 13 * (3 * pixel + channel)))) });
    expect(opened.samples[1]?.content).toMatchObject({ pixels: new Uint8Array(18) });
  });

  it('TFRecord files with raw gray pixels and no depth, and reports a value no pixel has', async () => {
    const record = (...pixels: readonly number[]): Buffer => tfRecord(example({ 'image/height': 2, 'image/width': 2, 'image/pixels': { integers: pixels }, 'image/class/label': 4 }));
    const opened = await open(await folderOf({ 'train.tfrecord': Buffer.concat([record(1, 2, 3, 255), record(1, 2, 3, 256)]) }));

    expect(opened.samples.map(({ content }) => content)).toMatchObject([{ kind: 'image', channels: 1, pixels: Uint8Array.from([1, 2, 3, 255]) }]);
    expect(opened.facet.broken[0]?.error.message).toMatch(/value 256/);
  });

  it('TFRecord files of numbers without a size as rows, lists as JSON', async () => {
    const opened = await open(await folderOf({ 'train.tfrecord': tfRecord(example({ label: 1, age: 30, scores: { integers: [1, 2] } })) }));

    expect([opened.facet.kind, opened.facet.columns, opened.samples[0]?.content]).toEqual(['row', ['age', 'scores'], { kind: 'row', values: [30, '[1,2]'] }]);
  });

  it('TFRecord files of pixels without a size: bytes as broken, since nothing says what they are', async () => {
    const opened = await open(await folderOf({ 'train.tfrecord': Buffer.concat([0, 1].map((label) => tfRecord(example({ label, image_raw: Uint8Array.from([255, 254, 253, 200]) })))) }));

    expect([opened.facet.kind, opened.facet.count, opened.facet.brokenCount]).toEqual(['image', 0, 2]);
  });

  it('WebDataset shards, long names too', async () => {
    const opened = await open(fixturePath('datasets', 'training', 'webdataset'));

    expect([opened.format, namesOf(opened), opened.facet.brokenCount]).toEqual(['dataset/webdataset', ['5', '6'], 0]);
    expect(opened.samples[0]?.id).toBe('shard-000.tar#0000');
  });
});

describe('openDataset reports', () => {
  it('broken records with their places, and reads the ones around them', async () => {
    const folder = await folderOf({ 'cat/a.png': png(1), 'cat/b.png': png(1).subarray(0, 40), 'cat/c.jpg': 'no picture', 'dog/a.png': png(2) });
    const { facet } = await open(folder);

    expect([facet.count, facet.brokenCount, facet.broken.map(({ place }) => place.file)]).toEqual([2, 2, ['cat/b.png', 'cat/c.jpg']]);
  });

  it('what looks like data and is not read, so that nothing hides beside what is', async () => {
    const { facet, format } = await open(await folderOf({ 'cat/a.png': png(1, 3, 40, 40), 'cat/b.png': png(9, 3, 40, 40), 'more.jsonl': '{"text":"x","label":1}\n' }));

    expect(format).toBe('dataset/image-folder');
    expect(facet.broken).toMatchObject([{ place: { file: 'more.jsonl' }, error: { message: expect.stringContaining('not read') as string } }]);
  });

  it('links that lead out of the dataset', async () => {
    const folder = await folderOf({ 'cat/a.png': png(1) });
    symlinkSync('/etc/hostname', path.join(folder, 'cat', 'b.png'));
    const { facet } = await open(folder);

    expect([facet.count, facet.broken.map(({ place }) => place.file)]).toEqual([1, ['cat/b.png']]);
  });

  it('that there is nothing to read', async () => {
    const error = await open(await folderOf({ 'README.md': 'text' })).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(GateError);
    expect(error).toMatchObject({ code: 'dataset/invalid', nextStep: expect.stringContaining('Parquet') as string });
  });
});

describe('a pickled batch', () => {
  it.each([
    ['a call of anything but an array’s parts', Buffer.concat([Buffer.from('\x80\x02}q\x00', 'latin1'), Buffer.from("cos\nsystem\n(U\x02idtR.", 'latin1')])],
    ['persistent ids and other instructions', Buffer.from('\x80\x02}Q.', 'latin1')],
    ['a list that holds itself', Buffer.from('\x80\x02}U\x04data]q\x01h\x01as.', 'latin1')],
    ['a shape larger than its bytes', Buffer.from('\x80\x02}q\x00.', 'latin1').subarray(0, 4)],
  ])('with %s is refused', async (_what, bytes) => {
    const folder = await folderOf({ data_batch_1: bytes });
    const result = await open(folder).then(({ facet }) => facet.count, (thrown: unknown) => thrown);

    expect(result === 0 || result instanceof GateError, String(result)).toBe(true);
  });
});

describe('hostile files', () => {
  it('in Parquet and Arrow that end too early give an error or broken records, never a crash', async () => {
    const parquet = new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'text', data: ['x', 'y', 'z'], type: 'STRING' }, { name: 'label', data: [1, 0, 1], type: 'INT32' }] }));
    const table = tableFromArrays({ text: ['x', 'y', 'z'], label: Int32Array.from([1, 0, 1]) });
    const folder = await folderOf({});
    for (const [name, bytes] of [['a.parquet', parquet], ['a.arrow', tableToIPC(table, 'stream')], ['b.arrow', tableToIPC(table, 'file')]] as const) {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: bytes.length - 1 }), async (length) => {
          const file = path.join(folder, name);
          writeFileSync(file, bytes.subarray(0, length));
          const result = await open(file).then(({ facet }) => facet.count, (thrown: unknown) => thrown);
          // Arrow ends in marks that say so: what comes before them may be whole.
          expect(result instanceof GateError || (name !== 'a.parquet' && typeof result === 'number' && result <= 3), result instanceof Error ? result.stack : String(result)).toBe(true);
        }),
        { numRuns: 40 },
      );
    }
  });

  /** Parquet and Arrow are left out: a damaged length can keep their libraries busy, which only the deadline of an inspection ends. */
  it('give an error or broken records, never a crash, however they are cut and changed', async () => {
    const folder = await folderOf({});
    const sources = [
      ['shard.tar', fixtureBytes('datasets', 'training', 'webdataset', 'shard-000.tar')],
      ['data_batch_1', fixtureBytes('datasets', 'training', 'cifar-pickle', 'data_batch_2')],
      ['a-idx3-ubyte.gz', fixtureBytes('datasets', 'training', 'idx', 'train-images-idx3-ubyte.gz')],
      ['a.tfrecord', tfRecord(example({ text: 'hello', label: 1 }))],
      ['raw.tfrecord', tfRecord(example({ label: 1, height: 2, width: 2, depth: 1, image_raw: Uint8Array.from([1, 2, 3, 4]) }))],
      ['a.csv', Buffer.from('text,label\n"a",1\nb,2\n')],
      ['a.npz', fixtureBytes('datasets', 'compressed.npz')],
    ] as const;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...sources), fc.nat(), fc.nat(), fc.integer({ min: 0, max: 255 }), fc.boolean(), async ([name, bytes], cut, at, value, isCut) => {
        const changed = Uint8Array.from(isCut ? bytes.subarray(0, cut % (bytes.length + 1)) : bytes);
        if (changed.length > 0) changed[at % changed.length] = value;
        const file = path.join(folder, name);
        writeFileSync(file, changed);
        const result = await open(file).then(() => undefined, (thrown: unknown) => thrown);
        expect(result === undefined || result instanceof GateError, result instanceof Error ? result.stack : String(result)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

/** Field `number` of a protobuf message, length-delimited. */
function field(number: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([number * 8 + 2]), varint(content.length), content]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    bytes.push(left < 128 ? left : (left % 128) + 128);
    if (left < 128) return Uint8Array.from(bytes);
  }
}

type FeatureValue = Uint8Array | string | number | { readonly integers: readonly number[] } | { readonly floats: readonly number[] };

function example(features: Readonly<Record<string, FeatureValue>>): Uint8Array {
  const entries = Object.entries(features).map(([name, value]) => field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, featureOf(value))])));
  return field(1, Buffer.concat(entries));
}

function featureOf(value: FeatureValue): Uint8Array {
  if (typeof value === 'number') return field(3, field(1, varint(value)));
  if (typeof value === 'string') return field(1, field(1, Buffer.from(value)));
  if (value instanceof Uint8Array) return field(1, field(1, value));
  if ('integers' in value) return field(3, field(1, Buffer.concat(value.integers.map(varint))));
  return field(2, field(1, new Uint8Array(Float32Array.from(value.floats).buffer)));
}

function tfRecord(content: Uint8Array): Buffer {
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(BigInt(content.length));
  head.writeUInt32LE(maskedCrc32c(head.subarray(0, 8)), 8);
  const tail = Buffer.alloc(4);
  tail.writeUInt32LE(maskedCrc32c(content));
  return Buffer.concat([head, content, tail]);
}
