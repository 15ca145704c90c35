/**
 * How fast and how flat a large file is hashed, against coreutils' sha256sum and Node's own stream pipeline.
 * Usage: npx tsx bench/hash/hash.ts [GiB, default 10]. The file is sparse: it needs no disk and measures no disk.
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

const gibibytes = Number(process.argv[2] ?? '10');
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

  const rows = [
    await measure('modelgate sha256OfFile', [process.execPath, '--import', tsx, ours, file]),
    await measure('node createReadStream', [process.execPath, peer, file]),
    await measure('coreutils sha256sum', ['sha256sum', file]),
  ];

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
