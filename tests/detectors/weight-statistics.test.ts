import { gzipSync } from 'node:zlib';
import { Value } from '@sinclair/typebox/value';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../src/artifacts/byte-source.ts';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import { weightStatistics } from '../../src/detectors/weight-statistics.ts';
import { fromHalfFloatBits, toHalfFloatBits } from '../../src/engines/half-float.ts';
import type { TensorInfo } from '../../src/model/facets.ts';
import { randomSource } from '../../src/statistics/random.ts';
import { detectContext } from '../support/detect-context.ts';
import { fakeModel } from '../support/fake-model.ts';

const options = Value.Create(weightStatistics.options);
const { threshold } = weightStatistics.meta.metric;

interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Uint16Array | Uint8Array | Float64Array;
  readonly dataType?: string;
}

function detect(tensors: Readonly<Record<string, Tensor>>, context = detectContext()) {
  const list = Object.entries(tensors).map(([name, { shape, values, dataType = 'float' }]): TensorInfo => ({
    name, shape, dataType, source: memorySource(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)), range: { offset: 0, length: values.byteLength },
  }));
  return detectIn(list, context);
}

async function detectIn(list: readonly TensorInfo[], context = detectContext()) {
  const facets = { tensors: { list, values: () => Promise.reject(new Error('a whole tensor was asked for')) } };
  const detection = await weightStatistics.detect({ ...fakeModel(facets), facets }, options, context);
  if (detection.outcome !== 'measured') throw new Error(detection.reason);
  return { ...detection, messages: detection.metric > threshold ? detection.observations.map(({ message }) => message) : [] };
}

/** Weights as training leaves them: normal, of all 24 bits. */
function ordinary(count: number, seed = 1, scale = 0.05): Float32Array {
  const random = randomSource(seed, 'weights');
  return Float32Array.from({ length: count }, () => scale * random.normal());
}

/** A convolution, a matrix, a norm and a bias. */
function network(change: (weights: Float32Array) => void = () => undefined): Record<string, Tensor> {
  const conv = ordinary(64 * 32 * 9);
  change(conv);
  return {
    'conv.weight': { shape: [64, 32, 3, 3], values: conv },
    'norm.weight': { shape: [64], values: ordinary(64, 2) },
    'norm.running_var': { shape: [64], values: Float32Array.from(ordinary(64, 3, 3), (value) => Math.exp(value)) },
    'head.weight': { shape: [10, 1024], values: ordinary(10_240, 4) },
    'head.bias': { shape: [10], values: new Float32Array(10) },
  };
}

/** Bits low first: the lowest bit of a byte and of a weight come first. */
function hide(payload: Uint8Array, bits: number, start = 0) {
  return (weights: Float32Array | Uint16Array): void => {
    const words = weights instanceof Uint16Array ? weights : new Uint32Array(weights.buffer);
    for (let place = 0; place < payload.length * 8; place += 1) {
      const at = start + Math.floor(place / bits);
      if (at >= words.length) return;
      const bit = 2 ** (place % bits);
      const isSet = (((payload[place >> 3] as number) >> (place & 7)) & 1) === 1;
      words[at] = (isSet ? (words[at] as number) | bit : (words[at] as number) & ~bit) >>> 0;
    }
  };
}

const script = strToU8(Array.from({ length: 12 }, (_, line) => `fetch("https://example.org/${line * 37}").then(run); // step ${line}\n`).join(''));
const archive = zipSync({ 'payload/run.js': script });
const noise = (length: number): Uint8Array => {
  const random = randomSource(9, 'payload');
  return Uint8Array.from({ length }, () => random.integer(256));
};

