import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { encode } from 'fast-png';
import { zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSamples } from '../../src/datasets/load-samples.ts';
import type { SamplesTarget } from '../../src/datasets/loaded-samples.ts';
import { GateError } from '../../src/errors.ts';
import { fixturePath } from './fixture-files.ts';

const TARGET: SamplesTarget = { channels: 3, height: 4, width: 4, classCount: 3 };
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'modelgate-samples-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A 4x4 picture of one color. */
function picture(value: number, channels: 1 | 3 = 3, side = 4): Uint8Array {
  return encode({ width: side, height: side, channels, data: new Uint8Array(side * side * channels).fill(value) });
}

async function write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), content);
  }
}

function npy(dtype: string, shape: readonly number[], data: Uint8Array): Uint8Array {
  const header = Buffer.from(`{'descr': '${dtype}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }\n`, 'latin1');
  const start = Buffer.alloc(10);
  start.write('\x93NUMPY\x01\x00', 'latin1');
  start.writeUInt16LE(header.length, 8);
  return new Uint8Array(Buffer.concat([start, header, data]));
}

const float32 = (values: readonly number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
const load = (target: Partial<SamplesTarget> = {}, name = ''): ReturnType<typeof loadSamples> =>
  loadSamples({ path: path.join(folder, name), target: { ...TARGET, ...target } });

async function failure(promise: Promise<unknown>): Promise<GateError> {
  const thrown = await promise.then(() => undefined, (error: unknown) => error);
  expect(thrown).toBeInstanceOf(GateError);
  return thrown as GateError;
}

describe('loadSamples from class folders', () => {
  it('reads the demo images with labels in alphabetical order of their folders', async () => {
    const samples = await loadSamples({ path: fixturePath('demo', 'images'), target: { channels: 3, height: 32, width: 32, classCount: 10 } });

    expect(samples.count).toBe(120);
    expect(samples.pixels.length).toBe(120 * 3 * 32 * 32);
    expect([...(samples.labels ?? [])]).toEqual(Array.from({ length: 120 }, (_, index) => Math.floor(index / 12)));
    expect(samples.ids[0]).toBe('circle-bar/000.png');
    expect(samples.labelSource).toBe('alphabetical');
    expect(samples.pixels.every((value) => value >= 0 && value <= 1)).toBe(true);
  });

  it('gives the same samples in the same order every time', async () => {
    const request = { path: fixturePath('demo', 'images'), target: { channels: 3, height: 32, width: 32, classCount: 10 }, limits: { maxSamples: 33 } };

    expect(await loadSamples(request)).toEqual(await loadSamples(request));
  });

  it('maps folders to class names without regard to case', async () => {
    await write({ 'Cat/a.png': picture(0), 'dog/a.png': picture(255) });

    const samples = await load({ classNames: ['dog', 'bird', 'CAT'] });

    expect(samples.ids).toEqual(['Cat/a.png', 'dog/a.png']);
    expect([...(samples.labels ?? [])]).toEqual([2, 0]);
    expect(samples.labelSource).toBe('class-names');
  });

  it('reads numeric folder names as class indexes, padded or not', async () => {
    await write({ '02/a.png': picture(0), '0/a.png': picture(0) });

    expect([...((await load()).labels ?? [])]).toEqual([0, 2]);
  });

  it('reads folders 1 to n of n classes as starting at one, and says so', async () => {
    await write({ '1/a.png': picture(0), '3/a.png': picture(0) });

    const samples = await load();

    expect([...(samples.labels ?? [])]).toEqual([0, 2]);
    expect(samples.notes.join(' ')).toContain('from 1 to 3');
  });

  it.each([
    ['more folders than classes', { 'a/1.png': picture(0), 'b/1.png': picture(0), 'c/1.png': picture(0), 'd/1.png': picture(0) }, undefined, '4 classes, but the model has 3'],
    ['an index beyond the classes', { '0/1.png': picture(0), '7/1.png': picture(0) }, undefined, 'class 7'],
    ['a folder that is no class name', { 'cat/1.png': picture(0), 'frog/1.png': picture(0) }, ['cat', 'dog', 'bird'], '"frog"'],
  ])('refuses %s', async (_, files, classNames, message) => {
    await write(files);

    const error = await failure(load(classNames === undefined ? {} : { classNames }));

    expect(error.code).toBe('samples/invalid');
    expect(error.message).toContain(message);
    expect(error.nextStep).toBeTruthy();
  });

  it('steps into a wrapping folder and takes the test split', async () => {
    await write({ 'data/train/0/a.png': picture(0), 'data/test/1/a.png': picture(9), 'data/test/2/b.png': picture(9) });

    const samples = await load();

    expect(samples.ids).toEqual(['data/test/1/a.png', 'data/test/2/b.png']);
    expect([...(samples.labels ?? [])]).toEqual([1, 2]);
    expect(samples.notes.join(' ')).toContain('taken from test');
  });

  it('finds images in folders inside class folders', async () => {
    await write({ '0/x/deep.png': picture(0), '1/a.png': picture(0) });

    expect([...((await load()).labels ?? [])]).toEqual([0, 1]);
  });

  it('gives samples without labels for a flat folder', async () => {
    await write({ 'b.png': picture(255), 'a.png': picture(0) });

    const samples = await load();

    expect(samples.ids).toEqual(['a.png', 'b.png']);
    expect(samples).not.toHaveProperty('labels');
    expect(samples).not.toHaveProperty('labelSource');
    expect([samples.pixels[0], samples.pixels[48]]).toEqual([0, 1]);
  });

  it('leaves out hidden files, other files and images beside the class folders', async () => {
    await write({
      '0/a.png': picture(0), '0/.b.png': 'x', '.git/c.png': 'x', '__MACOSX/0/d.png': 'x', '0/notes.txt': 'x', '0/e.webp': 'x', 'beside.png': picture(0),
    });

    const samples = await load();

    expect(samples.ids).toEqual(['0/a.png']);
    expect(samples.notes).toContain('Left out: 1 image beside the class folders.');
    expect(samples.notes).toContain('Left out: 1 .webp file; PNG and JPEG are read.');
  });

  it('follows links to files but not to folders', async () => {
    await write({ '0/a.png': picture(0) });
    await symlink(path.join(folder, '0', 'a.png'), path.join(folder, '0', 'b.png'));
    await symlink(folder, path.join(folder, '0', 'loop'));

    expect((await load()).ids).toEqual(['0/a.png', '0/b.png']);
  });

  it('chooses evenly over the classes when there are more images than are used', async () => {
    const files = Object.fromEntries(Array.from({ length: 24 }, (_, index) => [`${index < 20 ? 0 : index < 22 ? 1 : 2}/${String(index).padStart(2, '0')}.png`, picture(index)]));
    await write(files);

    const samples = await loadSamples({ path: folder, target: TARGET, limits: { maxSamples: 9 } });

    expect([0, 1, 2].map((label) => samples.labels?.filter((one) => one === label).length)).toEqual([5, 2, 2]);
    expect([...samples.ids]).toEqual([...samples.ids].sort());
    expect(samples.notes).toContain('Of 24 images, 9 were used, chosen evenly over the classes.');
  });

  it('keeps fewer samples when large inputs would not fit in memory', async () => {
    await write({ '0/a.png': picture(0), '1/a.png': picture(0), '2/a.png': picture(0) });

    const samples = await loadSamples({ path: folder, target: TARGET, limits: { maxPixelValues: 100 } });

    expect(samples.count).toBe(2);
  });
});

describe('loadSamples from images', () => {
  it('brings every kind of image to the target and says how', async () => {
    await mkdir(path.join(folder, '0'));
    for (const name of ['rgb8.png', 'grey8.png', 'palette4.png', 'rgba8.png', 'grey16.png', 'rgb.jpg', 'grey.jpg', 'progressive.jpg']) {
      await copyFile(fixturePath('datasets', 'images', name), path.join(folder, '0', name));
    }

    const color = await load();
    const grey = await load({ channels: 1 });

    expect(color.notes.filter((note) => !note.includes('class'))).toMatchInlineSnapshot(`
      [
        "Resized to 4x4 (width x height) without keeping the aspect ratio: 8 images of 21x13.",
        "Repeated into three channels: 3 grey images.",
        "Laid over black: 1 image with transparent pixels.",
      ]
    `);
    expect(grey.notes).toContain('Turned to grey (luma of ITU-R BT.601): 5 color images.');
    expect(color.pixels.length).toBe(8 * 48);
    expect(grey.pixels.every((value) => value >= 0 && value <= 1)).toBe(true);
  });

  it('turns white into white and red into its luma', async () => {
    const red = encode({ width: 4, height: 4, channels: 3, data: Uint8Array.from({ length: 48 }, (_, index) => (index % 3 === 0 ? 255 : 0)) });
    await write({ 'a.png': picture(255), 'b.png': red });

    const { pixels } = await load({ channels: 1 });

    expect(pixels[0]).toBe(1);
    expect(pixels[16]).toBeCloseTo(0.299, 6);
  });

  it('lays channels out one after the other', async () => {
    const data = Uint8Array.from({ length: 48 }, (_, index) => (index % 3) * 100 + Math.floor(index / 3));
    await write({ 'a.png': encode({ width: 4, height: 4, channels: 3, data }) });

    const { pixels } = await load();

    expect([...pixels].map((value) => Math.round(value * 255))).toEqual([0, 1, 2].flatMap((channel) => Array.from({ length: 16 }, (_, at) => channel * 100 + at)));
  });

  it('names a broken image and goes on without it', async () => {
    await write(Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`${index}.png`, index === 3 ? picture(1).slice(0, 60) : picture(index)])));

    const samples = await load();

    expect(samples.count).toBe(11);
    expect(samples.ids).not.toContain('3.png');
    expect(samples.notes.join(' ')).toMatch(/Left out because unreadable: 1 of 12 images: 3\.png \(truncated PNG/);
  });

  it('refuses the samples when many images are broken or none is left', async () => {
    await write({ 'a.png': picture(0), 'b.png': 'not a picture' });
    expect((await failure(load())).message).toContain('1 of 2 images could not be read: b.png (neither a PNG nor a JPEG)');

    await write({ 'a.png': 'neither is this' });
    expect((await failure(load())).code).toBe('samples/invalid');
  });

  it('refuses images for an input of another number of channels', async () => {
    await write({ 'a.png': picture(0) });

    expect((await failure(load({ channels: 5 }))).message).toContain('5 channels');
  });

  it('counts an image beyond the size limit as broken', async () => {
    await write({ 'a.png': picture(0, 1, 64) });

    const error = await failure(loadSamples({ path: folder, target: TARGET, limits: { maxImagePixels: 100 } }));

    expect(error.message).toContain('64x64');
  });
});

