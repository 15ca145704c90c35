import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Engine } from './engine.ts';
import { openOnnxruntimeSession, type Onnxruntime } from './onnxruntime-session.ts';

export interface NativeRuntime extends Onnxruntime {
  readonly env: { readonly versions: { readonly node?: string } };
}

/** The native engine. `load` throws where there is no binding for this platform, C library or processor. */
export async function openNativeEngine(threads: number, load: () => NativeRuntime = loadNativeRuntime): Promise<Engine> {
  const runtime = load();
  return {
    id: 'onnxruntime-node',
    version: runtime.env.versions.node ?? 'unknown',
    open: (model, external = []) => openOnnxruntimeSession(runtime, { model, external, threads, executionProvider: 'cpu' }),
  };
}

/**
 * The runtime shipped in `dist/native` when this file is part of the bundle, else an installed `onnxruntime-node`.
 * Synchronous and on demand: loading the library takes longer than reading a model.
 */
export function loadNativeRuntime(): NativeRuntime {
  const requireHere = createRequire(import.meta.url);
  const shipped = fileURLToPath(new URL('./native/onnxruntime-node.cjs', import.meta.url));
  if (!existsSync(shipped)) return requireHere('onnxruntime-node') as NativeRuntime;
  try {
    return requireHere(shipped) as NativeRuntime;
  } catch (thrown) {
    // dist carries linux-x64 only; somebody on another platform may have installed the package beside modelgate.
    try {
      return requireHere('onnxruntime-node') as NativeRuntime;
    } catch {
      throw thrown;
    }
  }
}
