/**
 * How fast and how flat pickles are followed, against picklescan where python3 has it. Aims: 100 MB in under 10 s, a
 * million opcodes in under 2 s. Usage: npx tsx bench/safety/pickles.ts [rounds, default 3]. Every file is followed in a
 * process of its own, so that the time holds the start of one and the peak is its own; the best round counts.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');
const MEGABYTE = 1_000_000;

const short = (text: string): Buffer => Buffer.concat([Buffer.from([0x8c, text.length]), Buffer.from(text)]);
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** A pickle of protocol 4 whose list holds what `element` gives, up to so many bytes or elements. */
function listOf(element: (index: number) => Buffer, enough: (bytes: number, count: number) => boolean): Buffer {
  const parts = [latin1('\x80\x04](')];
  let bytes = 0;
  for (let index = 0; !enough(bytes, index); index += 1) {
    const part = element(index);
    parts.push(part);
    bytes += part.length;
    if (index % 1000 === 999) parts.push(latin1('e('));
  }
  return Buffer.concat([...parts, latin1('e.')]);
}

const hundredMegabytes = (bytes: number): boolean => bytes >= 100 * MEGABYTE;

const FILES: Readonly<Record<string, () => Buffer>> = {
  // What a checkpoint is mostly made of.
  '100 MB of arrays': () => {
    const array = Buffer.alloc(MEGABYTE, 7);
    const head = Buffer.concat([latin1('B'), Buffer.from(Uint32Array.of(array.length).buffer)]);
    return listOf(() => Buffer.concat([head, array]), hundredMegabytes);
  },
  '100 MB of texts, each remembered': () => listOf((index) => Buffer.concat([short(`feature number ${String(index)}`), latin1('\x94')]), hundredMegabytes),
  '100 MB of pairs of numbers, each remembered': () => listOf((index) => latin1(`K${String.fromCharCode(index % 256)}K\x01\x86\x94`), hundredMegabytes),
  'a million opcodes: numbers, texts, dictionaries': () => listOf((index) => Buffer.concat([latin1('}\x94('), short(`k${String(index % 50)}`), latin1('\x94K\x01'), short('v'), latin1('\x94M\x10\x27u')]), (_, count) => count * 9 >= MEGABYTE),
  'a million opcodes: calls': () => Buffer.concat([latin1('\x80\x04'), short('collections'), latin1('\x94'), short('OrderedDict'), latin1('\x94\x93\x94'), listOf(() => latin1('h\x02)R\x94'), (_, count) => count * 4 >= MEGABYTE).subarray(2)]),
};

const FOLLOW = `
import { readFileSync } from 'node:fs';
import { memorySource } from ${JSON.stringify(path.join(root, 'src/artifacts/memory-source.ts'))};
import { readPickles } from ${JSON.stringify(path.join(root, 'src/formats/pickle/read-pickles.ts'))};
const { programs } = await readPickles(memorySource(readFileSync(process.argv[2])), new AbortController().signal);
if (programs.length !== 1 || programs[0].break !== undefined) throw new Error('not followed to its end');
`;

interface Row {
  readonly seconds: number;
  readonly peakMebibytes: number;
}

async function measure(command: readonly string[], rounds: number): Promise<Row> {
  let best: Row | undefined;
  for (let round = 0; round < rounds; round += 1) {
    const started = performance.now();
    const { stderr } = await run('/usr/bin/env', ['time', '-f', 'peak %M', ...command], { maxBuffer: 2 ** 24 });
    const row = { seconds: (performance.now() - started) / 1000, peakMebibytes: Number(/peak (\d+)/.exec(stderr)?.[1] ?? Number.NaN) / 1024 };
    if (best === undefined || row.seconds < best.seconds) best = row;
  }
  if (best === undefined) throw new Error('at least one round is needed');
  return best;
}

const rounds = Number(process.argv[2] ?? 3);
const folder = await mkdtemp(path.join(tmpdir(), 'modelgate-bench-'));
try {
  await writeFile(path.join(folder, 'follow.ts'), FOLLOW);
  await build({ entryPoints: [path.join(folder, 'follow.ts')], bundle: true, platform: 'node', format: 'esm', outfile: path.join(folder, 'follow.mjs'), logLevel: 'error' });
  const hasPeer = await run('python3', ['-c', 'import picklescan']).then(() => true, () => false);
  console.log(`${'file'.padEnd(50)} ${'MB'.padStart(6)} ${'seconds'.padStart(8)} ${'peak MiB'.padStart(9)}${hasPeer ? '  picklescan seconds' : ''}`);
  for (const [name, make] of Object.entries(FILES)) {
    const file = path.join(folder, 'file.pkl');
    const bytes = make();
    await writeFile(file, bytes);
    const ours = await measure([process.execPath, path.join(folder, 'follow.mjs'), file], rounds);
    const peer = hasPeer ? await measure(['python3', '-m', 'picklescan', '-p', file], rounds) : undefined;
    console.log(`${name.padEnd(50)} ${(bytes.length / MEGABYTE).toFixed(1).padStart(6)} ${ours.seconds.toFixed(2).padStart(8)} ${ours.peakMebibytes.toFixed(0).padStart(9)}${peer === undefined ? '' : peer.seconds.toFixed(2).padStart(20)}`);
  }
  if (!hasPeer) console.log('python3 has no picklescan here, so there is no peer beside it.');
} finally {
  await rm(folder, { recursive: true, force: true });
}