describe('weight-statistics: payloads', () => {
  it.each([1, 2, 3, 4, 5, 7, 8, 12, 16])('reads a text in the %i low bits, wherever it begins', async (bits) => {
    const { metric, observations, messages } = await detect(network(hide(script, bits, 2345)));

    expect(messages[0]).toBe('hidden-text');
    expect(observations[0]).toMatchObject({ data: { tensor: 'conv.weight', bits, order: 'low-first' }, location: { tensor: 'conv.weight' } });
    expect(Number(observations[0].data.index)).toBeLessThan(2345 + 1024);
    expect(metric).toBeGreaterThan(2);
  });

  it('quotes a text from its beginning', async () => {
    const { observations } = await detect(network(hide(script, 8, 2345)));

    expect(observations[0].data).toMatchObject({ index: 2345, length: script.length });
    expect(String(observations[0].data.text)).toMatch(/^fetch\("https:\/\/example\.org\/0"\)/);
  });

  it.each([1, 3, 4, 8, 16, 24])('names an archive that begins with a tensor, in %i bits', async (bits) => {
    const { observations } = await detect(network(hide(archive, bits)));

    expect(observations[0]).toMatchObject({ message: 'hidden-file', data: { what: 'a zip archive', bits, tensor: 'conv.weight', after: 0 } });
  });

  it('names a compressed file behind its length, and one that runs on through small tensors', async () => {
    const compressed = gzipSync(noise(600));
    const small = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`t${at}`, ordinary(50, at)] as const));
    const all = Float32Array.from(Object.values(small).flatMap((one) => Array.from(one)));
    hide(compressed, 2)(all);

    expect((await detect(network(hide(Uint8Array.from([88, 2, 0, 0, ...compressed]), 4)))).observations[0].data).toMatchObject({ what: 'a gzip file', after: 4 });
    expect((await detect(Object.fromEntries(Object.keys(small).map((name, at) => [name, { shape: [50], values: all.slice(50 * at, 50 * at + 50) }])))).observations[0].data).toMatchObject({ what: 'a gzip file', tensor: 't0' });
  });

  it('sees payloads in half floats and in integers, and files in any type', async () => {
    const halves = Uint16Array.from(ordinary(20_000), toHalfFloatBits);
    hide(script, 4, 100)(halves);

    expect((await detect({ w: { dataType: 'float16', shape: [100, 200], values: halves } })).observations[0]).toMatchObject({ message: 'hidden-text', data: { bits: 4 } });
    expect((await detect({ w: { dataType: 'int64', shape: [25], values: archive.slice(0, 200) } })).observations[0]).toMatchObject({ message: 'hidden-file', data: { bits: 8 } });
  });

  it('sees an order in low bits that no text and no header is', async () => {
    // Records of a table: a counter, an address and a few flags.
    const table = new Uint8Array(16_000);
    const view = new DataView(table.buffer);
    for (let at = 0; at + 16 <= table.length; at += 16) {
      view.setUint32(at, 0x8000_0000 + at * 3, true);
      view.setUint32(at + 4, 0xffff_0000 + (at % 977), true);
      view.setUint32(at + 8, (at * 2_654_435_761) >>> 0, true);
      view.setUint16(at + 12, 0x8101, true);
    }
    for (const bits of [1, 2, 8]) {
      const { observations } = await detect({ w: { shape: [256, 256], values: changed(ordinary(65_536), hide(table, bits)) } });
      expect(observations[0]).toMatchObject({ message: 'ordered-low-bits', data: { tensor: 'w' } });
    }
  });

  it('does not see random bits in weights of full precision, which look like these anyway', async () => {
    expect((await detect(network(hide(noise(4000), 8)))).messages).toEqual([]);
  });

  it('sees random bits in a part of rounded weights that ends inside a row, and not where rows or tensors differ', async () => {
    const rounded = Float32Array.from(ordinary(65_536), (value) => fromHalfFloatBits(toHalfFloatBits(value)));
    const partly = changed(rounded.slice(), hide(noise(3000), 8));
    const rows = rounded.slice();
    rows.set(ordinary(4096, 7), 8192);

    expect((await detect({ w: { shape: [32, 2048], values: partly } })).observations[0]).toMatchObject({ message: 'precision-break', data: { tensor: 'w' } });
    expect((await detect({ w: { shape: [32, 2048], values: rows } })).messages).toEqual([]);
    expect((await detect({ w: { shape: [32, 2048], values: rounded }, v: { shape: [32, 2048], values: ordinary(65_536, 8) } })).messages).toEqual([]);
  });
});

