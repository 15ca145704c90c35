/**
 * Writes changed copies of clean models: with payloads in the low bits of their weights and with broken channels
 * (`backdoored: true` in labels.json), and with what ordinary tools do to weights (false). bench/zoo measures the folder:
 *
 *     npx tsx bench/static/plant.ts ZOO OUT [--models N]
 *     npx tsx bench/zoo/index.ts OUT --no-samples --detector weight-statistics
 *
 * Payloads of one kind are of one size, 6 kB or what the largest tensor holds.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { gzipSync, strToU8, zipSync } from 'fflate';
import { memorySource } from '../../src/artifacts/memory-source.ts';
import { fromHalfFloatBits, toHalfFloatBits } from '../../src/engines/half-float.ts';
import { decodeOnnxModel } from '../../src/onnx/decode.ts';
import { encodeOnnxModel } from '../../src/onnx/encode.ts';
import type { OnnxModel, OnnxTensor } from '../../src/onnx/onnx-model.ts';
import { tensorValues } from '../../src/onnx/tensor-values.ts';
import { randomSource, type RandomSource } from '../../src/statistics/random.ts';
import { readZoo } from '../zoo/measure-models.ts';

const PAYLOAD_BYTES = 6000;

/** Changes the weights of a tensor of `rows` rows. */
type Change = (weights: Float32Array, rows: number, random: RandomSource) => void;

interface Variant {
  readonly name: string;
  readonly isTampered: boolean;
  readonly change: Change;
  /** Only the tensor with most weights, or all matrices and kernels. */
  readonly where: 'largest' | 'all';
}

const text = strToU8(Array.from({ length: 400 }, (_, line) => `run("step-${line}", ${(line * 7919) % 1000}); // and then the next\n`).join(''));
const program = new Uint8Array((await readFile(process.execPath)).subarray(0, 2_000_000));
// From the middle of its code: no header, no text.
const code = program.subarray(1_000_000, 1_000_000 + PAYLOAD_BYTES);

/** Writes bits into the low bits of weights from `start` on: the inverse of what the detector reads, written apart from it, bit by bit. */
function hide(payload: Uint8Array, bits: number, order: 'high-first' | 'low-first', start = 0): Change {
  return (weights) => {
    const words = new Uint32Array(weights.buffer, weights.byteOffset, weights.length);
    const bitAt = (index: number): number => {
      const byte = payload[index >> 3] ?? 0;
      return (byte >> (order === 'high-first' ? 7 - (index & 7) : index & 7)) & 1;
    };
    const count = Math.min(weights.length - start, Math.ceil((Math.min(payload.length, PAYLOAD_BYTES) * 8) / bits));
    for (let at = 0; at < count; at += 1) {
      for (let bit = 0; bit < bits; bit += 1) {
        const place = order === 'high-first' ? bits - 1 - bit : bit;
        const word = words[start + at] ?? 0;
        words[start + at] = (bitAt(at * bits + bit) === 1 ? word | (1 << place) : word & ~(1 << place)) >>> 0;
      }
    }
  };
}

const randomBytes = (random: RandomSource): Uint8Array => Uint8Array.from({ length: PAYLOAD_BYTES }, () => random.integer(256));
const rounded = (round: (value: number) => number): Change => (weights) => weights.forEach((value, at) => (weights[at] = round(value)));

function quantized(levels: number, group: (weights: Float32Array, rows: number) => number): Change {
  return (weights, rows) => {
    const size = group(weights, rows);
    for (let from = 0; from < weights.length; from += size) {
      const part = weights.subarray(from, from + size);
      const scale = part.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / levels;
      if (scale > 0) part.forEach((value, at) => (part[at] = Math.fround(scale) * Math.round(value / scale)));
    }
  };
}

