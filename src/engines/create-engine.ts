import process from 'node:process';
import { GateError } from '../errors.ts';
import { engineError } from './engine-error.ts';
import type { Engine } from './engine.ts';
import { openNativeEngine, type NativeRuntime } from './onnxruntime-node.ts';
import { openWasmEngine, type WasmRuntime } from './onnxruntime-web.ts';

export interface CreateEngineRequest {
  /** `auto` is the native engine where it loads and the WebAssembly engine elsewhere. */
  readonly preference: 'auto' | 'onnxruntime-node' | 'onnxruntime-web';
  /** Processor threads of one session; at least 1. */
  readonly threads: number;
  /** Told, in one line, why the native engine could not be used; the report should say so. */
  readonly onFallback?: (reason: string) => void;
  /** How the runtimes are loaded; given only by tests. */
  readonly loaders?: { readonly native?: () => NativeRuntime; readonly wasm?: () => Promise<WasmRuntime> };
}

/** Starts an inference engine. Rejects with `engine/unavailable` when none, or not the one asked for, can be loaded. */
export async function createEngine(request: CreateEngineRequest): Promise<Engine> {
  const threads = Math.max(1, Math.trunc(request.threads));
  const native = (): Promise<Engine> => openNativeEngine(threads, request.loaders?.native);
  const wasm = (): Promise<Engine> => openWasmEngine(threads, request.loaders?.wasm);

  if (request.preference === 'onnxruntime-node') {
    return native().catch((thrown: unknown) => {
      throw unavailable(`The native engine could not be loaded: ${reasonOf(thrown)}`, 'Use the engine "auto", which falls back to WebAssembly.', thrown);
    });
  }
  const fallbackReason =
    request.preference === 'onnxruntime-web' ? undefined : await native().catch((thrown: unknown) => reasonOf(thrown));
  if (typeof fallbackReason === 'object') return fallbackReason;
  if (fallbackReason !== undefined) request.onFallback?.(fallbackReason);

  return wasm().catch((thrown: unknown) => {
    const native = fallbackReason === undefined ? '' : ` Nor could the native one: ${fallbackReason}`;
    throw unavailable(
      `The WebAssembly engine could not be loaded: ${reasonOf(thrown)}${native}`,
      'Install modelgate again, or run it on a platform that has a native engine.',
      thrown,
    );
  });
}

/** As the report names it: `onnxruntime-node 1.30.0`. */
export function engineName(engine: Engine): string {
  return `${engine.id} ${engine.version}`;
}

/** In one line, and without the paths of this machine: the reason becomes a note of the report. */
function reasonOf(thrown: unknown): string {
  if (thrown instanceof Error && 'code' in thrown && (thrown.code === 'MODULE_NOT_FOUND' || thrown.code === 'ERR_MODULE_NOT_FOUND')) {
    return `there is none here for ${process.platform}-${process.arch}.`;
  }
  return engineError('engine/unavailable', thrown).message.replace(/(?:[A-Za-z]:)?[\\/](?:[^\s:'"]*[\\/])+/g, '');
}

function unavailable(message: string, nextStep: string, cause: unknown): GateError {
  return new GateError({ code: 'engine/unavailable', message, nextStep, cause });
}