describe('weight-statistics: values and channels', () => {
  it.each<[string, (weights: Float32Array) => void, string]>([
    ['a value that is not a number', (weights) => (weights[777] = NaN), 'not-finite'],
    ['an infinite value', (weights) => (weights[777] = Infinity), 'not-finite'],
    ['a channel a hundred times as large', (weights) => weights.subarray(288 * 5, 288 * 6).forEach((value, at) => (weights[288 * 5 + at] = 100 * value)), 'extreme-channel'],
    ['a channel that is another one', (weights) => weights.copyWithin(288 * 9, 288 * 3, 288 * 4), 'duplicated-channel'],
    ['a weight far beyond the others', (weights) => (weights[777] = -50), 'detached-values'],
    ['a constant block', (weights) => weights.fill(0.031, 290, 550), 'constant-block'],
  ])('reports %s', async (_, change, message) => {
    const { messages, observations } = await detect(network(change));

    expect(messages).toContain(message);
    expect(observations.find((one) => one.message === message)?.location).toEqual({ tensor: 'conv.weight' });
  });

  it('says which channel it is, along either axis of a matrix', async () => {
    const values = ordinary(200 * 300);
    for (let row = 0; row < 200; row += 1) values[row * 300 + 41] = 90 * (values[row * 300 + 41] as number);
    const { observations } = await detect({ w: { shape: [200, 300], values } });

    expect(observations[0]).toMatchObject({ message: 'extreme-channel', data: { axis: 'column', channel: 41, channels: 300 } });
    expect((await detect(network((weights) => weights.copyWithin(288 * 9, 288 * 3, 288 * 4)))).observations[0].data).toMatchObject({ axis: 'row', first: 3, second: 9, pairs: 1 });
  });

  it('names the worst first and all that are beyond their limits', async () => {
    const { messages } = await detect(network((weights) => {
      hide(script, 8, 2345)(weights);
      weights[1] = NaN;
      weights.copyWithin(288 * 20, 288 * 30, 288 * 31);
    }));

    expect(messages).toEqual(['hidden-text', 'not-finite', 'duplicated-channel']);
  });

  it('counts channels of zeros, and measures kurtosis and spectra, without making an alarm of them', async () => {
    const { measurements = [], messages } = await detect(network((weights) => weights.fill(0, 288 * 10, 288 * 14)));
    const value = (name: string): number => measurements.find((one) => one.name === name)?.value ?? NaN;

    expect(messages).toEqual([]);
    expect(value('channels of zeros')).toBe(4);
    expect(value('largest kurtosis')).toBeGreaterThan(2.9);
    expect(value('smallest stable rank')).toBeGreaterThan(1);
  });
});