describe('loadSamples with a labels file', () => {
  const images = { 'a.png': picture(1), 'b.png': picture(2), 'sub/c d.png': picture(3) };

  it.each([
    ['labels.csv', 'filename,label\na.png,2\n"b.png",0\nsub/c d.png,1\n'],
    ['labels.csv', 'a.png,2\nb.png,0\n./sub/c d.png,1'],
    ['labels.csv', '\ufeffid;width;class\r\na.png;4;2\r\nb.png;4;0\r\nsub/c d.png;4;1\r\n'],
    ['labels.txt', '# name label\na.png 2\nb.png\t0\nsub/c d.png 1\n'],
    ['labels.json', '{"a.png": 2, "b.png": 0, "sub/c d.png": 1}'],
    ['labels.json', '{"labels": {"a.png": "2", "b.png": "0", "c d.png": "1"}}'],
    ['labels.json', '[{"file": "a.png", "class": 2}, {"file": "b.png", "class": 0}, {"file": "sub\\\\c d.png", "class": 1}]'],
    ['labels.json', '[["a.png", 2], ["b.png", 0], ["sub/c d.png", 1]]'],
  ])('reads %s %#', async (name, content) => {
    await write({ ...images, [name]: content });

    const samples = await load();

    expect(samples.ids).toEqual(['a.png', 'b.png', 'sub/c d.png']);
    expect([...(samples.labels ?? [])]).toEqual([2, 0, 1]);
  });

  it('maps class names, and says what is missing on either side', async () => {
    await write({ ...images, 'labels.csv': 'a.png,dog\nb.png,cat\ngone.png,cat\n' });

    const samples = await load({ classNames: ['cat', 'dog', 'bird'] });

    expect([...(samples.labels ?? [])]).toEqual([1, 0]);
    expect(samples.notes).toEqual(['Missing: 1 of 3 files named in the labels file.', 'Left out: 1 image without a label.']);
  });

  it.each([
    ['a line without a label', 'labels.csv', 'a.png,1\nb.png\n', 'Line 2'],
    ['two labels for a file', 'labels.csv', 'a.png,1\na.png,2\n', 'two labels'],
    ['an unclosed quote', 'labels.csv', '"a.png,1\n', 'Line 1'],
    ['nothing', 'labels.txt', '\n\n', 'no labels'],
    ['files that are not there', 'labels.csv', 'x.png,1\n', 'None of the files'],
    ['text that is not JSON', 'labels.json', '{"a.png": ', 'not JSON'],
    ['a label that is a list', 'labels.json', '{"a.png": [1]}', 'not a file name with a label'],
    ['a number', 'labels.json', '7', 'neither an object nor a list'],
    ['an endless line', 'labels.txt', `a.png${' ,'.repeat(20_000)}`, 'longer than'],
  ])('refuses a labels file with %s', async (_, name, content, message) => {
    await write({ ...images, [name]: content });

    const error = await failure(load());

    expect(error.code).toBe('samples/invalid');
    expect(error.message).toContain(message);
  });

  it('refuses two labels files', async () => {
    await write({ ...images, 'labels.csv': 'a.png,1', 'labels.txt': 'a.png 2' });

    expect((await failure(load())).message).toContain('several labels files');
  });
});

