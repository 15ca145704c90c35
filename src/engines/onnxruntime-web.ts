import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Engine } from './engine.ts';
import { openOnnxruntimeSession, type Onnxruntime } from './onnxruntime-session.ts';

export interface WasmRuntime extends Onnxruntime {
  readonly env: { readonly versions: { readonly web?: string }; readonly wasm: { numThreads?: number } };
}

/**
 * The WebAssembly engine: about five times slower than the native one, but it runs wherever Node runs. The number of
 * threads is a property of the process: the first session fixes it, and results do not depend on it.
 */
export async function openWasmEngine(threads: number, load: () => Promise<WasmRuntime> = loadWasmRuntime): Promise<Engine> {
  const runtime = await load();
  runtime.env.wasm.numThreads = threads;
  return {
    id: 'onnxruntime-web',
    version: runtime.env.versions.web ?? 'unknown',
    open: (model, external = []) => openOnnxruntimeSession(runtime, { model, external, threads: undefined, executionProvider: 'wasm' }),
  };
}

/** The runtime shipped in `dist/wasm` when this file is part of the bundle, else the installed `onnxruntime-web`. */
export async function loadWasmRuntime(): Promise<WasmRuntime> {
  const shipped = new URL('./wasm/onnxruntime-web.mjs', import.meta.url);
  const specifier = existsSync(fileURLToPath(shipped)) ? shipped.href : 'onnxruntime-web';
  return (await import(specifier)) as WasmRuntime;
}
