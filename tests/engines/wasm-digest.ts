import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { createEngine } from '../../src/engines/create-engine.ts';

/** Run as `wasm-digest.ts MODEL THREADS`: prints the digest of what the WebAssembly engine computes on that many threads. */
const [model = '', threads = '1'] = process.argv.slice(2);
const engine = await createEngine({ preference: 'onnxruntime-web', threads: Number(threads) });
const session = await engine.open(readFileSync(model));
const data = Float32Array.from({ length: 5 * 3 * 32 * 32 }, (_, index) => ((index * 7919) % 256) / 255);
const answer = await session.run({ [session.inputs[0]?.name ?? '']: { type: 'float32', data, dims: [5, 3, 32, 32] } });
const digest = createHash('sha256');
for (const one of Object.values(answer)) digest.update(one.data);
process.stdout.write(digest.digest('hex'), () => process.exit(0));
