import { createHash } from 'node:crypto';
import { ftruncateSync, openSync, readFileSync, readdirSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { randomSource } from '../src/statistics/random.ts';
import { mutate } from './mutate.ts';
import { readArtifact } from './read-artifact.ts';

/**
 * The exploring process: mutates inputs that reached something new and keeps those that reach something newer (as AFL does,
 * Zalewski 2013). Ends with exit code 1 at the first failure; the input stands in the file `current` then, as it does when the
 * parent has to end it for taking too long.
 */
interface Order {
  readonly format: string;
  readonly seeds: string;
  readonly corpus: string;
  readonly current: string;
  readonly seconds: number;
  readonly seed: number;
  readonly maxInputBytes: number;
  readonly maxResidentBytes: number;
}

interface FileCounters {
  readonly s: Record<string, number>;
  readonly b: Record<string, number[]>;
}

/** Looking at the counters and at the memory, and telling the parent, costs more than a small input. */
const RUNS_A_REPORT = 64;

process.on('message', (order: Order) => void explore(order));

async function explore(order: Order): Promise<void> {
  const random = randomSource(order.seed, `fuzz/${order.format}`);
  const seen = new Map<string, number>();
  const corpus: Uint8Array[] = [];
  const current = openSync(order.current, 'w');
  const until = performance.now() + 1000 * order.seconds;
  let runs = 0;

  const run = async (input: Uint8Array): Promise<boolean> => {
    ftruncateSync(current, 0);
    writeSync(current, input, 0, input.length, 0);
    await readArtifact(input, order.format);
    runs += 1;
    if (runs % RUNS_A_REPORT === 0) report(order, runs, corpus.length, seen.size);
    return reachedNew(seen);
  };

  for (const folder of [order.seeds, order.corpus]) {
    for (const name of readdirSync(folder).sort()) {
      const input = new Uint8Array(readFileSync(path.join(folder, name))).subarray(0, order.maxInputBytes);
      await run(input);
      corpus.push(input);
    }
  }
  if (corpus.length === 0) corpus.push(new Uint8Array(1));
  const pick = (): Uint8Array => corpus[random.integer(corpus.length)] as Uint8Array;
  while (performance.now() < until) {
    const input = mutate(pick(), pick(), order.maxInputBytes, random);
    if (!(await run(input))) continue;
    corpus.push(input);
    writeFileSync(path.join(order.corpus, createHash('sha256').update(input).digest('hex').slice(0, 16)), input);
  }
  report(order, runs, corpus.length, seen.size);
  process.disconnect();
}

/** Whether a counter passed a power of two it had never passed in one run; the counters start from zero again. */
function reachedNew(seen: Map<string, number>): boolean {
  let isNew = false;
  const look = (id: string, count: number): void => {
    const level = 32 - Math.clz32(count);
    if (level <= (seen.get(id) ?? 0)) return;
    seen.set(id, level);
    isNew = true;
  };
  for (const [file, { s, b }] of Object.entries((globalThis as { __coverage__?: Record<string, FileCounters> }).__coverage__ ?? {})) {
    for (const id in s) {
      if (s[id] === 0) continue;
      look(`${file}:${id}`, s[id] as number);
      s[id] = 0;
    }
    for (const id in b) {
      const arms = b[id] as number[];
      for (const [arm, count] of arms.entries()) {
        if (count > 0) look(`${file}:${id}/${String(arm)}`, count);
        arms[arm] = 0;
      }
    }
  }
  return isNew;
}

function report(order: Order, runs: number, inputs: number, reached: number): void {
  const { rss } = process.memoryUsage();
  if (rss > order.maxResidentBytes) throw new Error(`The process takes ${String(Math.round(rss / 2 ** 20))} MiB.`);
  process.send?.({ runs, inputs, reached, mebibytes: Math.round(rss / 2 ** 20) });
}
