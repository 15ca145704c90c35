/**
 * How fast and how flat every weight of a large file is looked at by weight-statistics, against SHA-256 of the same file in
 * the same run. Target: half the speed of hashing or better, below 1 GiB of memory.
 * Usage: npx tsx bench/static/index.ts [GiB, default 1] [rounds, default 3]. The file is a safetensors file of made-up
 * float32 weights (matrices and convolutions of 64 MiB); programs take turns, each in a process of its own, and the best
 * round counts, because the first one fills the page cache. CPU seconds tell programs apart on a machine that is busy.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { randomSource } from '../../src/statistics/random.ts';

const run = promisify(execFile);
const GIBIBYTE = 2 ** 30;
const TENSOR_BYTES = 2 ** 26;
/** Weights that are drawn; they are repeated, each time beginning at another place. */
const DRAWN = 2 ** 22;

interface Row {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMebibytes: number;
  readonly answer: string;
}

const ENDING = `
const { user, system } = process.cpuUsage(startedCpu);
process.stdout.write(JSON.stringify({ seconds: (performance.now() - started) / 1000, cpuSeconds: (user + system) / 1e6, peakMebibytes: process.resourceUsage().maxRSS / 1024, answer }));
`;

const source = (file: string): string => JSON.stringify(path.resolve(import.meta.dirname, '../../src', file));

const HASH = `
import { sha256OfFile } from ${source('artifacts/digest.ts')};
const [started, startedCpu] = [performance.now(), process.cpuUsage()];
const answer = (await sha256OfFile(process.argv[2])).digest;
${ENDING}`;

const STATISTICS = `
import { Value } from '@sinclair/typebox/value';
import { openFileSource } from ${source('artifacts/file-source.ts')};
import { unchangedSource } from ${source('artifacts/unchanged-source.ts')};
import { weightStatistics } from ${source('detectors/weight-statistics.ts')};
import { safetensors } from ${source('formats/safetensors.ts')};
import { randomSource } from ${source('statistics/random.ts')};
const [started, startedCpu] = [performance.now(), process.cpuUsage()];
const file = await openFileSource(process.argv[2]);
const { signal } = new AbortController();
const model = await safetensors.read({ path: 'made-up.safetensors', digest: 'sha256:0', bytes: unchangedSource(file, 'made-up.safetensors') }, { signal, openCompanion: () => Promise.reject(new Error('none')) });
const detection = await weightStatistics.detect(model, Value.Create(weightStatistics.options), {
  random: (label) => randomSource(0, label), signal, outOfTime: () => false, progress: () => undefined, suspiciousInputs: [], pictures: [], results: [],
});
await file.close();
const answer = detection.outcome + ' ' + detection.examined + ' tensors, metric ' + detection.metric;
${ENDING}`;

async function writeMadeUp(file: string, gibibytes: number): Promise<void> {
  const tensors = Math.max(1, Math.round((gibibytes * GIBIBYTE) / TENSOR_BYTES));
  const header: Record<string, unknown> = {};
  for (let index = 0; index < tensors; index += 1) {
    const shape = index % 2 === 0 ? [4096, 4096] : [2048, 512, 4, 4];
    header[`layer.${index}.weight`] = { dtype: 'F32', shape, data_offsets: [index * TENSOR_BYTES, (index + 1) * TENSOR_BYTES] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(json.length));
  const random = randomSource(0, 'bench/static');
  const drawn = Float32Array.from({ length: DRAWN }, () => 0.02 * random.normal());
  const bytes = Buffer.from(drawn.buffer);
  const handle = await open(file, 'w');
  try {
    await handle.write(Buffer.concat([start, json]));
    for (let index = 0; index < tensors; index += 1) {
      for (let written = 0; written < TENSOR_BYTES; written += bytes.length) {
        const turn = 4 * (((index * TENSOR_BYTES + written) / bytes.length) * 1_000_003 % DRAWN);
        await handle.write(bytes.subarray(turn));
        await handle.write(bytes.subarray(0, turn));
      }
    }
  } finally {
    await handle.close();
  }
}

function better(left: Row | undefined, right: Row): Row {
  if (left === undefined) return right;
  return {
    answer: right.answer,
    seconds: Math.min(left.seconds, right.seconds),
    cpuSeconds: Math.min(left.cpuSeconds, right.cpuSeconds),
    peakMebibytes: Math.max(left.peakMebibytes, right.peakMebibytes),
  };
}

const gibibytes = Number(process.argv[2] ?? '1');
const rounds = Number(process.argv[3] ?? '3');
const folder = await mkdtemp(path.join(tmpdir(), 'modelgate-bench-'));
try {
  const file = path.join(folder, 'made-up.safetensors');
  await writeMadeUp(file, gibibytes);
  const programs = { 'sha256 of the file': HASH, 'weight-statistics': STATISTICS } as const;
  const best = new Map<string, Row>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, text] of Object.entries(programs)) {
      // Beside the sources, so that packages are found.
      const program = path.join(import.meta.dirname, `.program-${process.pid}.mts`);
      await writeFile(program, text);
      try {
        const { stdout } = await run(process.execPath, ['--import', import.meta.resolve('tsx'), program, file], { maxBuffer: 2 ** 20 });
        best.set(name, better(best.get(name), JSON.parse(stdout) as Row));
      } finally {
        await rm(program, { force: true });
      }
    }
  }
  const hash = best.get('sha256 of the file');
  console.log(`| ${gibibytes} GiB of float32 weights | GiB/s | of hashing | CPU s/GiB | of hashing | peak memory (MiB) | answer |`);
  console.log('| --- | ---: | ---: | ---: | ---: | ---: | --- |');
  for (const [name, { seconds, cpuSeconds, peakMebibytes, answer }] of best) {
    const shares = [(hash?.seconds ?? NaN) / seconds, (hash?.cpuSeconds ?? NaN) / cpuSeconds].map((share) => share.toFixed(2));
    console.log(`| ${name} | ${(gibibytes / seconds).toFixed(2)} | ${shares[0] ?? ''} | ${(cpuSeconds / gibibytes).toFixed(2)} | ${shares[1] ?? ''} | ${peakMebibytes.toFixed(0)} | ${answer.slice(0, 60)} |`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
