/**
 * How fast and how flat files are judged safe or not: the whole gate with its default policy, the pickle reader alone, sha256sum of the
 * same bytes, and picklescan and modelscan where python3 has them, on the same files in the same run.
 * Aims: 100 MB of pickle in under 10 s, a million opcodes in under 2 s, large safetensors at about the speed of hashing, flat memory.
 * Usage: npm run build && npm run bench:safety [-- ROUNDS, default 3] [GIBIBYTES of safetensors, default 2]. Each program is started
 * anew, so the time holds its start; they take turns and the best round counts.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { benchFiles } from './files.ts';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');

const FOLLOW = `
import { readFileSync } from 'node:fs';
import { memorySource } from ${JSON.stringify(path.join(root, 'src/artifacts/memory-source.ts'))};
import { readPickles } from ${JSON.stringify(path.join(root, 'src/formats/pickle/read-pickles.ts'))};
const { programs } = await readPickles(memorySource(readFileSync(process.argv[2])), new AbortController().signal);
if (programs.length !== 1 || programs[0].break !== undefined) throw new Error('not followed to its end');
`;

interface Program {
  readonly name: string;
  readonly command: (file: string) => readonly string[];
  /** Exit codes that are a verdict; any other is a program that did not do its work. */
  readonly codes: readonly number[];
  readonly isForPickles?: boolean;
}

const PEERS: readonly (Program & { readonly module: string })[] = [
  { name: 'picklescan', module: 'picklescan', codes: [0, 1], command: (file) => ['python3', '-c', 'import sys; from picklescan.cli import main; sys.exit(main())', '-p', file] },
  // 3: nothing it supports in there.
  { name: 'modelscan', module: 'modelscan', codes: [0, 1, 3], command: (file) => ['python3', '-c', 'from modelscan.cli import main; main()', 'scan', '-p', file] },
];

interface Cost {
  readonly seconds: number;
  /** Largest process of all that were started. */
  readonly peakMebibytes: number;
}

async function measure({ name, command, codes }: Program, file: string): Promise<Cost> {
  const started = performance.now();
  const { stderr, code } = await run('/usr/bin/env', ['time', '-f', 'peak %M', ...command(file)], { maxBuffer: 2 ** 28 })
    .then((done) => ({ ...done, code: 0 }), (failed: { stderr: string; code: number }) => failed);
  const seconds = (performance.now() - started) / 1000;
  if (!codes.includes(code)) throw new Error(`${name} ended with exit code ${code}: ${stderr.slice(-500)}`);
  return { seconds, peakMebibytes: Number(/peak (\d+)/.exec(stderr)?.[1] ?? Number.NaN) / 1024 };
}

const rounds = Number(process.argv[2] ?? 3);
const gibibytes = Number(process.argv[3] ?? 2);
const folder = await mkdtemp(path.join(tmpdir(), 'modelgate-bench-'));
try {
  await writeFile(path.join(folder, 'follow.ts'), FOLLOW);
  const follow = path.join(folder, 'follow.mjs');
  await build({ entryPoints: [path.join(folder, 'follow.ts')], bundle: true, platform: 'node', format: 'esm', outfile: follow, logLevel: 'error' });

  const present = await Promise.all(PEERS.map(({ module }) => run('python3', ['-c', `import ${module}`]).then(() => true, () => false)));
  const peers = PEERS.filter((_, index) => present[index]);
  const programs: readonly Program[] = [
    { name: 'modelgate scan', codes: [0], command: (file) => [process.execPath, path.join(root, 'dist/cli.js'), 'scan', file, '--no-cache'] },
    { name: 'pickle reader', codes: [0], isForPickles: true, command: (file) => [process.execPath, follow, file] },
    { name: 'sha256sum', codes: [0], command: (file) => ['sha256sum', file] },
    ...peers,
  ];
  console.log('| file | MB | aim s |', programs.map(({ name }) => `${name} s | MiB |`).join(' '));
  console.log(`| --- | ---: | ---: |${programs.map(() => ' ---: | ---: |').join('')}`);
  for (const { title, name, aimSeconds, isPickle, write } of benchFiles(gibibytes)) {
    const file = path.join(folder, name);
    await write(file);
    const best = new Map<Program, Cost>();
    for (let round = 0; round < rounds; round += 1) {
      for (const program of programs) {
        if (program.isForPickles === true && isPickle !== true) continue;
        const cost = await measure(program, file);
        const known = best.get(program);
        best.set(program, { seconds: Math.min(cost.seconds, known?.seconds ?? Infinity), peakMebibytes: Math.max(cost.peakMebibytes, known?.peakMebibytes ?? 0) });
      }
    }
    const cells = programs.map((program) => best.get(program)).map((cost) => (cost === undefined ? '– | – |' : `${cost.seconds.toFixed(2)} | ${cost.peakMebibytes.toFixed(0)} |`));
    console.log(`| ${title} | ${((await stat(file)).size / 1e6).toFixed(1)} | ${aimSeconds ?? '–'} |`, cells.join(' '));
    await rm(file);
  }
  for (const { name } of PEERS.filter((one) => !peers.includes(one))) console.log(`\npython3 has no ${name} here, so it is not beside the others.`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
