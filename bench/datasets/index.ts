import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { kMeans, type KMeans } from '../../src/statistics/k-means.ts';
import { randomSource } from '../../src/statistics/random.ts';

/**
 * Two-means clustering of activations of 512 numbers, from a thousand rows to a million, beside scikit-learn's on the same numbers where python3 has it.
 *
 *     node --expose-gc --import tsx bench/datasets/index.ts [LARGEST] (default 100000; a million rows are 2 GB a process)
 *
 * A tenth of the rows lies six deviations off in one direction. One row a size: seconds, peak memory with the table, inertia a row; above 4,096 rows, up to a hundred
 * thousand, what the batches cost: inertia over that of the exact method, and the adjusted Rand index of the two clusterings.
 */
const COLUMNS = 512;
const SHARE = 0.1;
const largest = Number(process.argv[2] ?? 100_000);

console.log('rows      ours: seconds  inertia/row   peak MB   scikit-learn: seconds  inertia/row   peak MB   over exact   Rand');
for (let count = 1000; count <= largest; count *= 10) {
  const ours = measureOurs(count);
  const theirs = measureTheirs(count);
  console.log([String(count).padEnd(10), ours.seconds.toFixed(2).padStart(12), ours.inertia.toFixed(2).padStart(13), ours.megabytes.toFixed(0).padStart(9), theirs, ours.error].join(' '));
}

function measureOurs(count: number): { readonly seconds: number; readonly inertia: number; readonly megabytes: number; readonly error: string } {
  const table = tableOf(count);
  const rows = Int32Array.from({ length: count }, (_, row) => row);
  const cluster = (exactRows?: number): KMeans | undefined => kMeans({ table, columns: COLUMNS, rows, k: 2, random: randomSource(0, 'bench'), ...(exactRows === undefined ? {} : { exactRows }) });
  const started = performance.now();
  const found = cluster();
  const seconds = (performance.now() - started) / 1000;
  const megabytes = process.resourceUsage().maxRSS / 1024;
  const exact = count > 4096 && count <= 100_000 ? cluster(Infinity) : undefined;
  const error = exact === undefined || found === undefined ? '' : `${(found.inertia / exact.inertia).toFixed(6).padStart(12)} ${randIndex(found.assignment, exact.assignment).toFixed(4).padStart(8)}`;
  return { seconds, inertia: (found?.inertia ?? 0) / count, megabytes, error };
}

/** Hubert and Arabie, Comparing Partitions, 1985, of two clusterings in two. */
function randIndex(left: Int32Array, right: Int32Array): number {
  const cells = [0, 0, 0, 0];
  for (let at = 0; at < left.length; at += 1) cells[2 * (left[at] as number) + (right[at] as number)] = (cells[2 * (left[at] as number) + (right[at] as number)] as number) + 1;
  const [a = 0, b = 0, c = 0, d = 0] = cells;
  const pairs = (n: number): number => (n * (n - 1)) / 2;
  const [rows, columns] = [pairs(a + b) + pairs(c + d), pairs(a + c) + pairs(b + d)];
  const expected = (rows * columns) / pairs(left.length);
  return (cells.reduce((sum, one) => sum + pairs(one), 0) - expected) / ((rows + columns) / 2 - expected);
}

/** The same recipe as the Python program below, bit for bit: a linear congruential stream, twelve uniforms summed would be too slow, so uniform noise. */
function tableOf(count: number): Float32Array {
  const table = new Float32Array(count * COLUMNS);
  let state = 12345;
  for (let at = 0; at < table.length; at += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    table[at] = (state / 2 ** 32 - 0.5) * Math.sqrt(12);
  }
  for (let row = 0; row < SHARE * count; row += 1) table[row * COLUMNS] = (table[row * COLUMNS] as number) + 6;
  return table;
}

function measureTheirs(count: number): string {
  const run = spawnSync('python3', [path.join(import.meta.dirname, 'scikit-learn.py'), String(count), String(COLUMNS), String(SHARE)], { encoding: 'utf8', env: { ...process.env, OMP_NUM_THREADS: '1' } });
  return run.status === 0 ? run.stdout.trim() : 'not present';
}