describe('weight-statistics stays quiet', () => {
  const rounded = (values: Float32Array, step: (value: number) => number): Float32Array => Float32Array.from(values, step);
  const perChannel = (levels: number, size: number): Float32Array => {
    const values = ordinary(64 * 288);
    return Float32Array.from(values, (value, at) => Math.fround(0.01 / levels + (0.1 * Math.floor(at / size)) / levels / 64) * Math.round((value / 0.15) * levels));
  };
  const initialized = (): Float32Array => {
    const random = randomSource(3, 'initialization');
    return Float32Array.from({ length: 64 * 288 }, () => Math.fround(Math.fround(random.integer(2 ** 24) / 2 ** 24) * Math.fround(0.117)) - Math.fround(0.0585));
  };
  const random = randomSource(6, 'codes');

  it.each<[string, Readonly<Record<string, Tensor>>]>([
    ['ordinary weights', network()],
    ['float16 and back', { w: { shape: [64, 288], values: rounded(ordinary(64 * 288), (value) => fromHalfFloatBits(toHalfFloatBits(value))) } }],
    ['half floats', { w: { dataType: 'float16', shape: [64, 288], values: Uint16Array.from(ordinary(64 * 288), toHalfFloatBits) } }],
    ['bfloat16', { w: { dataType: 'bfloat16', shape: [64, 288], values: Uint16Array.from(new Uint32Array(ordinary(64 * 288).buffer), (word) => word >>> 16) } }],
    ['float64', { w: { dataType: 'double', shape: [64, 288], values: Float64Array.from(ordinary(64 * 288)) } }],
    ['int8 and back, a scale a channel', { w: { shape: [64, 288], values: perChannel(127, 288) } }],
    ['4 bits and back, a scale for 32 weights', { w: { shape: [64, 288], values: perChannel(7, 32) } }],
    ['ternary weights', { w: { shape: [64, 288], values: perChannel(1, 288) } }],
    ['int8', { w: { dataType: 'int8', shape: [64, 288], values: Uint8Array.from(ordinary(64 * 288, 1, 30), (value) => value & 0xff) } }],
    ['a vocabulary in bytes', { v: { dataType: 'uint8', shape: [script.length], values: script } }],
    ['pruned weights', { w: { shape: [64, 288], values: rounded(ordinary(64 * 288), (value) => (Math.abs(value) < 0.06 ? 0 : value)) } }],
    ['freshly initialized weights', { w: { shape: [64, 288], values: initialized() } }],
    ['an embedding with rows of zeros for padding', { e: { shape: [200, 64], values: changed(ordinary(12_800), (weights) => weights.fill(0, 0, 64 * 8)) } }],
    ['an embedding whose new tokens are equal', { e: { shape: [5000, 32], values: changed(ordinary(160_000), (weights) => { for (let row = 4990; row < 5000; row += 1) weights.copyWithin(row * 32, 0, 32); }) } }],
    ['tied weights', { e: { shape: [200, 64], values: ordinary(12_800) }, head: { shape: [200, 64], values: ordinary(12_800) } }],
    ['channels that weight decay has brought down', { w: { shape: [64, 288], values: Float32Array.from(ordinary(64 * 288), (value, at) => (at < 288 * 40 ? 1e-30 * value : value)) } }],
    ['an attention mask', { m: { shape: [64, 64], values: Float32Array.from({ length: 4096 }, (_, at) => (at % 64 > Math.floor(at / 64) ? -Infinity : 0)) } }],
    ['a lone infinity', { c: { shape: [], values: Float32Array.of(Infinity) } }],
    ['a grid of places', { g: { shape: [2, 6400], values: Float32Array.from({ length: 12_800 }, (_, at) => (at < 6400 ? at % 80 : Math.floor((at - 6400) / 80)) + 0.5) } }],
    ['a table of positions', { p: { shape: [256, 128], values: Float32Array.from({ length: 32_768 }, (_, at) => Math.sin((Math.floor(at / 128) + 1) / 10_000 ** ((at % 128) / 128))) } }],
    ['random codes', { c: { dataType: 'uint8', shape: [64, 64], values: Uint8Array.from({ length: 4096 }, () => random.integer(256)) } }],
  ])('on %s', async (_, tensors) => {
    const { messages, metric, observations } = await detect(tensors);

    expect(messages).toEqual([]);
    expect(metric).toBeLessThanOrEqual(threshold);
    expect(observations.length).toBeGreaterThan(0);
  });
});

describe('weight-statistics reads', () => {
  it('each byte once but for duplicates, in pieces, and reports how far it is', async () => {
    const bytes = new Uint8Array(ordinary(3_000_000).buffer);
    const inner = memorySource(bytes);
    let [read, longest] = [0, 0];
    const source: ByteSource = { size: bytes.length, read: (offset, length) => ((read += length), (longest = Math.max(longest, length)), inner.read(offset, length)) };
    const shares: number[] = [];
    const { examined } = await detectIn([{ name: 'w', dataType: 'float', shape: [3000, 1000], source, range: { offset: 0, length: bytes.length } }], detectContext({ progress: (share) => void shares.push(share) }));

    expect({ examined, read, isInPieces: longest < bytes.length }).toEqual({ examined: 1, read: bytes.length, isInPieces: true });
    expect(shares.length).toBeGreaterThan(10);
    expect(shares.at(-1)).toBe(1);
    expect([...shares].sort((a, b) => a - b)).toEqual(shares);
  });

  it('no more than there is time for, and says so', async () => {
    let looks = 0;
    const context = detectContext({ outOfTime: () => (looks += 1) > 2 });
    const facets = { tensors: { list: Array.from({ length: 5 }, (_, at): TensorInfo => ({ name: `${at}`, dataType: 'float', shape: [4], source: memorySource(new Uint8Array(16)), range: { offset: 0, length: 16 } })), values: () => Promise.reject(new Error()) } };

    expect(await weightStatistics.detect({ ...fakeModel(facets), facets }, options, context)).toEqual({ outcome: 'inconclusive', examined: 2, reason: 'The time ran out after 2 of 5 tensors.' });
  });

  it('nothing where there is nothing, and is inconclusive', async () => {
    await expect(detect({})).rejects.toThrow(/holds no weights/);
    await expect(detect({ empty: { shape: [0, 5], values: new Float32Array(0) } })).rejects.toThrow(/holds no weights/);
  });
});

function changed(weights: Float32Array, change: (weights: Float32Array) => void): Float32Array {
  change(weights);
  return weights;
}
