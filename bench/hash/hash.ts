/**
 * How fast and how flat a large file is hashed, against coreutils' sha256sum and Node's own stream pipeline.
 * Usage: npx tsx bench/hash/hash.ts [GiB, default 10] [rounds, default 3]. The file is sparse: it needs no disk and
 * measures no disk. The programs take turns and the best round counts, because the first one fills the page cache.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const GIBIBYTE = 2 ** 30;

interface Row {
  readonly name: string;
  readonly digest: string;
  readonly seconds: number;
  readonly peakMebibytes: number;
}

const STREAM_PEER = `
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
const hash = createHash('sha256');
await pipeline(createReadStream(process.argv[2]), hash);
process.stdout.write(hash.digest('hex'));
`;

const OURS = (source: string): string => `
import { sha256OfFile } from ${JSON.stringify(source)};
const { digest } = await sha256OfFile(process.argv[2]);
process.stdout.write(digest.slice('sha256:'.length));
`;

async function measure(name: string, command: readonly string[]): Promise<Row> {
  const started = performance.now();
  // GNU time reports the largest resident set of the process, the one number that says "flat".
  const { stdout, stderr } = await run('/usr/bin/env', ['time', '-f', 'peak %M', ...command], { maxBuffer: 2 ** 20 }).catch(async () => ({
    ...(await run(command[0] ?? '', command.slice(1))),
  }));
  const peak = /peak (\d+)/.exec(stderr)?.[1];
  return {
    name,
    digest: /[0-9a-f]{64}/.exec(stdout)?.[0] ?? '',
    seconds: (performance.now() - started) / 1000,
    peakMebibytes: peak === undefined ? Number.NaN : Number(peak) / 1024,
  };
}

function better(left: Row | undefined, right: Row): Row {
  if (left === undefined) return right;
  const faster = left.seconds <= right.seconds ? left : right;
  return { ...faster, peakMebibytes: Math.max(left.peakMebibytes, right.peakMebibytes) };
}

const gibibytes = Number(process.argv[2] ?? '10');
const rounds = Number(process.argv[3] ?? '3');
const folder = await mkdtemp(path.join(tmpdir(), 'modelgate-bench-'));
try {
  const file = path.join(folder, 'sparse');
  const handle = await open(file, 'w');
  await handle.truncate(gibibytes * GIBIBYTE);
  await handle.close();
  const peer = path.join(folder, 'peer.mjs');
  await writeFile(peer, STREAM_PEER);
  const ours = path.join(folder, 'ours.mts');
  await writeFile(ours, OURS(path.resolve(import.meta.dirname, '../../src/artifacts/digest.ts')));
  const tsx = import.meta.resolve('tsx');

  const programs = [
    { name: 'modelgate sha256OfFile', command: [process.execPath, '--import', tsx, ours, file] },
    { name: 'node createReadStream', command: [process.execPath, peer, file] },
    { name: 'coreutils sha256sum', command: ['sha256sum', file] },
  ];
  const best = new Map<string, Row>();
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, command } of programs) best.set(name, better(best.get(name), await measure(name, command)));
  }
  const rows = [...best.values()];

  console.log(`| SHA-256 of ${gibibytes} GiB (sparse) | seconds | GiB/s | peak memory (MiB) | same digest |`);
  console.log('| --- | ---: | ---: | ---: | --- |');
  for (const row of rows) {
    const isSame = row.digest === rows[0]?.digest && row.digest !== '';
    const peakText = Number.isNaN(row.peakMebibytes) ? 'not measured' : row.peakMebibytes.toFixed(0);
    console.log(`| ${row.name} | ${row.seconds.toFixed(1)} | ${(gibibytes / row.seconds).toFixed(2)} | ${peakText} | ${isSame ? 'yes' : 'NO'} |`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