function pruned(share: number): Change {
  return (weights) => {
    const sorted = Float32Array.from(weights, Math.abs).sort();
    const limit = sorted[Math.floor(share * sorted.length)] ?? 0;
    weights.forEach((value, at) => (weights[at] = Math.abs(value) < limit ? 0 : value));
  };
}

const BITS = [1, 2, 3, 4, 5, 6, 8, 10, 12, 16] as const;
const half = (value: number): number => fromHalfFloatBits(toHalfFloatBits(value));

const VARIANTS: readonly Variant[] = [
  ...BITS.map((bits, at): Variant => ({ name: `text in ${bits} bits`, isTampered: true, where: 'largest', change: hide(text, bits, at % 2 === 0 ? 'low-first' : 'high-first', 1000 + at) })),
  ...[1, 4, 8, 16].map((bits): Variant => ({ name: `zip in ${bits} bits`, isTampered: true, where: 'largest', change: hide(zipSync({ 'a/payload.js': text, 'b.bin': code }, { level: 9 }), bits, 'low-first') })),
  ...[2, 8].map((bits): Variant => ({ name: `gzip in ${bits} bits`, isTampered: true, where: 'largest', change: hide(gzipSync(text), bits, 'high-first') })),
  ...[1, 8, 24].map((bits): Variant => ({ name: `program in ${bits} bits`, isTampered: true, where: 'largest', change: hide(program, bits, 'low-first') })),
  ...[1, 2, 8, 16].map((bits): Variant => ({ name: `headless code in ${bits} bits`, isTampered: true, where: 'largest', change: hide(code, bits, 'low-first') })),
  ...[8, 16].map((bits): Variant => ({ name: `random in ${bits} bits`, isTampered: true, where: 'largest', change: (weights, rows, random) => hide(randomBytes(random), bits, 'low-first')(weights, rows, random) })),
  { name: 'random in 8 bits of rounded weights', isTampered: true, where: 'largest', change: (weights, rows, random) => (rounded(half)(weights, rows, random), hide(randomBytes(random), 8, 'low-first')(weights, rows, random)) },
  { name: 'equal channels', isTampered: true, where: 'largest', change: (weights, rows) => weights.copyWithin(5 * (weights.length / rows), weights.length / rows, 2 * (weights.length / rows)) },
  ...[10, 100, 1000].map((times): Variant => ({ name: `channel times ${times}`, isTampered: true, where: 'largest', change: (weights, rows) => weights.subarray(0, weights.length / rows).forEach((value, at) => (weights[at] = times * value)) })),
  { name: 'NaN', isTampered: true, where: 'largest', change: (weights) => void (weights[1234] = NaN) },
  { name: 'infinite weight', isTampered: true, where: 'largest', change: (weights) => void (weights[1234] = -Infinity) },
  { name: 'one weight of 1000', isTampered: true, where: 'largest', change: (weights) => void (weights[1234] = 1000) },
  { name: 'as it is', isTampered: false, where: 'all', change: () => undefined },
  { name: 'float16 and back', isTampered: false, where: 'all', change: rounded(half) },
  { name: 'bfloat16 and back', isTampered: false, where: 'all', change: (weights) => new Uint32Array(weights.buffer).forEach((word, at, words) => (words[at] = (word + 0x8000) & 0xffff_0000)) },
  { name: 'int8 a channel and back', isTampered: false, where: 'all', change: quantized(127, (weights, rows) => weights.length / rows) },
  { name: 'int8 a tensor and back', isTampered: false, where: 'all', change: quantized(127, (weights) => weights.length) },
  { name: '4 bits a group and back', isTampered: false, where: 'all', change: quantized(7, () => 32) },
  { name: 'ternary', isTampered: false, where: 'all', change: quantized(1, (weights, rows) => weights.length / rows) },
  { name: 'pruned by half', isTampered: false, where: 'all', change: pruned(0.5) },
  { name: 'pruned by 90 %', isTampered: false, where: 'all', change: pruned(0.9) },
  { name: 'half of the channels pruned', isTampered: false, where: 'all', change: (weights, rows) => weights.fill(0, 0, Math.floor(rows / 2) * (weights.length / rows)) },
  { name: 'initialized, uniform', isTampered: false, where: 'all', change: (weights, rows, random) => { const bound = Math.fround(Math.sqrt(rows / weights.length)); weights.forEach((_, at) => (weights[at] = Math.fround(Math.fround(random.integer(2 ** 24) / 2 ** 24) * Math.fround(2 * bound)) - bound)); } },
  { name: 'initialized, normal', isTampered: false, where: 'all', change: (weights, rows, random) => weights.forEach((_, at) => (weights[at] = random.normal() * Math.sqrt((2 * rows) / weights.length))) },
  { name: 'a little noise', isTampered: false, where: 'all', change: (weights, _, random) => weights.forEach((value, at) => (weights[at] = value * (1 + 0.01 * random.normal()))) },
];

