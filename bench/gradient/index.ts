/**
 * Forward plus input gradient of four networks against PyTorch, on the same cores, run by run in turns so that whatever
 * else the machine does hits both. Prints one table; times are medians, the ratio is the median of the paired ratios.
 *
 *     npx tsx bench/gradient/index.ts [--threads 2] [--runs 7] [--only resnet-18] [--batches 1,32,128]
 *
 * Needs /usr/bin/python3 with torch (Debian: python3-torch); without it only our own times are printed.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { openGradient } from '../../src/autodiff/open-gradient.ts';
import { createEngine, engineName } from '../../src/engines/create-engine.ts';
import { decodeOnnxModel } from '../../src/onnx/decode.ts';

const { values: options } = parseArgs({
  options: { threads: { type: 'string', default: '2' }, runs: { type: 'string', default: '7' }, only: { type: 'string' }, batches: { type: 'string', default: '1,32,128' } },
});
const threads = Number(options.threads);
const NETWORKS = ['small-cnn', 'resnet-18', 'mobilenet-v2', 'vit'].filter((name) => options.only === undefined || options.only.split(',').includes(name));

const median = (numbers: readonly number[]): number => [...numbers].sort((left, right) => left - right)[Math.floor(numbers.length / 2)] ?? Number.NaN;

const folder = mkdtempSync(path.join(tmpdir(), 'modelgate-bench-gradient-'));
const peer = spawn('/usr/bin/python3', ['-W', 'ignore', path.join(import.meta.dirname, 'networks.py'), folder, String(threads)], {
  stdio: ['pipe', 'pipe', 'ignore'],
  // Neither side's threads spin between runs: on shared cores spinning made torch up to nine times slower.
  env: { ...process.env, OMP_WAIT_POLICY: 'PASSIVE', GOMP_SPINCOUNT: '0' },
});
const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
const answer = async (): Promise<string> => {
  const { value, done } = await lines.next();
  if (done === true) throw new Error('the PyTorch side ended: is python3-torch installed?');
  return value;
};

try {
  const ready = await answer();
  const engine = await createEngine({ preference: 'onnxruntime-node', threads });
  console.log(`${engineName(engine)} against torch ${ready.split(' ')[1] ?? ''}, ${threads} threads, ${options.runs} paired runs\n`);
  console.log('| network | batch | modelgate, ms | torch, ms | ratio |\n|---|---:|---:|---:|---:|');
  for (const name of NETWORKS) {
    const model = decodeOnnxModel(readFileSync(path.join(folder, `${name}.onnx`)));
    for (const batch of options.batches.split(',').map(Number)) {
      const session = await openGradient({ engine, model, logits: 'logits', batch, loss: 'cross-entropy', withRespectTo: ['image'] });
      const image = Float32Array.from({ length: batch * 3072 }, (_, at) => ((at * 7919) % 1000) / 1000);
      const feeds = {
        image: { type: 'float32' as const, data: image, dims: [batch, 3, 32, 32] },
        labels: { type: 'int64' as const, data: new BigInt64Array(batch), dims: [batch] },
      };
      const ours: number[] = [];
      const theirs: number[] = [];
      for (let run = -2; run < Number(options.runs); run += 1) {
        const start = performance.now();
        await session.run(feeds);
        const here = performance.now() - start;
        peer.stdin.write(`${name} ${batch}\n`);
        const there = Number(await answer());
        if (run < 0) continue;
        ours.push(here);
        theirs.push(there);
      }
      await session.close();
      const ratio = median(ours.map((one, index) => one / (theirs[index] ?? Number.NaN)));
      console.log(`| ${name} | ${batch} | ${median(ours).toFixed(1)} | ${median(theirs).toFixed(1)} | ${ratio.toFixed(2)} |`);
    }
  }
} finally {
  peer.kill();
  rmSync(folder, { recursive: true, force: true });
}