describe('loadSamples from arrays', () => {
  const nhwc = Uint8Array.from({ length: 3 * 48 }, (_, index) => index);

  it('reads the images and labels of a .npz, whichever way channels lie', async () => {
    const nchw = Uint8Array.from({ length: 3 * 48 }, (_, at) => {
      const [image, channel, pixel] = [Math.floor(at / 48), Math.floor((at % 48) / 16), at % 16];
      return nhwc[image * 48 + pixel * 3 + channel] ?? 0;
    });
    const labels = npy('|u1', [3], Uint8Array.of(2, 0, 1));
    await write({ 'a.npz': zipSync({ 'x.npy': npy('|u1', [3, 4, 4, 3], nhwc), 'y.npy': labels }), 'b.npz': zipSync({ 'images.npy': npy('|u1', [3, 3, 4, 4], nchw), 'labels.npy': labels }) });

    const [first, second] = [await load({}, 'a.npz'), await load({}, 'b.npz')];

    expect(first.pixels).toEqual(second.pixels);
    expect([...(first.labels ?? [])]).toEqual([2, 0, 1]);
    expect(first.ids).toEqual(['0', '1', '2']);
    expect(first.labelSource).toBe('indexes');
  });

  it('prefers held-out data and says which array it took', async () => {
    const image = npy('|u1', [1, 4, 4, 3], nhwc.slice(0, 48));
    const label = npy('|u1', [1], Uint8Array.of(1));
    await write({ 'a.npz': zipSync({ 'x_train.npy': npy('|u1', [1, 4, 4, 3], new Uint8Array(48)), 'y_train.npy': label, 'x_test.npy': image, 'y_test.npy': label }) });

    const samples = await load({}, 'a.npz');

    expect(samples.pixels[1]).toBeCloseTo(3 / 255, 6);
    expect(samples.notes[0]).toBe('Samples were taken from the array "x_test" with the labels "y_test".');
  });

  it('reads one-hot labels, labels in a column and labels from one', async () => {
    const image = { 'x.npy': npy('|u1', [3, 4, 4, 3], nhwc) };
    await write({
      'hot.npz': zipSync({ ...image, 'y.npy': npy('<f4', [3, 3], float32([0, 0, 1, 1, 0, 0, 0, 1, 0])) }),
      'column.npz': zipSync({ ...image, 'y.npy': npy('|u1', [3, 1], Uint8Array.of(2, 0, 1)) }),
      'one.npz': zipSync({ ...image, 'y.npy': npy('|u1', [3], Uint8Array.of(3, 1, 2)) }),
    });

    for (const name of ['hot.npz', 'column.npz', 'one.npz']) expect([...((await load({}, name)).labels ?? [])], name).toEqual([2, 0, 1]);
  });

  it('reads a .npy as images without labels, and a folder of .npy like a .npz', async () => {
    await write({ 'x_test.npy': npy('|u1', [3, 4, 4, 3], nhwc), 'y_test.npy': npy('|u1', [3], Uint8Array.of(0, 1, 2)) });

    expect(await load({}, 'x_test.npy')).not.toHaveProperty('labels');
    expect([...((await load()).labels ?? [])]).toEqual([0, 1, 2]);
  });

  it.each([
    ['0 to 1', [0, 0.5, 1], [0, 0.5, 1], undefined],
    ['0 to 255', [0, 51, 255], [0, 0.2, 1], 'divided by 255'],
    ['-1 to 1', [-1, 0, 1], [0, 0.5, 1], 'from -1 to 1'],
  ])('reads floating-point values from %s', async (_, values, pixels, note) => {
    await write({ 'x.npy': npy('<f4', [1, 1, 1, 3], float32(values)) });

    const samples = await load({ channels: 1, height: 1, width: 3 }, 'x.npy');

    for (const [index, value] of pixels.entries()) expect(samples.pixels[index]).toBeCloseTo(value, 6);
    if (note !== undefined) expect(samples.notes.join(' ')).toContain(note);
  });

  it('reads 16-bit values and grey images of two dimensions, resized and repeated', async () => {
    await write({ 'x.npy': npy('<u2', [1, 2, 2], new Uint8Array(Uint16Array.of(0, 65535, 65535, 0).buffer)) });

    const samples = await load({}, 'x.npy');

    expect(samples.pixels.length).toBe(48);
    expect(Math.max(...samples.pixels)).toBe(1);
    expect(samples.notes).toEqual([
      'The images are 16-bit values; they were divided by 65535.',
      'The samples have no labels.',
      'The images were resized from 2x2 to 4x4 (width x height).',
      'Grey images were repeated into three channels.',
    ]);
  });

  it('takes rows of the right length as channels, height, width', async () => {
    await write({ 'x.npy': npy('|u1', [3, 48], nhwc) });

    expect((await load({}, 'x.npy')).notes).toContain('Rows of the array were read as channels, height, width.');
  });

  it('reads arrays in their own order for a model that takes vectors, and images not at all', async () => {
    await write({ 'x.npy': npy('|u1', [3, 4, 4, 3], nhwc), 'images/a.png': picture(0) });

    const samples = await load({ channels: 1, height: 1, width: 48 }, 'x.npy');

    expect([...samples.pixels.subarray(0, 4)].map((value) => Math.round(value * 255))).toEqual([0, 1, 2, 3]);
    expect((await failure(load({ channels: 1, height: 1, width: 47 }, 'x.npy'))).message).toContain('shape [3, 4, 4, 3]');
    expect((await failure(load({ channels: 1, height: 1, width: 48 }, 'images'))).message).toContain('vectors of 48 numbers');
  });

  it('decides an ambiguous layout by the size of the input', async () => {
    await write({ 'x.npy': npy('|u1', [1, 3, 4, 3], new Uint8Array(36)) });

    const rows = await load({ height: 3, width: 4 }, 'x.npy');
    const columns = await load({ height: 4, width: 3 }, 'x.npy');

    expect(rows.notes.join(' ')).toContain('read as [n, height, width, channels]');
    expect(columns.notes.join(' ')).toContain('read as [n, channels, height, width]');
  });

  it.each([
    ['normalized values', { 'x.npy': npy('<f4', [1, 1, 1, 3], float32([-2.1, 0, 2.6])) }, 'normalized already'],
    ['values that are no numbers', { 'x.npy': npy('<f4', [1, 1, 1, 3], float32([0, Number.NaN, 1])) }, 'not finite'],
    ['no images', { 'x.npy': npy('|u1', [0, 4, 4, 3], new Uint8Array(0)) }, 'empty'],
    ['a shape that is not images', { 'x.npy': npy('|u1', [2, 7], new Uint8Array(14)) }, 'shape [2, 7]'],
    ['fewer labels than images', { 'x.npy': npy('|u1', [3, 4, 4, 3], nhwc), 'y.npy': npy('|u1', [2], Uint8Array.of(0, 1)) }, '3 images but 2 labels'],
    ['a label beyond the classes', { 'x.npy': npy('|u1', [3, 4, 4, 3], nhwc), 'y.npy': npy('|u1', [3], Uint8Array.of(0, 1, 9)) }, 'Label 9 of image 2'],
    ['labels 0 to n', { 'x.npy': npy('|u1', [3, 4, 4, 3], nhwc), 'y.npy': npy('|u1', [3], Uint8Array.of(0, 1, 3)) }, 'from 0 to 3'],
    ['labels that are not one-hot', { 'x.npy': npy('|u1', [3, 4, 4, 3], nhwc), 'y.npy': npy('|u1', [3, 3], new Uint8Array(9)) }, 'not one-hot'],
    ['labels of another number of classes', { 'x.npy': npy('|u1', [3, 4, 4, 3], nhwc), 'y.npy': npy('|u1', [3, 5], new Uint8Array(15)) }, 'do not fit'],
    ['names that say nothing', { 'foo.npy': npy('|u1', [1], new Uint8Array(1)), 'bar.npy': npy('|u1', [1], new Uint8Array(1)) }, 'foo, bar'],
    ['no arrays', { 'readme.txt': new Uint8Array(3) }, 'None of the arrays'],
    ['an array cut short', { 'x.npy': npy('|u1', [3, 4, 4, 3], nhwc).slice(0, 100) }, 'truncated'],
  ])('refuses %s', async (_, members, message) => {
    await write({ 'a.npz': zipSync(members) });

    const error = await failure(load({}, 'a.npz'));

    expect(error.code).toBe('samples/invalid');
    expect(error.message).toContain(message);
    expect(error.nextStep).toBeTruthy();
  });

  it('refuses a file beyond the size limit before reading it', async () => {
    await write({ 'x.npy': npy('|u1', [3, 4, 4, 3], nhwc) });

    const error = await failure(loadSamples({ path: path.join(folder, 'x.npy'), target: TARGET, limits: { maxArrayBytes: 50 } }));

    expect(error.message).toContain('at most 50');
  });
});

describe('loadSamples with nothing to read', () => {
  it('says that the path does not exist', async () => {
    expect((await failure(load({}, 'nowhere'))).code).toBe('samples/unreadable');
  });

  it.each([
    ['an empty folder', {}, 'no images'],
    ['other kinds of images', { 'a.webp': 'x', 'b.webp': 'x', 'c.gif': 'x' }, '2 .webp, 1 .gif'],
  ])('says so of %s', async (_, files, message) => {
    await write(files);

    const error = await failure(load());

    expect(error.code).toBe('samples/invalid');
    expect(error.message).toContain(message);
    expect(error.nextStep).toContain('PNG or JPEG');
  });

  it('refuses a file that is neither', async () => {
    await write({ 'a.bin': 'hello' });

    expect((await failure(load({}, 'a.bin'))).message).toContain('neither a folder of images nor');
  });
});