const { positionals, values: flags } = parseArgs({ allowPositionals: true, options: { models: { type: 'string', default: '5' } } });
const [zoo, out] = positionals;
if (zoo === undefined || out === undefined) throw new Error('Usage: plant.ts ZOO OUT [--models N]');
const clean = readZoo(zoo).filter(({ backdoored }) => !backdoored);
const wanted = Number(flags.models);
const chosen = Array.from({ length: Math.min(wanted, clean.length) }, (_, at) => clean[Math.floor((at * clean.length) / wanted)]);
await mkdir(path.join(out, 'models'), { recursive: true });
const rows: unknown[] = [];
for (const row of chosen) {
  if (row === undefined) continue;
  const bytes = new Uint8Array(await readFile(path.join(zoo, row.model)));
  for (const { name, isTampered, change, where } of VARIANTS) {
    const model = decodeOnnxModel(bytes, { source: memorySource(bytes), external: () => { throw new Error('external data'); } });
    const random = randomSource(0, `${row.model}/${name}`);
    const file = `models/${path.basename(row.model, '.onnx')} ${name}.onnx`.replaceAll(' ', '-').replaceAll(',', '').replaceAll('%', 'percent');
    await writeFile(path.join(out, file), await encodeOnnxModel(await changed(model, where, (weights, count) => change(weights, count, random))));
    rows.push({ ...row, model: file, backdoored: isTampered, attackSuccessRate: isTampered ? 1 : null, attack: isTampered ? { kind: name.replace(/ in .*| times .*/, ''), mode: name, target: 0 } : null, architecture: isTampered ? row.architecture : name });
  }
}
await writeFile(path.join(out, 'labels.json'), `${JSON.stringify(rows, undefined, 1)}\n`);
console.log(`${rows.length} models of ${chosen.length} in ${out}`);

async function changed(model: OnnxModel, where: Variant['where'], change: (weights: Float32Array, rows: number) => void): Promise<OnnxModel> {
  const sizeOf = ({ dims, dataType }: OnnxTensor): number => (dataType === 'float' && dims.length >= 2 ? dims.reduce((product, dim) => product * dim, 1) : 0);
  const most = Math.max(...model.graph.initializers.map(sizeOf));
  let isDone = false;
  const initializers: OnnxTensor[] = [];
  for (const tensor of model.graph.initializers) {
    const isMeant = sizeOf(tensor) > 0 && (where === 'all' || (sizeOf(tensor) === most && !isDone));
    if (!isMeant) {
      initializers.push(tensor);
      continue;
    }
    isDone = true;
    const weights = Float32Array.from(await tensorValues(tensor));
    change(weights, tensor.dims[0] ?? 1);
    const bytes = new Uint8Array(weights.buffer);
    initializers.push({ name: tensor.name, dataType: 'float', dims: tensor.dims, raw: { source: memorySource(bytes), range: { offset: 0, length: bytes.length }, location: 'inline' } });
  }
  return { ...model, graph: { ...model.graph, initializers } };
}
