import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { createEngine, engineName } from '../../src/engines/create-engine.ts';
import type { Engine } from '../../src/engines/engine.ts';

const MODEL = path.resolve(import.meta.dirname, '../../fixtures/demo/models/clean.onnx');
const COUNT = 5;

async function logits(engine: Engine): Promise<Float32Array> {
  const session = await engine.open(readFileSync(MODEL));
  const input = session.inputs[0]?.name ?? '';
  const pixels = Float32Array.from({ length: COUNT * 3 * 32 * 32 }, (_, index) => ((index * 7919) % 256) / 255);
  const answer = await session.run({ [input]: { type: 'float32', data: pixels, dims: [COUNT, 3, 32, 32] } });
  await session.close();
  return Object.values(answer)[0]?.data as Float32Array;
}

const noNative = (): never => {
  throw new Error("/opt/gate/dist/native/linux-x64/libonnxruntime.so.1: version `GLIBC_2.28' not found\n(required by x)");
};
const noWasm = (): Promise<never> => Promise.reject(new Error('no wasm'));

describe('createEngine', () => {
  it('takes the native engine when it loads, and names it with its version', async () => {
    const engine = await createEngine({ preference: 'auto', threads: 1 });

    expect(engineName(engine)).toMatch(/^onnxruntime-node \d+\.\d+\.\d+$/);
  });

  it('falls back to WebAssembly when the native engine does not load, and says why without paths of this machine', async () => {
    const reasons: string[] = [];
    const engine = await createEngine({ preference: 'auto', threads: 1, onFallback: (reason) => reasons.push(reason), loaders: { native: noNative } });

    expect(engineName(engine)).toMatch(/^onnxruntime-web \d+\.\d+\.\d+$/);
    expect(reasons).toEqual(["libonnxruntime.so.1: version `GLIBC_2.28' not found (required by x)"]);
  });

  it('names the platform when there is no native engine for it', async () => {
    const reasons: string[] = [];
    const missing = Object.assign(new Error("Cannot find module '/a/b.node'\nRequire stack:\n- /a/c.js"), { code: 'MODULE_NOT_FOUND' });
    const native = (): never => {
      throw missing;
    };
    await createEngine({ preference: 'auto', threads: 1, onFallback: (reason) => reasons.push(reason), loaders: { native } });

    expect(reasons).toEqual([`there is none here for ${process.platform}-${process.arch}.`]);
  });

  it('takes WebAssembly without a word when that was asked for', async () => {
    const reasons: string[] = [];
    const engine = await createEngine({ preference: 'onnxruntime-web', threads: 1, onFallback: (reason) => reasons.push(reason) });

    expect(engine.id).toBe('onnxruntime-web');
    expect(reasons).toEqual([]);
  });

  it('does not fall back when the native engine was asked for', async () => {
    await expect(createEngine({ preference: 'onnxruntime-node', threads: 1, loaders: { native: noNative } })).rejects.toMatchObject({
      code: 'engine/unavailable',
      message: expect.stringContaining('GLIBC_2.28'),
    });
  });

  it('says both reasons when neither loads', async () => {
    await expect(createEngine({ preference: 'auto', threads: 1, loaders: { native: noNative, wasm: noWasm } })).rejects.toMatchObject({
      code: 'engine/unavailable',
      message: expect.stringMatching(/no wasm.*GLIBC_2\.28/),
    });
  });
});

describe('results', () => {
  it('of the native engine are the same bytes in every run and on one and two threads', async () => {
    const one = await logits(await createEngine({ preference: 'onnxruntime-node', threads: 1 }));
    const again = await logits(await createEngine({ preference: 'onnxruntime-node', threads: 1 }));
    const two = await logits(await createEngine({ preference: 'onnxruntime-node', threads: 2 }));

    expect(one).toHaveLength(COUNT * 10);
    expect(Buffer.from(again.buffer)).toEqual(Buffer.from(one.buffer));
    expect(Buffer.from(two.buffer)).toEqual(Buffer.from(one.buffer));
  });

  it('of both engines agree within 1e-4', async () => {
    const native = await logits(await createEngine({ preference: 'onnxruntime-node', threads: 1 }));
    const wasm = await logits(await createEngine({ preference: 'onnxruntime-web', threads: 1 }));

    expect(Math.max(...native.map((value, index) => Math.abs(value - (wasm[index] ?? NaN))))).toBeLessThan(1e-4);
  });

  // The number of WebAssembly threads is fixed once a process, so each number has a process of its own.
  it('of the WebAssembly engine are the same bytes on one and two threads', () => {
    const script = path.join(import.meta.dirname, 'wasm-digest.ts');
    const digests = ['1', '2'].map((threads) => {
      const { stdout } = spawnSync(process.execPath, ['--import', 'tsx', script, MODEL, threads], { encoding: 'utf8' });
      return stdout;
    });

    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(digests[1]).toBe(digests[0]);
  });
});
